"""One character's animation as an FBX file, and the reading back that proves it."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...core.errors import BadInputError
from . import bone_maps, controls, fbx
from .poses import action_range
from .retargeting import motion_name
from .verification import Verification, expected


def export_character(armature: bpy.types.Object, path: Path, preset: str, scene: bpy.types.Scene) -> Verification:
    """Writes what the armature plays, from its first to its last key, with its visible meshes; the check runs on.

    The scene is left as it was. Raises BadInputError for rigs with controls, whose many helper bones no engine wants,
    and CannotWriteError where the file cannot be written.
    """
    chosen = fbx.preset(preset)
    kept = bone_maps.read_map(armature)
    if (kept is not None and kept.controls) or controls.guide_of(armature) is not None:
        raise BadInputError(
            f"{armature.name} is moved by controls.", "Retarget onto its game skeleton and export that instead."
        )
    first, last = action_range(armature)
    wanted = expected(armature, scene, first, last)
    with fbx.range_of(scene, first, last):
        fbx.export_actor(armature, path, chosen, motion_name(armature))
    return Verification(path, wanted)


def character_paths(path: Path, armatures: list[bpy.types.Object]) -> list[Path]:
    """One file per character: ``path`` itself for one, else ``NAME_character.fbx``."""
    if len(armatures) == 1:
        return [path]
    return [path.with_name(f"{path.stem}_{bpy.path.clean_name(ob.name)}{path.suffix}") for ob in armatures]
