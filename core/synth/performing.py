"""Motions that are body parameters already, performed by a body of other size: same angles, its own steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..fit.rig import BODY, attached, forward
from ..rotation import (
    axis_angle_to_matrix,
    axis_angle_to_quaternion,
    continuous_quaternions,
    matrix_to_axis_angle,
    quaternion_to_axis_angle,
    slerp,
)
from ..skeleton import JOINT_INDEX
from .footing import SIDES, Soles, plant_feet, resting

Array = NDArray[np.floating]

_J = JOINT_INDEX
_SCALE_RANGE = (0.7, 1.4)
_WALKED = 0.3  # m the pelvis must move over planted feet before they tell the size of the steps
# Turns that bring each axis up: a file's axes may be those of a camera or of a Y-up program.
_UP = {
    (1, 1): np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
    (1, -1): np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    (2, 1): np.eye(3),
    (2, -1): np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]]),
    (0, 1): np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]]),
    (0, -1): np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
}


def resample_pose(pose: Array, path: Array, times: Array, wanted: Array) -> tuple[Array, Array]:
    """Axis-angle (T, J, 3) by slerp and points (T, 3) linearly, from ``times`` (T,) to ``wanted`` (N,) seconds."""
    after = np.clip(np.searchsorted(times, wanted), 1, max(len(times) - 1, 1))
    if len(times) == 1:
        return np.repeat(pose, len(wanted), axis=0), np.repeat(path, len(wanted), axis=0)
    share = np.clip((wanted - times[after - 1]) / (times[after] - times[after - 1]), 0, 1)
    q = continuous_quaternions(axis_angle_to_quaternion(pose))
    turned = slerp(q[after - 1], q[after], np.broadcast_to(share[:, None], (len(wanted), pose.shape[1])))
    return quaternion_to_axis_angle(turned), path[after - 1] + (path[after] - path[after - 1]) * share[:, None]


def stood_up(pose: Array, path: Array, up: str | None = None) -> tuple[Array, Array]:
    """Pose (T, J, 3) and path (T, 3) turned so that the axis ``up`` (such as +y) points up, without one that along
    which the body mostly stands."""
    root = axis_angle_to_matrix(pose[:, 0])
    if up is None:
        stands = root[:, :, 1].mean(axis=0)
        axis = int(np.argmax(np.abs(stands)))
        turn = _UP[axis, int(np.sign(stands[axis]) or 1)]
    else:
        turn = _UP["xyz".index(up[1]), -1 if up[0] == "-" else 1]
    turned = pose.copy()
    turned[:, 0] = matrix_to_axis_angle(turn @ root)
    return turned, path @ turn.T


def perform(pose: Array, path: Array, soles: Soles, fps: float, scale: float | None) -> tuple[Array, Array, float]:
    """A body of its own size in a given pose (T, 52, 3) along a given pelvis path (T, 3) m, Z up.

    ``scale``: the body's legs over the performer's; None finds it from the planted feet, which stay where they are only
    when the path fits the legs. Returns pose, transl (T, 3) m and the mean distance (mm) by which planting the feet
    moved the joints.
    """
    rotations = axis_angle_to_matrix(pose[:, :BODY])
    turned, placed = forward(rotations, soles.rest[:BODY], np.zeros_like(path))
    about = placed - placed[:, :1]  # joints about the pelvis
    ankles = {side: about[:, _J[f"{side}_ankle"]] for side in SIDES}
    toes = {side: about[:, _J[f"{side}_foot"]] for side in SIDES}
    size = 1.0 if scale is None else scale
    rests: dict[str, NDArray[np.bool_]] = {}
    for _ in range(1 if scale is not None else 3):
        rests = {side: resting(size * path + ankles[side], size * path + toes[side], fps) for side in SIDES}
        if scale is None:
            size = _size_of_steps(path, toes, rests)
    path = size * path
    joints, points = zip(*_sole_points(soles), strict=True)
    lowest = attached(turned, placed - placed[:, :1] + path[:, None], soles.rest, np.array(joints), np.array(points))
    lowest = lowest[..., 2].min(axis=1)
    standing = rests["left"] | rests["right"]
    path = path - [0, 0, np.percentile(lowest[standing] if standing.any() else lowest, 10)]
    planted, transl = plant_feet(rotations, path - soles.rest[0], soles, rests, fps)
    _, after = forward(planted, soles.rest[:BODY], transl)
    moved = np.linalg.norm(after - after[:, :1] - about, axis=-1)
    result = pose.copy()
    result[:, :BODY] = matrix_to_axis_angle(planted)
    return result, transl, float(1000 * moved.mean())


def _sole_points(soles: Soles) -> list[tuple[int, Array]]:
    return [
        (_J[f"{side}_{joint}"], point[side])
        for side in SIDES
        for joint, point in (("ankle", soles.heel), ("foot", soles.ball))
    ]


def _size_of_steps(path: Array, toes: Mapping[str, Array], rests: Mapping[str, NDArray[np.bool_]]) -> float:
    """Scale of the path at which planted toes stand still, by least squares over all planted frames."""
    over, under = 0.0, 0.0
    velocity = np.diff(path[:, :2], axis=0)
    for side in SIDES:
        both = rests[side][1:] & rests[side][:-1]
        own = np.diff(toes[side][:, :2], axis=0)
        over -= float(np.sum(velocity[both] * own[both]))
        under += float(np.sum(velocity[both] ** 2))
    frames = max(int(np.sum(rests["left"] | rests["right"])), 1)
    if under * frames < _WALKED**2:
        return 1.0
    return float(np.clip(over / under, *_SCALE_RANGE))
