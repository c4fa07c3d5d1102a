"""Rigs that are moved by controls: the person in them, and where each control goes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import normalise
from .. import slots
from ..mapping import BoneMap
from ..motion import RigMotion
from ..rig import Rig

Array = NDArray[np.floating]

_STRAIGHT = 0.02  # of the limb's length: nearer to the line of its ends, the middle joint shows no direction


def person_in(rig: Rig, bone_map: BoneMap) -> Rig:
    """The mapped bones hung on one another as in a person, and the controls loose beside them.

    In the rig itself helpers and constraints stand between; what these do to a control is the animation program's
    matter.
    """
    order = sorted(bone_map.bones, key=_depth)
    names = [bone_map.bones[slot] for slot in order]
    parents = []
    for slot in order:
        above = slots.nearest_above(slot, bone_map.bones)
        parents.append(names.index(bone_map.bones[above]) if above is not None else -1)
    for bone in (*bone_map.follows, *bone_map.poles):
        if bone not in names:
            names.append(bone)
            parents.append(-1)
    rows = [rig.index[name] for name in names]
    return Rig(tuple(names), np.array(parents), rig.rotations[rows], rig.heads[rows], rig.tails[rows], rig.floor)


def aim_poles(rig: Rig, bone_map: BoneMap, frames: dict[str, Array], rotations: Array, heads: Array) -> None:
    """Puts pole targets on the side to which knees and elbows point, as far out as at rest; in place."""
    for bone, slot in bone_map.poles.items():
        side, _, part = slot.partition("_")
        limb = slots.ARM if part in slots.ARM else slots.LEG
        place = limb.index(part)
        root, middle, end = (heads[:, rig.index[bone_map.first(f"{side}_{p}")]] for p in limb[place : place + 3])
        row, knee = rig.index[bone], rig.index[bone_map.first(f"{side}_{limb[place + 1]}")]
        line = normalise(end - root)
        away = middle - root
        away = away - line * np.sum(away * line, axis=1, keepdims=True)
        # Where the limb is straight, knees point forward and elbows back, in the upper limb's own frame.
        usual = frames[slot][..., 1] * (1.0 if part in slots.ARM else -1.0)
        usual = usual - line * np.sum(usual * line, axis=1, keepdims=True)
        length = np.linalg.norm(end - root, axis=1, keepdims=True)
        share = np.clip(np.linalg.norm(away, axis=1, keepdims=True) / (_STRAIGHT * length), 0, 1)
        direction = normalise(share * normalise(away) + (1 - share) * normalise(usual))
        distance = float(np.linalg.norm(rig.heads[row] - rig.heads[knee]))
        heads[:, row] = middle + distance * direction
        rotations[:, row] = rig.rotations[row]


def only_controls(motion: RigMotion, bone_map: BoneMap) -> RigMotion:
    """The controls alone, each free of any parent."""
    names = tuple(dict.fromkeys((*bone_map.follows, *bone_map.poles)))
    rows = [motion.rig.index[name] for name in names]
    rig = motion.rig
    loose = Rig(names, np.full(len(rows), -1), rig.rotations[rows], rig.heads[rows], rig.tails[rows], rig.floor)
    return RigMotion(loose, motion.rotations[:, rows], motion.heads[:, rows], motion.fps, motion.contacts)


def _depth(slot: str) -> int:
    depth = 0
    above = slots.parent_slot(slot)
    while above is not None:
        depth, above = depth + 1, slots.parent_slot(above)
    return depth
