"""What retargets are judged by: points of feet and hands over time, and how fast joints turn."""

from __future__ import annotations

import numpy as np

from understudy.retarget.anatomy import Anatomy
from understudy.retarget.mapping import BoneMap
from understudy.retarget.motion import RigMotion, to_tracks
from understudy.retarget.solve import contacts

SLOWEST = 60.0  # degrees a second: joints that hardly move have no speed to be bounded by
MOST_TIMES = 1.5


def point(motion: RigMotion, bone_map: BoneMap, anatomy: Anatomy, slot: str, offset: np.ndarray) -> np.ndarray:
    """(T, 3) m of a point given in a part's frame."""
    frames = motion.deltas(motion.rig.index[bone_map.bones[slot]]) @ anatomy.frames[slot]
    return contacts.points_of(motion, bone_map, slot, frames, offset)


def fastest(motion: RigMotion, bone_map: BoneMap) -> dict[str, float]:
    """Degrees a second, the most that each part turns against its parent bone."""
    q = to_tracks(motion).quaternions
    out = {}
    for slot, bone in bone_map.bones.items():
        x = q[:, motion.rig.index[bone]]
        cosine = np.clip(np.abs(np.sum(x[1:] * x[:-1], axis=-1)), 0, 1)
        out[slot] = float(np.degrees(2 * np.arccos(cosine)).max(initial=0.0) * motion.fps)
    return out


def flips(before: dict[str, float], after: dict[str, float]) -> dict[str, tuple[float, float]]:
    """The parts that turn more than 1.5 times as fast as the source's, and both speeds."""
    return {
        slot: (before[slot], after[slot])
        for slot in before.keys() & after.keys()
        if after[slot] > MOST_TIMES * max(before[slot], SLOWEST)
    }
