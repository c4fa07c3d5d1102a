"""Two-bone inverse kinematics that changes a pose as little as the goal asks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import normalise, rotation_between

Array = NDArray[np.floating]

FURTHEST = 0.9995  # of a limb's length: a straight limb has no plane to bend in
_QUICKER = 1.2  # times as fast as the source's that a knee or elbow may turn
_UNHURRIED = np.radians(60)  # /s that any may turn with
_STRAIGHT = 0.1  # sine of the bend below which the joint's hinge helps out


def reach(root: Array, middle: Array, end: Array, goal: Array, hinge: Array) -> tuple[Array, Array]:
    """World rotations (T, 3, 3) to apply to the first and the second bone so that ``end`` comes to ``goal``.

    All points (T, 3) m. The plane of the limb turns with the line from root to end, the shortest way, so the middle
    joint points where it pointed; ``hinge`` (T, 3), the axis it bends about (first bone × second), decides as far as
    the limb is straight. Goals beyond the limb are approached as near as its length allows. A limb whose end is at its
    goal is not changed.
    """
    first, second = middle - root, end - middle
    a, b = np.linalg.norm(first, axis=-1), np.linalg.norm(second, axis=-1)
    x1, x2 = normalise(first), normalise(second)
    plane = np.cross(x1, x2)
    bend = np.linalg.norm(plane, axis=-1, keepdims=True)
    help_out = _STRAIGHT * np.clip(1 - bend / _STRAIGHT, 0, 1) ** 2
    line, wanted = normalise(end - root), normalise(goal - root)
    normal = plane + help_out * hinge
    normal = normalise(normal - line * np.sum(normal * line, axis=-1, keepdims=True))
    turn = rotation_between(line, wanted)
    new_normal = (turn @ normal[..., None])[..., 0]
    side = np.cross(wanted, new_normal)
    longest = FURTHEST * (a + b)
    current = np.linalg.norm(end - root, axis=-1)
    distance = np.clip(np.linalg.norm(goal - root, axis=-1), np.abs(a - b) + 1e-4, np.maximum(longest, current))
    cosine = np.clip((a**2 + distance**2 - b**2) / np.maximum(2 * a * distance, 1e-12), -1, 1)
    sine = np.sqrt(1 - cosine**2)
    new_middle = root + a[..., None] * (cosine[..., None] * wanted + sine[..., None] * side)
    new_end = root + distance[..., None] * wanted
    return (
        _between(x1, normal, normalise(new_middle - root), new_normal),
        _between(x2, normal, normalise(new_end - new_middle), new_normal),
    )


def bend_at(distance: Array, first: float, second: float) -> Array:
    """(T,) rad that a limb of bones ``first`` and ``second`` (m) is bent where its ends are ``distance`` (T,) apart."""
    cosine = (distance**2 - first**2 - second**2) / (2 * first * second)
    return np.arccos(np.clip(cosine, -1, 1))


def distance_at(bend: Array, first: float, second: float) -> Array:
    """(T,) m between the ends of a limb bent by ``bend`` (T,) rad; the inverse of ``bend_at``."""
    return np.sqrt(np.maximum(first**2 + second**2 + 2 * first * second * np.cos(bend), 0.0))


def bend_speed(root: Array, middle: Array, end: Array, fps: float) -> float:
    """rad/s that a limb in another proportion may bend with: somewhat more than this one, points (T, 3) m, at most."""
    bends = np.arccos(np.clip(np.sum(normalise(middle - root) * normalise(end - middle), axis=-1), -1, 1))
    return _QUICKER * max(float(np.abs(np.diff(bends)).max(initial=0.0)) * fps, _UNHURRIED)


def drop_needed(hip: Array, goal: Array, length: float | Array) -> Array:
    """(T,) m that a hip must come down so that a leg of ``length``, one number or (T,), reaches its goal; hip and goal
    (T, 3)."""
    flat = np.linalg.norm((goal - hip)[..., :2], axis=-1)
    height = hip[..., 2] - goal[..., 2]
    # Beyond the leg's reach to the side no drop helps; it goes down to where the leg lies at 20° and no further.
    upright = np.sqrt(np.maximum(length**2 - flat**2, (0.34 * length) ** 2))
    return np.maximum(height - upright, 0.0)


def _between(x: Array, normal: Array, new_x: Array, new_normal: Array) -> Array:
    return _axes(new_x, new_normal) @ np.swapaxes(_axes(x, normal), -1, -2)


def _axes(x: Array, normal: Array) -> Array:
    z = normalise(normal - x * np.sum(normal * x, axis=-1, keepdims=True))
    return np.stack([x, np.cross(z, x), z], axis=-1)
