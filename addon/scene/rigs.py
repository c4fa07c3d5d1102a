"""Armatures as the retarget's rigs, and what is wrong with those that are none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import bpy
import numpy as np

from ...core.errors import BadInputError
from ...retarget.rig import Rig

_UNIFORM = 1e-4  # relative difference of an object's three scales


@dataclass(frozen=True, eq=False)
class ArmatureRig:
    """``rig`` in the world as the armature object stands now; ``scale``: metres per unit of its bones."""

    armature: bpy.types.Object
    rig: Rig
    scale: float


def read_rig(armature: bpy.types.Object | None) -> ArmatureRig:
    """The skeleton of an armature object at rest, parents first, soles at the object's own height.

    Raises BadInputError for what is no armature, has no bones, or is scaled unevenly or mirrored.
    """
    if armature is None or armature.type != "ARMATURE":
        name = f"{armature.name} is no armature" if armature else "Nothing is selected"
        raise BadInputError(f"{name}.", "Select the character's armature.")
    matrix = np.array(armature.matrix_world, np.float64)
    scales = np.linalg.norm(matrix[:3, :3], axis=0)
    scale = float(scales.mean())
    if scale < 1e-9 or np.ptp(scales) > _UNIFORM * scale or np.linalg.det(matrix[:3, :3]) < 0:
        raise BadInputError(
            f"{armature.name} is scaled unevenly or mirrored ({', '.join(f'{s:g}' for s in armature.scale)}).",
            "Apply the armature's scale (Ctrl+A), or give it one positive value.",
        )
    bones = list(_parents_first(armature))
    if not bones:
        raise BadInputError(f"{armature.name} has no bones.", "Choose another armature.")
    row = {bone.name: i for i, bone in enumerate(bones)}
    parents = np.array([row[bone.parent.name] if bone.parent else -1 for bone in bones])
    rest = np.array([bone.matrix_local for bone in bones], np.float64)
    tails = np.array([bone.tail_local for bone in bones], np.float64)
    turn = matrix[:3, :3] / scale
    rig = Rig(
        names=tuple(row),
        parents=parents,
        rotations=turn @ rest[:, :3, :3],
        heads=rest[:, :3, 3] @ matrix[:3, :3].T + matrix[:3, 3],
        tails=tails @ matrix[:3, :3].T + matrix[:3, 3],
        floor=float(matrix[2, 3]),
    )
    return ArmatureRig(armature, rig, scale)


def check_editable(armature: bpy.types.Object) -> None:
    """Raises BadInputError for an armature that is linked from another file, which cannot be animated."""
    if armature.library is not None:
        raise BadInputError(
            f"{armature.name} is linked from {bpy.path.basename(armature.library.filepath)}.",
            "Make a library override of it (Object › Library Override › Make).",
        )


def held_bones(armature: bpy.types.Object, names: Iterable[str]) -> list[str]:
    """Those of the bones that constraints hold: keys on them do not show."""
    bones = armature.pose.bones
    return [
        name for name in names
        if any(c.enabled and c.influence > 0 and c.type not in _HARMLESS for c in bones[name].constraints)
    ]  # fmt: skip


_HARMLESS = {"LIMIT_ROTATION", "LIMIT_LOCATION", "LIMIT_SCALE", "MAINTAIN_VOLUME"}


def _parents_first(armature: bpy.types.Object) -> Iterable[bpy.types.Bone]:
    waiting = [bone for bone in armature.data.bones if bone.parent is None]
    while waiting:
        bone = waiting.pop(0)
        yield bone
        waiting.extend(bone.children)
