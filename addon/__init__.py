"""The Blender side of Understudy: the only package that imports bpy."""
