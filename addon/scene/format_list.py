"""The formats that a character's animation leaves in, as a menu shows them; ``formats`` writes them."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import BadInputError


@dataclass(frozen=True)
class Format:
    """``compares`` tells what a file of it can be held against: bones' ``axes``, their ``turns`` from rest where a
    format keeps no axes, the ``points`` of meshes, or the free ``body`` that performs the motion. ``needs_map``: it
    knows the parts of a person."""

    label: str
    description: str
    suffix: str
    compares: str = "axes"
    needs_map: bool = False


FORMATS: dict[str, Format] = {
    "generic": Format("FBX", "Metres, Y up; for Mixamo's and other rigs", ".fbx"),
    "unreal_skeleton": Format(
        "FBX for Unreal, its own skeleton", "The mannequin as it was imported, bones and units kept", ".fbx"
    ),
    "unreal": Format("FBX for Unreal, own rig", "The armature's node is named so that Unreal drops it", ".fbx"),
    "unity": Format("FBX for Unity", "Metres, Y up", ".fbx"),
    "godot": Format("FBX for Godot", "Metres, Y up", ".fbx"),
    "gltf": Format("glTF", "For Godot and others; one binary file", ".glb"),
    "vrma": Format(
        "VRM animation", "The turns of a person's bones from T-pose, for any VRM avatar", ".vrma", "turns", True
    ),
    "bvh": Format("BVH", "Joints without axes of their own, Y up, centimetres", ".bvh", "turns"),
    "usd": Format("USD", "Skeleton and skin, Z up, metres", ".usdc"),
    "alembic": Format("Alembic", "The skin's vertices of every frame, for rendering", ".abc", "points"),
    "amass": Format(
        "AMASS", "SMPL-H parameters as research reads them, on the free body", ".npz", "body", True
    ),
}


def export_format(name: str) -> Format:
    """The format called ``name``. Raises BadInputError naming those that exist."""
    if name not in FORMATS:
        raise BadInputError(f"There is no export preset '{name}'.", f"Choose one of {', '.join(FORMATS)}.")
    return FORMATS[name]
