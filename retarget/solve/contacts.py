"""Which points of feet and hands rest on something, and where those points are on any rig."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import normalise
from ..anatomy import Anatomy
from ..mapping import BoneMap
from ..motion import RigMotion
from ..rig import Rig
from .curves import runs

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]

# In contact: within 30 mm of the surface, under 0.15 m/s, for at least 0.1 s (docs/architecture.md, section 3).
NEAR, SLOW, SHORTEST = 0.030, 0.15, 0.1
_HEEL = 0.3  # of the way from ankle to ball, behind the ankle
_BALL = 0.7  # of the way from ankle to toe tip, where a foot has no toes
_PALM = 0.5  # of the way from wrist to knuckles
_SKIN = 0.2  # of that length, from the bones of the palm to its skin


def sole_points(rig: Rig, bone_map: BoneMap, anatomy: Anatomy, side: str) -> tuple[Array, Array]:
    """Heel and ball (3,) m against the ankle, in the foot's frame: on the floor at rest."""
    ankle = rig.heads[rig.index[bone_map.bones[f"{side}_foot"]]]
    frame = anatomy.frames[f"{side}_foot"]
    toes = bone_map.bones.get(f"{side}_toes")
    length = anatomy.lengths[f"{side}_foot"]
    if toes is not None:
        ahead = (rig.heads[rig.index[toes]] - ankle) @ frame
        length = abs(float(ahead[1]))
    else:
        length *= _BALL
    down = -float((ankle - np.array([0, 0, rig.floor])) @ frame[:, 2])
    return np.array([0, _HEEL * length, down]), np.array([0, -length, down])


def palm_point(rig: Rig, bone_map: BoneMap, anatomy: Anatomy, side: str) -> Array:
    """Skin of the palm (3,) m against the wrist, in the hand's frame."""
    slot = f"{side}_hand"
    sign = 1.0 if side == "left" else -1.0
    return anatomy.lengths[slot] * np.array([sign * _PALM, 0.0, -_SKIN])


def points_of(motion: RigMotion, bone_map: BoneMap, slot: str, frames: Array, point: Array) -> Array:
    """(T, 3) m: a point given in a part's frame, in the world."""
    return motion.heads[:, motion.rig.index[bone_map.bones[slot]]] + frames @ point


def resting(points: Array, fps: float, floor: float) -> Flags:
    """(T,) by the definition above, against the floor alone; ``points`` (T, 3) m."""
    if len(points) < 2:
        return points[:, 2] < floor + NEAR
    speed = np.linalg.norm(np.gradient(points, 1 / fps, axis=0), axis=-1)
    flags = (points[:, 2] < floor + NEAR) & (speed < SLOW)
    return long_enough(flags, fps)


def measured(motion: RigMotion, column: int) -> Flags | None:
    """(T,) of a contact that the take holds; None where the motion has none."""
    if motion.contacts is None:
        return None
    return long_enough(np.nan_to_num(motion.contacts[:, column]) >= 0.5, motion.fps)


def long_enough(flags: Flags, fps: float) -> Flags:
    """Contacts without those shorter than 0.1 s."""
    kept = np.zeros_like(flags)
    for begin, end in runs(flags):
        kept[begin:end] = (end - begin) / fps >= SHORTEST or (begin == 0 and end == len(flags))
    return kept


def level(direction: Array) -> Array:
    """Unit vector (3,) without its height."""
    return normalise(np.array([direction[0], direction[1], 0.0]))
