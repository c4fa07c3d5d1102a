"""A rig's motion with left and right exchanged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import slots
from .mapping import BoneMap
from .motion import RigMotion, to_tracks
from .presets import mirrored_names
from .rig import Rig

Array = NDArray[np.floating]

_MIRROR: Array = np.diag([-1.0, 1, 1])
_STILL = 1e-5  # m


def mirrored_motion(motion: RigMotion, bone_map: BoneMap) -> RigMotion:
    """The motion as a mirror shows it that stands where the rig's middle is at rest, upright, along its depth.

    Every bone turns as its other side's does, mirrored; what lies in the middle, or has no other side, as it does
    itself. Bones that leave their parents, such as hips, go the mirrored way. The rig should be alike on both sides.
    """
    rig = motion.rig
    other = counterparts(rig, bone_map)
    turns = motion.rotations[:, other] @ np.swapaxes(rig.rotations[other], -1, -2)
    rotations = (_MIRROR @ turns @ _MIRROR) @ rig.rotations
    middle = float(rig.heads[rig.index[bone_map.bones["hips"]], 0])
    moves = np.abs(to_tracks(motion).locations).max(axis=(0, 2)) > _STILL
    heads = np.empty_like(motion.heads)
    for bone, parent in enumerate(rig.parents):
        if parent < 0 or moves[other[bone]]:
            heads[:, bone] = rig.heads[bone] + (motion.heads[:, other[bone]] - rig.heads[other[bone]]) @ _MIRROR
            heads[:, bone, 0] += 2 * middle - (rig.heads[bone, 0] + rig.heads[other[bone], 0])
        else:
            offset = rig.rotations[parent].T @ (rig.heads[bone] - rig.heads[parent])
            heads[:, bone] = heads[:, parent] + rotations[:, parent] @ offset
    contacts = None if motion.contacts is None else motion.contacts[:, [2, 3, 0, 1, 5, 4]]
    return RigMotion(rig, rotations, heads, motion.fps, contacts)


def counterparts(rig: Rig, bone_map: BoneMap) -> list[int]:
    """Row of each bone on the other side, its own where it has none: by the map, then by name."""
    found = {name: name for name in rig.names}
    for name in rig.names:
        found[name] = next((n for n in mirrored_names(name) if n in rig.index and name in mirrored_names(n)), name)
    for slot, bone in bone_map.bones.items():
        partner = bone_map.bones.get(slots.mirrored(slot))
        if partner is not None:
            found[bone] = partner
    return [rig.index[found[name]] for name in rig.names]
