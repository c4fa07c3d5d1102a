"""The engine: video in, take out. Never imports bpy; torch only inside the stages."""
