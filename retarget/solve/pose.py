"""The target's pose while it is being solved: frames of its parts, and where its joints come to lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .. import slots
from ..anatomy import Anatomy
from ..mapping import BoneMap
from ..motion import bone_by_bone, hang
from ..rig import Rig
from .carry import Frames, place_rotations
from .ground import hip_centre

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Pose:
    """``frames`` by slot (T, 3, 3) in the world; ``centre`` (T, 3) m, midway between the hip joints."""

    rig: Rig
    bone_map: BoneMap
    anatomy: Anatomy
    frames: Frames
    centre: Array

    def changed(self, frames: Frames, centre: Array | None = None) -> Pose:
        """With some frames, or the place, replaced."""
        merged = {**self.frames, **frames}
        return Pose(self.rig, self.bone_map, self.anatomy, merged, self.centre if centre is None else centre)

    @property
    def hips(self) -> Array:
        """(T, 3) head of the hips bone."""
        rest = self.rig.heads[self.rig.index[self.bone_map.bones["hips"]]] - hip_centre(self.rig, self.bone_map)
        return self.centre + (self.frames["hips"] @ (self.anatomy.frames["hips"].T @ rest))

    def bones(self) -> tuple[Array, Array]:
        """Rotations (T, B, 3, 3) and heads (T, B, 3) of all bones, those above the hips at rest."""
        rotations = place_rotations(self.rig, self.bone_map, self.anatomy, self.frames, len(self.centre))
        return rotations, self._heads(rotations)

    def joint(self, slot: str) -> Array:
        """(T, 3) m, the head of a part's bone."""
        return self._limb_heads[:, self.rig.index[self.bone_map.first(slot)]]

    def end(self, slot: str, offset: Array) -> Array:
        """(T, 3) m: a point given against a part's joint in its frame."""
        return self.joint(slot) + self.frames[slot] @ offset

    @cached_property
    def _limb_heads(self) -> Array:
        """Heads of the bones from the hips to hands and feet; the others' are not filled in."""
        ends = [f"{side}_{part}" for side in slots.SIDES for part in ("hand", "foot")]
        rows = {self.rig.index[self.bone_map.bones[slot]] for slot in ends}
        rows |= {above for row in rows for above in self.rig.above(row)}
        rotations = place_rotations(
            self.rig, self.bone_map, self.anatomy, self.frames, len(self.centre), only=sorted(rows)
        )
        return self._heads(rotations, sorted(rows))

    def _heads(self, rotations: Array, rows: list[int] | None = None) -> Array:
        rig, hips = self.rig, self.rig.index[self.bone_map.bones["hips"]]
        wanted = rows if rows is not None else list(range(len(rig.names)))
        heads = bone_by_bone(len(self.centre), len(rig.names), 3)
        heads[:] = rig.heads
        above = set(rig.above(hips))
        heads[:, hips] = self.hips
        hang(rig, rotations, heads, [b for b in wanted if b != hips and b not in above])
        return heads
