"""Bone maps kept with an armature object, as rows the user can see and change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bpy

from ...retarget import presets, slots
from ...retarget.mapping import BoneMap
from ..declarations import BONES_EXTRAS_PROPERTY, BONES_INDEX_PROPERTY, BONES_PROPERTY

# What the list shows even where no bone is found, in this order; longer chains follow their first bones.
_ALWAYS = (
    "root", "hips", "spine_1", "spine_2", "spine_3", "neck_1", "head",
    *(f"{side}_{part}" for side in slots.SIDES for part in (*slots.ARM, *slots.LEG)),
    *(f"{side}_{finger}_{i}" for side in slots.SIDES for finger in slots.FINGERS for i in (1, 2, 3)),
)  # fmt: skip


def rows(armature: bpy.types.Object) -> Any:
    """The collection of rows of an armature's map; empty where it was not mapped."""
    return getattr(armature, BONES_PROPERTY)


def read_map(armature: bpy.types.Object) -> BoneMap | None:
    """The map kept with an armature; None where it was not mapped. Rows without a bone are left out.

    Raises BadInputError where one bone stands in two rows, naming it.
    """
    kept = rows(armature)
    if not len(kept):
        return None
    bones = {row.name: row.bone for row in kept if row.bone}
    base = presets.from_json(getattr(armature, BONES_EXTRAS_PROPERTY) or presets.to_json(BoneMap({})))
    confidence = {row.name: float(row.confidence) for row in kept if row.bone}
    merged = replace(base, bones=bones, confidence=confidence)
    twists = tuple(t for t in base.twists if t.slot in bones)
    follows = {bone: slot for bone, slot in base.follows.items() if slot in bones}
    poles = {bone: slot for bone, slot in base.poles.items() if slot in bones}
    return replace(merged, twists=twists, follows=follows, poles=poles)


def write_map(armature: bpy.types.Object, bone_map: BoneMap) -> None:
    """Keeps a map with an armature, replacing the one before."""
    kept = rows(armature)
    kept.clear()
    for slot in _order(bone_map):
        row = kept.add()
        row.name, row.bone = slot, bone_map.bones.get(slot, "")
        row.confidence = bone_map.confidence.get(slot, 1.0)
    setattr(armature, BONES_EXTRAS_PROPERTY, presets.to_json(replace(bone_map, bones={}, confidence={})))
    setattr(armature, BONES_INDEX_PROPERTY, min(getattr(armature, BONES_INDEX_PROPERTY), len(kept) - 1))


def active_row(armature: bpy.types.Object) -> Any | None:
    """The row chosen in the list."""
    kept, index = rows(armature), getattr(armature, BONES_INDEX_PROPERTY)
    return kept[index] if 0 <= index < len(kept) else None


def _order(bone_map: BoneMap) -> list[str]:
    more = [slot for slot in bone_map.bones if slot not in _ALWAYS]
    order = list(_ALWAYS)
    for slot in sorted(more):
        stem = slot.rpartition("_")[0]
        beside = [i for i, other in enumerate(order) if stem and other.startswith(stem)]
        order.insert(beside[-1] + 1 if beside else len(order), slot)
    return order
