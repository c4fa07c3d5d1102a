"""The parts of addon/headless/render_footage.py: materials, places, light, people, cameras and render settings."""
