"""Training of the lifters on synthetic pictures of motion capture; never imported by a capture."""
