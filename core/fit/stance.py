"""Feet that stand still hold their depth, of which a single image says next to nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..contact.points import lasting
from ..smooth.filter import smooth

Array = NDArray[np.floating]

# Slow enough to see through the landmarks' trembling, quick enough for a running step.
_CUTOFF = 5.0
# Twice what counts as a contact: landmarks tremble on a foot that stands.
_SPEED = 0.3
_SHORTEST = 0.15
_RESTING = 0.5


def resting_depths(points: Array, confidence: Array, timestamps: Array) -> tuple[Array, Array]:
    """Depth (T, N) m at which each point rests, and the probability (T, N) that it does.

    points (T, N, 3) m, axes of a static camera; confidence (T, N); timestamps (T,) s. A point rests while it does not
    move across the view; its depth is then one number, the mean over the rest.
    """
    depth = points[..., 2]
    if len(points) < 3:
        return depth, np.zeros_like(depth)
    sight = smooth(
        points[..., :2] / np.maximum(depth, 0.1)[..., None], timestamps, _CUTOFF, np.maximum(confidence, 0.01)
    )
    distance = smooth(depth[..., None], timestamps, 1.0)[..., 0]
    speed = np.linalg.norm(np.gradient(sight, timestamps, axis=0), axis=-1) * distance
    resting = lasting(confidence / (1 + (speed / _SPEED) ** 4), timestamps, _SHORTEST)
    target = depth.copy()
    for point in range(depth.shape[1]):
        on = np.concatenate([[False], resting[:, point] > _RESTING, [False]]).astype(int)
        for begin, end in zip(np.flatnonzero(np.diff(on) == 1), np.flatnonzero(np.diff(on) == -1), strict=True):
            target[begin:end, point] = np.average(depth[begin:end, point], weights=resting[begin:end, point])
    return target, np.where(resting > _RESTING, resting, 0.0)
