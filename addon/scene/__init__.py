"""From a take to a Blender scene: actors, camera, footage, time."""
