"""Takes to look at without Blender: an interactive page, and the solved body over the footage."""
