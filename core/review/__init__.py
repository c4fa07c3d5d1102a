"""What is wrong with a motion, where, and how good it is as a whole. numpy only."""
