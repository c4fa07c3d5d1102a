"""One character's animation as a file for another program, and the reading back that proves it."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...core.errors import BadInputError
from . import bone_maps, controls, staging
from .format_list import export_format
from .formats import Choice, bones_written, write_format
from .poses import action_range
from .retargeting import motion_name
from .verification import Verification, expected, expected_points


def export_character(
    armature: bpy.types.Object, path: Path, preset: str, scene: bpy.types.Scene, skins: bool = True
) -> Verification:
    """Writes what the armature plays, from its first to its last key; with its visible meshes unless ``skins`` is off.

    The check runs on; the scene is left as it was. Raises BadInputError for rigs with controls, whose many helper bones
    no engine wants, and for what the format cannot hold, and CannotWriteError where the file cannot be written.
    """
    chosen = export_format(preset)
    kept = bone_maps.read_map(armature)
    if (kept is not None and kept.controls) or controls.guide_of(armature) is not None:
        raise BadInputError(
            f"{armature.name} is moved by controls.", "Retarget onto its game skeleton and export that instead."
        )
    first, last = action_range(armature)
    write_format(preset, armature, path, Choice(motion_name(armature), skins), scene)
    if chosen.compares == "points":
        wanted = expected_points(staging.skins_of(armature), scene, first, last)
    else:
        names = bones_written(armature, preset)
        wanted = expected(armature, scene, first, last, names, chosen.compares == "turns")
    return Verification(path, wanted)


def character_paths(path: Path, armatures: list[bpy.types.Object]) -> list[Path]:
    """One file per character: ``{character}`` and ``{action}`` in the name are filled in; where names would be alike,
    the character's is added, ``NAME_character.fbx``."""
    filled = [
        path.with_name(
            path.name.replace("{character}", bpy.path.clean_name(ob.name)).replace(
                "{action}", bpy.path.clean_name(motion_name(ob))
            )
        )
        for ob in armatures
    ]
    if len(set(filled)) == len(armatures):
        return filled
    return [
        file.with_name(f"{file.stem}_{bpy.path.clean_name(ob.name)}{file.suffix}")
        for file, ob in zip(filled, armatures, strict=True)
    ]
