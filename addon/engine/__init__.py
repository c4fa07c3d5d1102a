"""The engine's own Python environment: found, installed, checked. Standard library only, no bpy."""
