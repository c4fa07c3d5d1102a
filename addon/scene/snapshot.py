"""A character as it is now, in a file that another Blender works on while this one goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ...core.errors import CannotWriteError
from . import staging


def write_snapshot(armatures: list[bpy.types.Object], path: Path) -> None:
    """Writes armatures, what they play, their visible meshes and all these depend on. Raises CannotWriteError."""
    blocks: set[Any] = {ob for armature in armatures for ob in (armature, *staging.skins_of(armature))}
    try:
        bpy.data.libraries.write(str(path), blocks, path_remap="ABSOLUTE")
    except (RuntimeError, OSError) as error:
        raise CannotWriteError(
            f"The character cannot be copied to {path.parent}: {error}.",
            "Make space in the folder for temporary files.",
        ) from error


def open_snapshot(path: Path, armature: str, meshes: list[str], fps: int, base: float) -> bpy.types.Object:
    """The armature in an empty file whose scene has the rate ``fps / base``, with its meshes."""
    bpy.ops.wm.read_homefile(use_empty=True)
    scene: Any = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    libraries: Any = bpy.data.libraries
    with libraries.load(str(path)) as (_, wanted):
        wanted.objects = [armature, *meshes]
    objects: list[Any] = list(wanted.objects)
    for ob in objects:
        scene.collection.objects.link(ob)
    # A driver that looks at the scene brings it along: it shall look at this one, whose frames are played.
    for other in [other for other in bpy.data.scenes if other != scene]:
        other.user_remap(scene)
    bpy.context.view_layer.update()
    return objects[0]
