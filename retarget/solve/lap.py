"""Hands on one's own thighs: they lie there on other proportions too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import normalise
from .. import slots
from ..mapping import BoneMap
from ..motion import RigMotion
from . import contacts
from .curves import runs, through_gaps

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]

_NEAR = 0.15  # m from a thigh's axis to a palm that lies on it
_HANGING = np.cos(np.radians(35))  # an arm that hangs beside the leg touches nothing
_SHORTEST = 0.3  # s


def on_thigh(motion: RigMotion, bone_map: BoneMap, palm: Array, side: str) -> tuple[str, Flags]:
    """Side of the thigh that a palm (T, 3) lies on longest, and when (T,): near it, still against it, not hanging."""
    shoulder = motion.heads[:, motion.rig.index[bone_map.first(f"{side}_upper_arm")]]
    best = (side, np.zeros(len(palm), bool))
    for leg in slots.SIDES:
        hip, knee = thigh(motion, bone_map, leg)
        place, gap = _place(palm, hip, knee)
        row = motion.rig.index[bone_map.bones[f"{leg}_upper_leg"]]
        local = (np.swapaxes(motion.rotations[:, row], -1, -2) @ (palm - hip)[..., None])[..., 0]
        speed = np.linalg.norm(np.gradient(local, 1 / motion.fps, axis=0), axis=1) if len(local) > 1 else np.zeros(1)
        aside = np.sum(normalise(knee - hip) * normalise(palm - shoulder), axis=1) < _HANGING
        flags = (gap < _NEAR) & (speed < contacts.SLOW) & aside & (place > 0) & (place < 1)
        for begin, end in runs(flags):
            flags[begin:end] &= (end - begin) / motion.fps >= _SHORTEST
        if flags.sum() > best[1].sum():
            best = (leg, flags)
    return best


def moves(
    palm: Array, source: tuple[Array, Array, Array], now: Array, target: tuple[Array, Array, Array], flags: Flags
) -> Array:
    """Moves (T, 3) m of the target's palm, now at ``now``, to the same place of its own thigh where ``flags``.

    ``source`` and ``target``: hip and knee (T, 3) and the thigh's frame (T, 3, 3). The place is the same share of the
    thigh's length, as far off its axis: how thick a thigh is, bones do not say.
    """
    hip, knee, frame = source
    share, _ = _place(palm, hip, knee)
    off = palm - hip - share[:, None] * (knee - hip)
    own_hip, own_knee, own_frame = target
    carried = (own_frame @ np.swapaxes(frame, -1, -2) @ off[..., None])[..., 0]
    goal = own_hip + share[:, None] * (own_knee - own_hip) + carried
    return through_gaps(np.where(flags[:, None], goal - now, 0.0), flags)


def thigh(motion: RigMotion, bone_map: BoneMap, leg: str) -> tuple[Array, Array]:
    """Hip and knee (T, 3) m of one leg."""
    hip, knee = (motion.heads[:, motion.rig.index[bone_map.first(f"{leg}_{p}")]] for p in ("upper_leg", "lower_leg"))
    return hip, knee


def _place(point: Array, a: Array, b: Array) -> tuple[Array, Array]:
    """Share (T,) along from a to b, and distance (T,) m from the line."""
    way = b - a
    share = np.sum((point - a) * way, axis=1) / np.maximum(np.sum(way**2, axis=1), 1e-12)
    return share, np.linalg.norm(point - a - share[:, None] * way, axis=1)
