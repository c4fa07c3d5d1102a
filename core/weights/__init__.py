"""Which networks Understudy can use, under which licence, and where their files lie."""
