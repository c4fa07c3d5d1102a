"""A trunk that leans, and hips that go along, so that short arms reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import axis_angle_to_matrix
from .. import slots
from .curves import envelope, smooth_step
from .holding import Grip
from .limbs import FURTHEST
from .pose import Pose

Array = NDArray[np.floating]

_ROUNDS = 5
_SETTLE = 0.35  # s
_BENT = 0.97  # of its length that an arm is left: straighter elbows snap
_STRETCH = 0.02  # m further than an arm is stretched by itself, from which its need counts in full
_MOST = np.radians(25)  # of lean in one round
_HIPS = 0.5  # of the way that the hips go; the trunk's lean does the rest


def lean(pose: Pose, holds: dict[str, Grip], fps: float) -> Pose:
    """The pose with each hand's goal within its arm's reach: the spine's parts share the lean, the hips move.

    Legs are left as they were, so feet have to be planted again.
    """
    spine = slots.chain("spine", pose.frames)
    radius = round(_SETTLE * fps)
    for _ in range(_ROUNDS):
        wanted = [_short(pose, side, grip) for side, grip in holds.items()]
        sizes = np.stack([np.linalg.norm(way, axis=1, keepdims=True) for way in wanted])
        if sizes.max() < 1e-4:
            break
        # One short arm has its whole way; two that want the same have it once.
        total = np.maximum(sizes.sum(axis=0), 1e-9)
        way = sum(w * s for w, s in zip(wanted, sizes, strict=True)) / total
        way = _enveloped(way, radius)
        pose = pose.changed({}, pose.centre + (_HIPS if spine else 1.0) * way)
        if spine:
            pose = _bent(pose, spine, (1 - _HIPS) * way)
    return pose


def _short(pose: Pose, side: str, grip: Grip) -> Array:
    """(T, 3) m that a shoulder is too far from its goal."""
    shoulder = pose.joint(f"{side}_upper_arm")
    length = FURTHEST * sum(pose.anatomy.lengths[f"{side}_{part}"] for part in ("upper_arm", "lower_arm"))
    wrist = pose.joint(f"{side}_hand")
    way = wrist + grip.weight[:, None] * (grip.goal - wrist) - shoulder
    distance = np.linalg.norm(way, axis=1)
    short = np.maximum(distance - _BENT * length, 0)
    # An arm that is as straight by itself is no reason to lean; one that has to stretch further is.
    short *= smooth_step((distance - np.linalg.norm(wrist - shoulder, axis=1)) / _STRETCH)
    return way * (short / np.maximum(distance, 1e-9))[:, None]


def _enveloped(way: Array, radius: int) -> Array:
    """Ways (T, 3) grown to a smooth curve that is nowhere shorter: frames between keep the nearest direction."""
    size = np.linalg.norm(way, axis=1)
    rows = np.flatnonzero(size > 1e-6)
    frames = np.arange(len(way))
    after = np.clip(np.searchsorted(rows, frames), 0, len(rows) - 1)
    before = np.clip(after - 1, 0, len(rows) - 1)
    share = (frames - rows[before]) / np.maximum(rows[after] - rows[before], 1)
    unit = way[rows] / size[rows][:, None]
    mixed = unit[before] + np.clip(share, 0, 1)[:, None] * (unit[after] - unit[before])
    return mixed * envelope(size, radius)[:, None]


def _bent(pose: Pose, spine: list[str], way: Array) -> Pose:
    """The trunk turned so that the shoulders' middle goes ``way`` (T, 3) m, as far as a turn can take it there."""
    shoulders = (pose.joint("left_upper_arm") + pose.joint("right_upper_arm")) / 2
    # Every joint of the spine takes the same share, so it is as if the arm turned about their middle.
    lever = shoulders - np.mean([pose.joint(slot) for slot in spine], axis=0)
    turn = np.cross(lever, way) / np.sum(lever**2, axis=1, keepdims=True)
    turn *= np.minimum(1, _MOST / np.maximum(np.linalg.norm(turn, axis=1, keepdims=True), 1e-9))
    changed: dict[str, Array] = {
        slot: axis_angle_to_matrix(turn * (i / len(spine))) @ pose.frames[slot] for i, slot in enumerate(spine, 1)
    }
    whole = axis_angle_to_matrix(turn)
    above = [*slots.chain("neck", pose.frames), "head", *(f"{side}_shoulder" for side in slots.SIDES)]
    changed.update({slot: whole @ pose.frames[slot] for slot in above if slot in pose.frames})
    return pose.changed(changed)
