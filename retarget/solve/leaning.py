"""A trunk that leans so that short arms reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import axis_angle_to_matrix
from .. import slots
from .curves import envelope
from .limbs import FURTHEST
from .pose import Pose

Array = NDArray[np.floating]

_ROUNDS = 4
_SETTLE = 0.35  # s
_MOST = np.radians(70)


def lean(pose: Pose, goals: dict[str, Array], weights: dict[str, Array], fps: float) -> Pose:
    """Turns the trunk about the hips so that each hand's goal (T, 3) comes within its arm's reach.

    Every part of the spine takes its share; hips and legs stay. ``weights`` (T,) 0…1: how much each goal counts.
    """
    spine = slots.chain("spine", pose.frames)
    if not spine:
        return pose
    for _ in range(_ROUNDS):
        turn = np.zeros_like(pose.centre)
        for side in slots.SIDES:
            turn += _wanted(pose, side, goals[side], weights[side])
        size = np.linalg.norm(turn, axis=1)
        if size.max() < 1e-4:
            break
        smooth = envelope(np.minimum(size, _MOST), round(_SETTLE * fps))
        axis = _held_axes(turn, size)
        pose = _bent(pose, spine, axis * smooth[:, None])
    return pose


def _wanted(pose: Pose, side: str, goal: Array, weight: Array) -> Array:
    """(T, 3) rad about the hips that brings a shoulder as much nearer to its goal as the arm is too short."""
    shoulder = pose.joint(f"{side}_upper_arm")
    length = FURTHEST * sum(pose.anatomy.lengths[f"{side}_{part}"] for part in ("upper_arm", "lower_arm"))
    way = goal - shoulder
    distance = np.linalg.norm(way, axis=1)
    short = np.maximum(distance - 0.995 * length, 0) * weight
    arm = shoulder - pose.hips
    along = way / np.maximum(distance, 1e-9)[:, None]
    axis = np.cross(arm, along)
    lever = np.linalg.norm(axis, axis=1)
    return axis * (short / np.maximum(lever, 0.05) ** 2)[:, None]


def _held_axes(turn: Array, size: Array) -> Array:
    """Unit axes (T, 3): where nothing is wanted, the nearest frame's that wants something."""
    rows = np.flatnonzero(size > 1e-6)
    frames = np.arange(len(turn))
    after = np.clip(np.searchsorted(rows, frames), 0, len(rows) - 1)
    before = np.clip(after - 1, 0, len(rows) - 1)
    nearer = np.where(np.abs(rows[before] - frames) < np.abs(rows[after] - frames), rows[before], rows[after])
    return turn[nearer] / size[nearer][:, None]


def _bent(pose: Pose, spine: list[str], turn: Array) -> Pose:
    changed: dict[str, Array] = {}
    for i, slot in enumerate(spine, 1):
        changed[slot] = axis_angle_to_matrix(turn * (i / len(spine))) @ pose.frames[slot]
    whole = axis_angle_to_matrix(turn)
    for slot in ("left_shoulder", "right_shoulder"):
        if slot in pose.frames:
            changed[slot] = whole @ pose.frames[slot]
    return pose.changed(changed)
