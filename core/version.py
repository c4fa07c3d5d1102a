"""The version of Understudy; pyproject.toml and blender_manifest.toml repeat it and a test holds them equal."""

VERSION = "0.1.0"
CREATED_WITH = f"understudy {VERSION}"
