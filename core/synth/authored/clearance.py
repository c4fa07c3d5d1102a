"""Fingers that keep out of each other's way as hands change shape, and hands that stay apart."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...body.numpy_model import BodyModel, forward_kinematics
from ...rotation import axis_angle_to_matrix
from ...skeleton import FINGERS, JOINT_INDEX, MANO_PARENTS
from ..hand_shapes import shape_pose
from .gait import ease

Array = NDArray[np.floating]

# Bones of two fingers that touch are about this far apart, m; of two hands a little more.
TOUCHING, HANDS_TOUCHING = 0.0125, 0.016
_STEPS = np.linspace(0, 1, 17)
_PARTED = "grasp"
_SPACING = np.linspace(0, 1, 5)
_THUMB = 3 * FINGERS.index("thumb")


def hand_points(pose: Array, side: str, body: BodyModel, betas: Array) -> Array:
    """Points (T, 15, 5, 3) m along the bones of each finger joint, from the wrist, hand at rest; pose (T, 15, 3)."""
    joints = body.joints(betas)
    wrist = joints[JOINT_INDEX[f"{side}_wrist"]]
    first = JOINT_INDEX[f"{side}_index1"]
    rest = np.concatenate([np.zeros((1, 3)), joints[first : first + 15] - wrist])
    surface = body.shaped(betas)[body.extras] - wrist
    tips = [surface[body.extra_names.index(f"{side}_{finger}_tip")] for finger in FINGERS]
    local = np.concatenate([np.broadcast_to(np.eye(3), (len(pose), 1, 3, 3)), axis_angle_to_matrix(pose)], axis=1)
    turned, placed = forward_kinematics(local, rest, np.array(MANO_PARENTS))
    ends = placed[:, 1:].copy()
    for f in range(len(FINGERS)):
        last = 3 * f + 2
        ends[:, last - 2 : last] = placed[:, last : last + 2]
        ends[:, last] = placed[:, last + 1] + turned[:, last + 1] @ (tips[f] - rest[last + 1])
    begins = placed[:, 1:]
    return begins[:, :, None] + _SPACING[:, None] * (ends - begins)[:, :, None]


@lru_cache(maxsize=1024)
def passage(before: str, after: str, side: str, body: BodyModel, betas: tuple[float, ...]) -> Array:
    """Finger poses (N, 15, 3) from one named shape to another in which the thumb passes through no finger.

    Straight where that is free; else the thumb opens, the fingers move, the thumb closes; a thumb that meets finger
    tips first parts from them, and meets them last. The freest of these where none is quite free.
    """
    size = np.array(betas)
    ways = [_straight(before, after, side, body, size), _thumb_last(before, after, side, body, size)]
    for first, last in ((_PARTED, after), (before, _PARTED)):
        if (before, after) == (first, last) or before == after:
            continue
        for second in (_straight, _thumb_last):
            legs = [_straight(before, _PARTED, side, body, size), second(_PARTED, after, side, body, size)]
            if first is before:
                legs = [second(before, _PARTED, side, body, size), _straight(_PARTED, after, side, body, size)]
            ways.append(np.concatenate([legs[0], legs[1][1:]]))
    gaps = [float(_gap(way, side, body, size).min()) for way in ways]
    free = [i for i, gap in enumerate(gaps) if gap > TOUCHING]
    return ways[free[0] if free else int(np.argmax(gaps))]


def along(path: Array, share: Array) -> Array:
    """Poses (T, 15, 3) at shares (T,) 0…1 of a passage."""
    place = np.clip(share, 0, 1) * (len(path) - 1)
    low = np.minimum(place.astype(int), len(path) - 2)
    return path[low] + (path[low + 1] - path[low]) * (place - low)[:, None, None]


def _straight(before: str, after: str, side: str, body: BodyModel, betas: Array) -> Array:
    a, b = (shape_pose(name, side, body, betas) for name in (before, after))
    return a + (b - a) * _STEPS[:, None, None]


def _thumb_last(before: str, after: str, side: str, body: BodyModel, betas: Array) -> Array:
    path = _straight(before, after, side, body, betas)
    a, b, opened = path[0].copy(), path[-1].copy(), shape_pose("open_thumb", side, body, betas)
    path = a + (b - a) * ease((_STEPS - 0.25) / 0.5)[:, None, None]
    part = slice(_THUMB, _THUMB + 3)
    out, back = ease(_STEPS / 0.35)[:, None, None], ease((_STEPS - 0.65) / 0.35)[:, None, None]
    path[:, part] = a[part] + (opened[part] - a[part]) * out + (b[part] - opened[part]) * back
    return path


def _gap(pose: Array, side: str, body: BodyModel, betas: Array) -> Array:
    """(T,) m, smallest distance from the thumb's two outer bones to the fingers."""
    points = hand_points(pose, side, body, betas)
    thumb = points[:, _THUMB + 1 : _THUMB + 3].reshape(len(pose), -1, 3)
    fingers = points[:, :_THUMB].reshape(len(pose), -1, 3)
    return np.linalg.norm(thumb[:, :, None] - fingers[:, None], axis=-1).min(axis=(1, 2))


def apart(left: Array, right: Array) -> tuple[Array, Array]:
    """Smallest distance (T,) m of two sets of points (T, N, 3), and the direction (T, 3) from the right to the left."""
    between = left[:, :, None] - right[:, None]
    distance = np.linalg.norm(between, axis=-1).reshape(len(left), -1)
    nearest = distance.argmin(axis=1)
    rows = np.arange(len(left))
    least = distance[rows, nearest]
    return least, between.reshape(len(left), -1, 3)[rows, nearest] / np.maximum(least, 1e-6)[:, None]
