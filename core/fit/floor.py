"""Gravity and the floor as a static camera sees them.

The up direction in camera axes is written (a, -1, c) / norm: a is the camera's roll, c its pitch, both small for most
shots, so every cue is one linear equation in (a, c) with its expected error, and all cues are joined by weighted least
squares.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ..rotation import normalise
from ..skeleton import JOINT_INDEX

Array = NDArray[np.floating]

_J = JOINT_INDEX
# Share of body mass and the joints at whose mean it sits (Winter 2009, Biomechanics and Motor Control, table 4.1,
# rounded).
_MASS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.08, ("head",)),
    (0.50, ("left_hip", "right_hip", "left_shoulder", "right_shoulder")),
    (0.05, ("left_elbow", "left_wrist", "left_shoulder")),
    (0.05, ("right_elbow", "right_wrist", "right_shoulder")),
    (0.10, ("left_hip", "left_knee")),
    (0.10, ("right_hip", "right_knee")),
    (0.06, ("left_knee", "left_ankle")),
    (0.06, ("right_knee", "right_ankle")),
)
# Expected errors, as tangents. People hold cameras nearly level; they tilt them more than they roll them.
_PRIOR_ROLL, _PRIOR_PITCH = 0.06, 0.35
# The mean centre of mass stands over the mean support; seen well from the front, badly in depth.
_BALANCE_ROLL, _BALANCE_PITCH = 0.04, 0.10
_TORSO_ROLL, _TORSO_PITCH = 0.12, 0.35
# Seconds after which somebody who sways has come back to the middle, and of standing that a balance needs to be judged.
_SWAY, _ENOUGH = 0.7, 0.5
_FLOOR_POINT = 0.10
_SAME_FLOOR = 0.12
# Where along the sole, from heel to ball, quiet standing puts its weight.
_SUPPORT = np.array([0.6, 0.4])
_LEGS_SEEN = 0.5


def up_in_camera(
    joints: list[Array], seen: list[Array], soles: list[Array], stance: list[Array], step: float
) -> Array:  # fmt: skip
    """Unit up vector (3,) in camera axes.

    Per person: joints (T, 22, 3) m camera axes; seen (T, 2) confidence of the torso and of the legs; soles (T, 4, 3)
    heels and balls; stance (T, 4) probability that the point stands on the floor. ``step``: seconds per frame.
    """
    up = np.array([0.0, -1, 0])
    standing = [
        np.average(points.reshape(-1, 3), axis=0, weights=weight.reshape(-1))
        for points, weight in zip(soles, stance, strict=True)
        if weight.sum() > 1
    ]
    for _ in range(5):
        # A camera that is clearly rolled is no reason to believe less of what is seen: the prior gives way (Cauchy).
        roll_error = _PRIOR_ROLL * np.sqrt(1 + (up[0] / up[1] / (1.5 * _PRIOR_ROLL)) ** 2)
        rows = [(1.0, 0.0, 0.0, float(roll_error)), (0.0, 1.0, 0.0, _PRIOR_PITCH)]
        for body, sight, points, weight in zip(joints, seen, soles, stance, strict=True):
            rows += _lean(body, sight, points, weight, up, step)
        normal = np.zeros((2, 2))
        side = np.zeros(2)
        for a, c, value, error in rows:
            row = np.array([a, c]) / error
            normal += np.outer(row, row)
            side += row * value / error
        for first, second in itertools.combinations(standing, 2):
            # People stand on one floor, unless the difference says that one of them stands on something.
            across = second - first
            error = _SAME_FLOOR * np.sqrt(1 + (across @ up / _SAME_FLOOR) ** 2)
            row = across[[0, 2]] / error
            normal += np.outer(row, row)
            side += row * across[1] / error
        for points, weight in zip(soles, stance, strict=True):
            plane_normal, plane_side = _plane(points.reshape(-1, 3), weight.reshape(-1))
            normal += plane_normal
            side += plane_side
        a, c = np.linalg.solve(normal, side)
        up = normalise(np.array([a, -1.0, c]))
    return up


def _lean(
    joints: Array, seen: Array, soles: Array, stance: Array, up: Array, step: float
) -> list[tuple[float, float, float, float]]:
    """Equations from how the body stands: balance over its feet where they are seen, and the torso's."""
    rows = []
    legs = seen[:, 1] > _LEGS_SEEN
    if legs.any():
        feet = np.einsum("tfpx,p->tfx", soles[legs].reshape(-1, 2, 2, 3), _SUPPORT)
        height, standing = feet @ up, stance[legs].reshape(-1, 2, 2).mean(2)
        # The foot that rests carries the body, and the lower one: 10 cm of difference decide.
        share = 1 / (1 + np.exp(np.clip((height - height[:, ::-1]) / 0.04, -30, 30)))
        share = share * (0.02 + standing)
        share /= share.sum(1, keepdims=True)
        support = (feet * share[..., None]).sum(1)
        centre = sum(mass * joints[legs][:, [_J[n] for n in names]].mean(1) for mass, names in _MASS)
        axis = np.asarray(centre - support)
        seconds = float(np.clip(2 * standing.max(1), 0, 1).sum() * step)
        upright = axis @ up > 0.6 * np.linalg.norm(axis, axis=-1)
        rows += _mean_lean(axis[upright], (_BALANCE_ROLL, _BALANCE_PITCH), seconds)
    axis = (joints[:, _J["neck"]] - joints[:, _J["pelvis"]])[seen[:, 0] > _LEGS_SEEN]
    return rows + _mean_lean(axis, (_TORSO_ROLL, _TORSO_PITCH), len(axis) * step)


def _mean_lean(axis: Array, errors: tuple[float, float], seconds: float) -> list[tuple[float, float, float, float]]:
    """Equations from axes (n, 3) that point up on the mean, over so many seconds: the less sure, the more they sway."""
    axis = axis[axis[:, 1] < 0]
    if not len(axis):
        return []
    tangents = axis[:, [0, 2]] / -axis[:, 1:2]
    # Steps shift the balance from foot to foot, so the mean counts, without the frames of a fall or a jump.
    middle = np.median(tangents, axis=0)
    tangents = np.clip(tangents, middle - 0.4, middle + 0.4)
    error = np.hypot(errors, tangents.std(0) / np.sqrt(max(1.0, seconds / _SWAY)))
    error *= np.sqrt(1 + _ENOUGH / max(seconds, 1e-3))
    tangent = tangents.mean(0)
    return [(1.0, 0.0, float(tangent[0]), float(error[0])), (0.0, 1.0, float(tangent[1]), float(error[1]))]


def _plane(points: Array, weight: Array) -> tuple[Array, Array]:
    """Normal equations of (a, c) from points that lie in one plane, its height eliminated: a x + c z = y + constant.

    Frames of one stance repeat one measurement, so the whole cloud counts as at most six points.
    """
    total = weight.sum()
    if total < 1:
        return np.zeros((2, 2)), np.zeros(2)
    normal, side = np.zeros((2, 2)), np.zeros(2)
    robust = np.ones_like(weight)
    for _ in range(3):
        w = weight * robust
        mean = (w[:, None] * points).sum(0) / w.sum()
        centred = points - mean
        scale = min(1.0, 6 / total) / _FLOOR_POINT**2
        a = centred[:, [0, 2]]
        normal = scale * (a * w[:, None]).T @ a
        side = scale * (a * w[:, None]).T @ centred[:, 1]
        slope = np.linalg.solve(normal + np.eye(2) / 0.1**2, side)
        robust = 1 / (1 + ((centred[:, 1] - a @ slope) / (2 * _FLOOR_POINT)) ** 2)
    return normal, side


def floor_level(heights: list[Array], weights: list[Array]) -> float:
    """Height of the floor along up from the camera, m (negative: below): the level at which feet stand lowest.

    Per person: heights (T, 4) of the soles along up, weights (T, 4). A weighted low quantile of each frame's lowest
    sole.
    """
    lowest, weight = [], []
    for height, w in zip(heights, weights, strict=True):
        frame_weight = w.max(1)
        lowest.append(np.where(w > 0.5 * frame_weight[:, None], height, np.inf).min(1)[frame_weight > 0])
        weight.append(frame_weight[frame_weight > 0])
    values, shares = np.concatenate(lowest), np.concatenate(weight)
    order = np.argsort(values)
    reached = np.cumsum(shares[order]) / shares.sum()
    return float(values[order][np.searchsorted(reached, 0.2)])


def world_from_camera(up: Array, floor: float) -> Array:
    """(4, 4): Z along ``up``, ``floor`` (m along up from the camera) at 0, the camera over the origin, +Y its view
    laid on the floor."""
    view = np.array([0.0, 0, 1])
    forwards = view - up * (view @ up)
    if np.linalg.norm(forwards) < 1e-3:  # looking straight up or down: the picture's top is ahead
        forwards = np.array([0.0, -1, 0]) - up * (-up[1])
    y = normalise(forwards)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([np.cross(y, up), y, up])
    matrix[2, 3] = -floor
    return matrix
