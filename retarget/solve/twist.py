"""Twist of a limb about its own axis, and what share of it helper bones take."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import axis_angle_to_matrix, matrix_to_quaternion

Array = NDArray[np.floating]


def twist_angle(relative: Array, axis: Array) -> Array:
    """(T,) rad: how far ``relative`` (T, 3, 3) turns about ``axis`` (3,), without jumps over time.

    Swing and twist of Dobrowolski 2015: the projection of the quaternion onto the axis. The first frame's angle is
    taken in −π…π, and what follows goes on from it.
    """
    q = matrix_to_quaternion(relative)
    angle = 2 * np.arctan2(q[..., 1:] @ axis, q[..., 0])
    angle = np.unwrap((angle + np.pi) % (2 * np.pi) - np.pi)
    # A clip that begins with a turned limb may have been unwrapped about a whole turn.
    return angle - 2 * np.pi * np.round(np.median(angle) / (2 * np.pi))


def turned(rotations: Array) -> Array:
    """(T − 1,) rad: how far ``rotations`` (T, 3, 3) turn from each frame to the next, the shortest way."""
    # By the chord, which keeps its digits near zero.
    chord = np.linalg.norm(rotations[1:] - rotations[:-1], axis=(-2, -1)) / np.sqrt(8)
    return 2 * np.arcsin(np.clip(chord, 0, 1))


def about(axis: Array, angle: Array) -> Array:
    """Rotations (T, 3, 3) about ``axis`` (3,) by ``angle`` (T,) rad."""
    return axis_angle_to_matrix(np.asarray(angle)[..., None] * axis)
