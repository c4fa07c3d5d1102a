"""Motion that nobody performed but somebody could: limbs turned, halves of two people put together, bodies tilted.

Half an hour of motion capture holds few of the poses that dancers and fighters take; a lifter that has only seen those
learns them by heart. All functions take and return points (B, T, 24, 3) m, Y up.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rotation import axis_angle_to_matrix
from .figure import RIG_INDEX
from .noise import remembering

Array = NDArray[np.floating]

# A joint, what hangs from it, and the spread (rad) of its extra turn about each axis.
_TURNED = tuple(
    (f"{side}_{joint}", tuple(f"{side}_{name}" for name in hanging), spread)
    for side in "lr"
    for joint, hanging, spread in (
        ("shoulder", ("elbow", "wrist", "hand"), 0.4),
        ("elbow", ("wrist", "hand"), 0.2),
        ("hip", ("knee", "ankle", "toe"), 0.4),
        ("knee", ("ankle", "toe"), 0.12),
    )
)
_UPPER = [row for name, row in RIG_INDEX.items() if not name.endswith(("hip", "knee", "ankle", "toe", "pelvis"))]
# Extra turns change in about this time, s.
_SECONDS = 1.0
_LEAN, _FALL = 0.3, 1.2


def vary(rng: np.random.Generator, points: Array, interval: Array) -> Array:
    """Each kind of change in a part of the windows; interval (B,) s."""
    points = np.array(points)
    chosen = np.flatnonzero(rng.random(len(points)) < 0.4)
    points[chosen] = exchange_halves(points[chosen], points[rng.permutation(len(points))[: len(chosen)]])
    chosen = np.flatnonzero(rng.random(len(points)) < 0.6)
    points[chosen] = turn_limbs(rng, points[chosen], interval[chosen])
    chosen = np.flatnonzero(rng.random(len(points)) < 0.1)
    points[chosen] = tilt(rng, points[chosen])
    return points.astype(np.float32)


def exchange_halves(lower: Array, upper: Array) -> Array:
    """``lower`` with the upper body of ``upper``, which faces where it does, by the hips, in every frame."""
    out = np.array(lower)
    turn = heading(lower) - heading(upper)
    c, s = np.cos(turn), np.sin(turn)
    rotation = np.zeros((*turn.shape, 3, 3), lower.dtype)
    rotation[..., 0, 0] = rotation[..., 2, 2] = c
    rotation[..., 0, 2], rotation[..., 2, 0], rotation[..., 1, 1] = s, -s, 1
    relative = upper[..., _UPPER, :] - _hips(upper)
    out[..., _UPPER, :] = _hips(lower) + relative @ np.swapaxes(rotation, -1, -2)
    return out


def heading(points: Array) -> Array:
    """(B, T) rad about the vertical axis: where the left hip lies from the right one, from +X towards −Z."""
    across = points[..., RIG_INDEX["l_hip"], :] - points[..., RIG_INDEX["r_hip"], :]
    return np.arctan2(-across[..., 2], across[..., 0])


def turn_limbs(rng: np.random.Generator, points: Array, interval: Array) -> Array:
    """Arms and legs turned at their joints by angles that change slowly."""
    out = np.array(points)
    if not len(points):
        return out
    keep = np.exp(-interval / _SECONDS)
    strength = np.minimum(rng.exponential(0.9, (len(points), 1, 1)), 3).astype(np.float32)
    for joint, hanging, spread in _TURNED:
        turn = axis_angle_to_matrix(spread * strength * remembering(rng, (*points.shape[:2], 3), keep))
        centre, rows = out[..., [RIG_INDEX[joint]], :], [RIG_INDEX[name] for name in hanging]
        out[..., rows, :] = centre + (out[..., rows, :] - centre) @ np.swapaxes(turn, -1, -2)
    return out


def tilt(rng: np.random.Generator, points: Array) -> Array:
    """Whole windows leaning over, now and then falling, about the middle of the hips of their first frame."""
    batch = len(points)
    angle = rng.normal(0, np.where(rng.random(batch) < 0.2, _FALL, _LEAN))
    heading = rng.uniform(0, 2 * np.pi, batch)
    turn = axis_angle_to_matrix(angle[:, None] * np.stack([np.cos(heading), 0 * angle, np.sin(heading)], axis=-1))
    centre = _hips(points)[:, :1]
    return centre + (points - centre) @ np.swapaxes(turn, -1, -2)[:, None].astype(np.float32)


def _hips(points: Array) -> Array:
    return (points[..., [RIG_INDEX["l_hip"]], :] + points[..., [RIG_INDEX["r_hip"]], :]) / 2
