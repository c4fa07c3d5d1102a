"""Where heels, balls and palms rest on something that does not move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

HEIGHT, SPEED, DURATION = 0.03, 0.15, 0.1
# Widths over which the probability falls, as wide as one camera's errors.
_HEIGHT_WIDTH, _SPEED_WIDTH = 0.02, 0.08
_FALL = 6.0


def contact_probability(points: Array, timestamps: Array, confidence: Array) -> Array:
    """(T, N) probability that a point is within 30 mm of the floor, under 0.15 m/s, for at least 0.1 s.

    points (T, N, 3) m, world, floor at z = 0; timestamps (T,) s; confidence (T, N) that the point is where it seems to
    be.
    """
    if len(points) < 2:
        return _below(np.abs(points[..., 2]), HEIGHT, _HEIGHT_WIDTH) * confidence
    velocity = np.gradient(points.astype(np.float64), timestamps, axis=0)
    still = _below(np.linalg.norm(velocity, axis=-1), SPEED, _SPEED_WIDTH)
    now = still * _below(np.abs(points[..., 2]), HEIGHT, _HEIGHT_WIDTH)
    return lasting(now, timestamps, DURATION) * confidence


def lasting(probability: Array, timestamps: Array, duration: float) -> Array:
    """The largest level that (T, N) ``probability`` keeps up for ``duration`` s around each frame: a grey opening."""
    if len(timestamps) < 2:
        return probability
    half = max(1, round(duration / float(np.median(np.diff(timestamps))))) // 2
    return _sliding(_sliding(probability, half, np.min), half, np.max)


def _sliding(values: Array, half: int, reduce: np.ufunc | object) -> Array:
    padded = np.pad(values, ((half, half), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1, axis=0)
    return reduce(windows, axis=-1)  # type: ignore[operator]


def _below(value: Array, limit: float, width: float) -> Array:
    return 1 / (1 + np.exp(np.clip((value - limit) / width * 2, -30, 30)))
