"""Where the target stands: the way over the floor, heights, and what carries the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import BadInputError
from .. import slots
from ..anatomy import Anatomy
from ..mapping import BoneMap
from ..rig import Rig
from .twist import about, twist_angle

Array = NDArray[np.floating]
_UP = np.array([0.0, 0, 1])
_SHORTEST_LEG = 1e-3


@dataclass(frozen=True)
class Scaling:
    """From the source's places in the world to the target's.

    ``scale``: target's legs over source's; ``travel``: the same for ways over the floor, or 1. Heights scale above the
    ankles, so that a foot that stands stays on its floor. ``floors`` and ``ankles``: heights (m) of source and target.
    """

    scale: float
    travel: float
    floors: tuple[float, float]
    ankles: tuple[float, float]

    def joint(self, points: Array) -> Array:
        """Joints (…, 3) m, such as hips and ankles, whose lowest height is the ankle's."""
        z = self.floors[1] + self.ankles[1] + self.scale * (points[..., 2:] - self.floors[0] - self.ankles[0])
        return np.concatenate([self.travel * points[..., :2], z], axis=-1)

    def surface(self, points: Array) -> Array:
        """Points (…, 3) m of floors, steps and things that are touched."""
        z = self.floors[1] + self.scale * (points[..., 2:] - self.floors[0])
        return np.concatenate([self.travel * points[..., :2], z], axis=-1)


def scaling(source: tuple[Rig, BoneMap, Anatomy], target: tuple[Rig, BoneMap, Anatomy], travel: str) -> Scaling:
    """How large the target is against the source. Raises BadInputError for legs without length, naming them."""
    legs, ankles = [], []
    for rig, bone_map, anatomy in (source, target):
        length = np.mean([anatomy.lengths[f"{s}_{p}"] for s in slots.SIDES for p in ("upper_leg", "lower_leg")]) * 2
        if length < _SHORTEST_LEG:
            raise BadInputError(
                f"The legs have no length: {bone_map.bones['left_upper_leg']!r}, {bone_map.bones['left_lower_leg']!r}.",
                "Check the bones mapped to the legs.",
            )
        legs.append(length)
        ankles.append(np.mean([rig.heads[rig.index[bone_map.bones[f"{s}_foot"]], 2] - rig.floor for s in slots.SIDES]))
    scale = legs[1] / legs[0]
    return Scaling(
        scale=scale,
        travel=scale if travel == "scaled" else 1.0,
        floors=(source[0].floor, target[0].floor),
        ankles=(float(ankles[0]), float(ankles[1])),
    )


def hip_centre(rig: Rig, bone_map: BoneMap) -> Array:
    """(3,) m, midway between the hip joints at rest: rigs disagree about where their hips bone begins."""
    return np.mean([rig.heads[rig.index[bone_map.first(f"{s}_upper_leg")]] for s in slots.SIDES], axis=0)


@dataclass(frozen=True, eq=False)
class Way:
    """A rigid motion over the floor: ``rotations`` (T, 3, 3) about the vertical, then ``moves`` (T, 3) m, level."""

    rotations: Array
    moves: Array

    def points(self, points: Array) -> Array:
        """Carries points (3,) or (T, 3) along."""
        return (self.rotations @ np.asarray(points)[..., None])[..., 0] + self.moves

    def undone(self, rotations: Array, heads: Array) -> tuple[Array, Array]:
        """Bones (T, B, 3, 3) and (T, B, 3) seen from the way."""
        back = np.swapaxes(self.rotations, -1, -2)
        return back[:, None] @ rotations, (back[:, None] @ (heads - self.moves[:, None])[..., None])[..., 0]


def way_of(rig: Rig, bone_map: BoneMap, anatomy: Anatomy, hips: Array, heads: Array) -> Way:
    """The way that the target's hips go, ``hips`` (T, 3, 3) their frames and ``heads`` (T, 3) their places.

    Without motion it is no motion: at rest the hips stand where they stand in the rest pose.
    """
    start = twist_angle(anatomy.body[None], _UP)[0]
    heading = twist_angle(hips, _UP) - start
    rotations = about(_UP, heading)
    rest = rig.heads[rig.index[bone_map.bones["hips"]]]
    moves = heads - (rotations @ rest[:, None])[..., 0]
    moves[:, 2] = 0.0
    return Way(rotations, moves)
