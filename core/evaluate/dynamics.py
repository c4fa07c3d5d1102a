"""How things move: velocity, acceleration, jerk, and what of the truth's motion a prediction keeps.

Differences are divided differences over the frames' own times, so a variable frame rate is no noise; at a constant
rate they are the published ones times fps, fps² and fps³. Arrays (T, …, 3) metres, timestamps (T,) s. A difference
that touches a missing frame is NaN and does not count.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from .masks import checked, common, mean

Array = NDArray[Any]


def velocity(points: ArrayLike, timestamps: ArrayLike | None = None) -> Array:
    """(T − 1, …, 3): first differences per second, per frame without timestamps."""
    return _divided(points, timestamps, 1)


def acceleration(points: ArrayLike, timestamps: ArrayLike | None = None) -> Array:
    """(T − 2, …, 3): 2 [x₀, x₁, x₂]; at a constant rate (x₀ − 2 x₁ + x₂) · fps²."""
    return _divided(points, timestamps, 2)


def jerk(points: ArrayLike, timestamps: ArrayLike | None = None) -> Array:
    """(T − 3, …, 3): 6 [x₀, …, x₃]; at a constant rate (x₃ − 3 x₂ + 3 x₁ − x₀) · fps³."""
    return _divided(points, timestamps, 3)


def acceleration_error(
    predicted: ArrayLike, truth: ArrayLike, timestamps: ArrayLike | None = None, valid: ArrayLike | None = None
) -> float:
    """Acceleration error: mean ‖a_p − a_t‖ over joints and frames (Kanazawa et al. 2019, HMMR; Kocabas et al. 2020).

    m/s² with timestamps; per frame² without (the early papers' mm/frame²). In one frame of reference for both.
    """
    a, b = common(predicted, truth, valid, dimensions=3)
    return mean(np.linalg.norm(acceleration(a, timestamps) - acceleration(b, timestamps), axis=-1))


def jitter(points: ArrayLike, timestamps: ArrayLike | None = None) -> float:
    """Jitter: mean ‖jerk‖ over joints and frames, m/s³ (Yi et al. 2021, TransPose; WHAM prints tens of m/s³).

    A property of one motion. The truth has some too: compare with its own.
    """
    return mean(np.linalg.norm(jerk(points, timestamps), axis=-1))


def peak_acceleration_preserved(
    predicted: ArrayLike, truth: ArrayLike, timestamps: ArrayLike, window: float = 0.1, share: float = 0.5
) -> float:
    """How much of the truth's peaks of acceleration is left: mean over peaks of max ‖a_p‖ near it / ‖a_t‖ at it.

    Points (T, J, 3), usually wrists or ankles. Peaks are the largest ‖a_t‖ within ``window`` s that reach ``share`` of
    that joint's largest; near is within ``window`` s too, so a small delay is forgiven. 1 is kept, below 1 smoothed
    away, above 1 overshoot or noise (read it beside the acceleration error). NaN without a peak: a joint that rests
    has none.
    """
    a, b = common(predicted, truth, dimensions=3)
    times = _times(timestamps, len(a))[1:-1]
    own = np.linalg.norm(acceleration(a, timestamps), axis=-1)
    true = np.linalg.norm(acceleration(b, timestamps), axis=-1)
    ratios = []
    for joint in range(true.shape[1]):
        # Below a millimetre per second squared nothing moves: rounding has peaks too.
        lowest = max(share * np.nanmax(true[:, joint], initial=0.0), 1e-3)
        for i in np.flatnonzero(true[:, joint] >= lowest):
            near = np.abs(times - times[i]) <= window + 1e-9
            first = np.nanargmax(np.where(near, true[:, joint], np.nan))
            if first == i and np.isfinite(own[near, joint]).any():
                ratios.append(np.nanmax(own[near, joint]) / true[i, joint])
    return mean(ratios)


def _divided(points: ArrayLike, timestamps: ArrayLike | None, order: int) -> Array:
    array = checked(points, "the points", 2)
    times = _times(timestamps, len(array))
    if len(array) <= order:
        return np.full((0, *array.shape[1:]), np.nan)
    result, factor = array, 1.0
    for k in range(1, order + 1):
        span = (times[k:] - times[:-k]).reshape(-1, *(1,) * (array.ndim - 1))
        result = (result[1:] - result[:-1]) / span
        factor *= k
    return factor * result


def _times(timestamps: ArrayLike | None, count: int) -> Array:
    if timestamps is None:
        return np.arange(count, dtype=np.float64)
    times = np.asarray(timestamps, np.float64)
    if times.shape != (count,) or not np.all(np.isfinite(times)) or np.any(np.diff(times) <= 0):
        raise BadInputError(
            f"Timestamps of shape {times.shape} do not fit {count} frames, or do not increase.",
            "Give one increasing time per frame.",
        )
    return times
