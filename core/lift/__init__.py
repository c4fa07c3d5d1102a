"""Lifting 2D joints to 3D: networks, their authors' conventions, and the methods made of them."""
