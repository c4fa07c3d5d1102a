"""Arms and legs that reach a point: two-bone inverse kinematics on whole motions. numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rotation import (
    matrix_to_quaternion,
    normalise,
    quaternion_conjugate,
    quaternion_multiply,
    rotation_between,
)
from ..skeleton import JOINT_INDEX
from .motion import rotate
from .parts import PARENTS

Array = NDArray[Any]

# A limb never straightens fully: the last per mille would turn the whole limb for nothing.
_LONGEST = 0.999


def limb(side: str, part: str) -> tuple[int, int, int]:
    """Indices of an arm's or leg's two bones and its end: shoulder, elbow, wrist or hip, knee, ankle."""
    names = ("shoulder", "elbow", "wrist") if part == "arms" else ("hip", "knee", "ankle")
    a, b, c = (JOINT_INDEX[f"{side}_{name}"] for name in names)
    return a, b, c


def reach(local: Array, pelvis: Array, rest: Array, chain: tuple[int, int, int], target: Array) -> Array:
    """Local rotations (T, 52, 4) in which the chain's end comes as near to ``target`` (T, 3) m as the limb is long.

    The limb bends in the plane it bends in already; its end keeps its orientation in the world.
    """
    upper, middle, end = chain
    turned, points = _along(local, pelvis, rest, end)
    first, second = points[middle] - points[upper], points[end] - points[middle]
    long, short = np.linalg.norm(first, axis=-1), np.linalg.norm(second, axis=-1)
    away = np.linalg.norm(target - points[upper], axis=-1)
    away = np.clip(away, np.abs(long - short) * 1.001 + 1e-6, (long + short) * _LONGEST)
    # Angles between the bones, by the law of cosines: as they are, and as they must be.
    now = np.linalg.norm(first + second, axis=-1)
    bend = _opening(long, short, away) - _opening(long, short, now)
    axis = np.cross(first, second)
    straight = np.linalg.norm(axis, axis=-1) < 1e-6
    axis = np.where(straight[:, None], rotate(turned[upper], _hinge(upper)), normalise(axis))
    fold = _about(axis, -bend)
    folded = first + rotate(fold, second)
    swing = matrix_to_quaternion(rotation_between(folded, target - points[upper]))
    out = local.copy()
    parent = turned[int(PARENTS[upper])]
    new_upper = quaternion_multiply(swing, turned[upper])
    new_middle = quaternion_multiply(swing, quaternion_multiply(fold, turned[middle]))
    out[:, upper] = quaternion_multiply(quaternion_conjugate(parent), new_upper)
    out[:, middle] = quaternion_multiply(quaternion_conjugate(new_upper), new_middle)
    out[:, end] = quaternion_multiply(quaternion_conjugate(new_middle), turned[end])
    return out


def _along(local: Array, pelvis: Array, rest: Array, end: int) -> tuple[dict[int, Array], dict[int, Array]]:
    """Forward kinematics of the joints from the pelvis to ``end`` alone: their global quaternions (T, 4) and positions
    (T, 3) by joint.
    """
    way = [end]
    while way[-1]:
        way.append(int(PARENTS[way[-1]]))
    turned, points = {0: local[:, 0]}, {0: pelvis}
    for joint in way[-2::-1]:
        parent = int(PARENTS[joint])
        turned[joint] = quaternion_multiply(turned[parent], local[:, joint])
        points[joint] = points[parent] + rotate(turned[parent], rest[joint] - rest[parent])
    return turned, points


def _opening(long: Array, short: Array, away: Array) -> Array:
    """Angle (T,) rad inside the elbow or knee when the limb's ends are ``away`` apart."""
    return np.arccos(np.clip((long**2 + short**2 - away**2) / (2 * long * short), -1.0, 1.0))


def _hinge(upper: int) -> Array:
    """Rest axis about which a straight limb bends: knees backwards, elbows forwards."""
    if upper == JOINT_INDEX["left_shoulder"]:
        return np.array([0.0, -1.0, 0.0])
    return np.array([0.0, 1.0, 0.0]) if upper == JOINT_INDEX["right_shoulder"] else np.array([1.0, 0.0, 0.0])


def _about(axis: Array, angle: Array) -> Array:
    """Quaternions (T, 4) of turns by ``angle`` (T,) about unit axes (T, 3)."""
    return np.concatenate([np.cos(angle / 2)[:, None], np.sin(angle / 2)[:, None] * axis], axis=-1)
