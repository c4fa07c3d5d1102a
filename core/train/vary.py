"""Motion that nobody performed but somebody could: limbs turned, halves of two people put together, bodies tilted.

Half an hour of motion capture holds few of the poses that dancers and fighters take; a lifter that has only seen those
learns them by heart. All functions take and return points (B, T, 24, 3) m, Y up.
"""

from __future__ import annotations

from itertools import pairwise

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
# What an arm or a leg is made of, and the joints across which the part it hangs from lies.
_LIMBS = tuple(
    (wide, tuple(RIG_INDEX[f"{side}_{name}"] for name in names))
    for side in "lr"
    for wide, names in (("shoulder", ("shoulder", "elbow", "wrist", "hand")), ("hip", ("hip", "knee", "ankle", "toe")))
)
# How often a window that is given other people's limbs gets another arm, and another leg.
_OTHER_LIMB = {"shoulder": 0.6, "hip": 0.3}
_UPPER = [row for name, row in RIG_INDEX.items() if not name.endswith(("hip", "knee", "ankle", "toe", "pelvis"))]
# Extra turns change in about this time, s.
_SECONDS = 1.0
_LEAN, _FALL = 0.3, 1.2
# Spread (rad) of the extra turn of the upper body about the hips, about each axis.
_BEND = 0.2


def vary(rng: np.random.Generator, points: Array, interval: Array) -> Array:
    """Each kind of change in a part of the windows; interval (B,) s."""
    points = np.array(points)
    chosen = np.flatnonzero(rng.random(len(points)) < 0.4)
    points[chosen] = exchange_halves(points[chosen], points[rng.permutation(len(points))[: len(chosen)]])
    chosen = np.flatnonzero(rng.random(len(points)) < 0.5)
    points[chosen] = exchange_limbs(rng, points[chosen], points)
    chosen = np.flatnonzero(rng.random(len(points)) < 0.3)
    points[chosen] = bend(rng, points[chosen], interval[chosen])
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


def exchange_limbs(rng: np.random.Generator, points: Array, others: Array) -> Array:
    """Single arms and legs moved against trunk or hips as in windows of ``others`` (N, T, 24, 3), so that other limbs
    do not tell where one is. Bones keep their lengths."""
    out = np.array(points)
    for wide, rows in _LIMBS:
        chosen = np.flatnonzero(rng.random(len(points)) < _OTHER_LIMB[wide])
        giver = others[rng.integers(len(others), size=len(chosen))]
        turn = _axes(points[chosen], wide) @ np.swapaxes(_axes(giver, wide), -1, -2)
        for first, second in pairwise(rows):
            given = np.einsum("btij,btj->bti", turn, giver[..., second, :] - giver[..., first, :])
            own = points[chosen][..., second, :] - points[chosen][..., first, :]
            longer = np.linalg.norm(own, axis=-1) / np.maximum(np.linalg.norm(given, axis=-1), 1e-3)
            out[chosen, :, second] = out[chosen][:, :, first] + given * longer[..., None]
    return out


def _axes(points: Array, wide: str) -> Array:
    """(B, T, 3, 3) axes, as columns, of the trunk at ``wide`` (shoulder or hip): left, up, forwards."""
    across = _unit(points[..., RIG_INDEX[f"l_{wide}"], :] - points[..., RIG_INDEX[f"r_{wide}"], :])
    up = points[..., [RIG_INDEX["l_shoulder"], RIG_INDEX["r_shoulder"]], :].mean(-2) - _hips(points)[..., 0, :]
    up = _unit(up - (up * across).sum(-1, keepdims=True) * across)
    return np.stack([across, up, np.cross(across, up)], axis=-1)


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


def bend(rng: np.random.Generator, points: Array, interval: Array) -> Array:
    """The upper body turned about the middle of the hips by angles that change slowly."""
    out = np.array(points)
    strength = np.minimum(rng.exponential(1.0, (len(points), 1, 1)), 3).astype(np.float32)
    angles = _BEND * strength * remembering(rng, (*points.shape[:2], 3), np.exp(-interval / _SECONDS))
    turn = axis_angle_to_matrix(angles)
    centre = _hips(points)
    out[..., _UPPER, :] = centre + (out[..., _UPPER, :] - centre) @ np.swapaxes(turn, -1, -2)
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
