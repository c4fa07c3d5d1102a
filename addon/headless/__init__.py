"""Scripts that run in a Blender process of their own, started by path."""
