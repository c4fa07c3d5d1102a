"""Names of exported files from a template: ``{character}_{action}`` and the like are filled in."""

from __future__ import annotations

import string
from collections import Counter
from pathlib import Path

import bpy

from ...core.errors import BadInputError
from .clock import scene_fps
from .poses import action_range
from .retargeting import motion_name

MIRRORED = "_mirrored"
# What may stand between braces, and what becomes of it.
FIELDS: dict[str, str] = {
    "character": "name of the armature",
    "action": "what it plays",
    "take": "name of its take, or of its collection",
    "person": "number of the captured person",
    "scene": "name of the scene",
    "blend": "name of this file",
    "fps": "frames a second",
    "frames": "number of frames",
    "preset": "what the file is for",
}


def filled(path: Path, armatures: list[bpy.types.Object], preset: str, scene: bpy.types.Scene) -> list[Path]:
    """One path per character. Where names would be alike the character's is added, ``NAME_character.fbx``.

    Raises BadInputError for a field that there is none of, naming those there are.
    """
    try:
        asked = {name for _, name, _, _ in string.Formatter().parse(path.name) if name is not None}
    except ValueError as error:
        raise BadInputError(f"{path.name} is no template: {error}.", "Close every brace.") from error
    unknown = sorted(asked - FIELDS.keys())
    if unknown:
        raise BadInputError(
            f"There is no {{{unknown[0]}}} to fill in.", f"Use {', '.join(f'{{{name}}}' for name in FIELDS)}."
        )
    names = [path.name.format(**_values(ob, preset, scene)) for ob in armatures]
    if len(set(names)) < len(names):
        names = [_with(Path(n), f"_{bpy.path.clean_name(ob.name)}") for n, ob in zip(names, armatures, strict=True)]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise BadInputError(f"Two characters would have the file {twice[0]}.", "Give them other names.")
    return [path.with_name(name) for name in names]


def mirrored(path: Path) -> Path:
    """Where the mirrored copy of a file lies."""
    return path.with_name(_with(path, MIRRORED))


def _with(path: Path, more: str) -> str:
    return f"{path.stem}{more}{path.suffix}"


def _values(armature: bpy.types.Object, preset: str, scene: bpy.types.Scene) -> dict[str, str]:
    first, last = action_range(armature)
    collections = armature.users_collection
    home = next((c for c in collections if c != scene.collection), None)
    values = {
        "character": armature.name,
        "action": motion_name(armature),
        "take": home.name.removeprefix("Take ") if home is not None else scene.name,
        "person": str(armature.get("person_id", armature.name)),
        "scene": scene.name,
        "blend": Path(bpy.data.filepath).stem or "untitled",
        "fps": f"{float(scene_fps(scene)):g}",
        "frames": str(last - first + 1),
        "preset": preset,
    }
    return {name: bpy.path.clean_name(value) for name, value in values.items()}
