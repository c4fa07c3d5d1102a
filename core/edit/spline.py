"""Smoothing and gap filling by one discrete spline: Whittaker 1923, as in Eilers 2003.

Minimises the weighted squared distance to the samples plus the integral of the squared second derivative over
(2 π cutoff)^4. The response is 1 / (1 + (f / cutoff)^4): a second-order Butterworth filter run forwards and backwards,
so nothing is delayed. Samples of weight 0 are filled with the smoothest curve through their neighbours. The engine's
``core/smooth`` solves the same equation with scipy, which Blender does not ship.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# A sample without any weight still pulls this little, so that ends that nothing holds stay defined.
_LEAST_WEIGHT = 1e-22


def smooth(values: Array, timestamps: Array, cutoff_hz: Array | float, weights: Array | None = None) -> Array:
    """Low-pass along axis 0 of values (T, N, D); timestamps (T,) s; cutoff_hz (N,) or one; weights (T, N) ≥ 0 or None.

    Before the first and after the last sample of any weight the curve is held: a person does not run on straight.
    All N channels are solved at once, a frame per step.
    """
    frames, channels = values.shape[:2]
    if frames < 3 or channels == 0:
        return np.array(values, np.float64)
    times = np.asarray(timestamps, np.float64)
    strength = (2 * np.pi * np.broadcast_to(np.asarray(cutoff_hz, np.float64), (channels,))) ** -4.0
    step = np.gradient(times)
    if weights is None:
        pull = step[:, None]
        columns = 1 if np.ptp(strength) == 0 else channels
    else:
        pull = np.maximum(weights, _LEAST_WEIGHT) * step[:, None]
        columns = channels
    diagonal, near, far = _penalty(times)
    scale = strength[:columns]
    factors = _factor(diagonal[:, None] * scale + pull, near[:, None] * scale, far[:, None] * scale)
    solved = _solve(factors, pull[..., None] * values)
    return solved if weights is None else _held(solved, weights > 0)


def _held(values: Array, kept: Array) -> Array:
    """Values (T, N, D) with those before the first and after the last kept frame of kept (T, N) replaced by it."""
    for channel in np.flatnonzero(kept.any(axis=0) & ~(kept[0] & kept[-1])):
        frames = np.flatnonzero(kept[:, channel])
        values[: frames[0], channel] = values[frames[0], channel]
        values[frames[-1] + 1 :, channel] = values[frames[-1], channel]
    return values


def _penalty(times: Array) -> tuple[Array, Array, Array]:
    """Bands (T,) of the integral of the squared second derivative on uneven samples: diagonal, one off, two off."""
    before, after = np.diff(times)[:-1], np.diff(times)[1:]
    width = (before + after) / 2
    a, b, c = 1 / before / width, -(1 / before + 1 / after) / width, 1 / after / width
    diagonal, near, far = (np.zeros(len(times)) for _ in range(3))
    diagonal[:-2] += width * a * a
    diagonal[1:-1] += width * b * b
    diagonal[2:] += width * c * c
    near[:-2] += width * a * b
    near[1:-1] += width * b * c
    far[:-2] += width * a * c
    return diagonal, near, far


def _factor(diagonal: Array, near: Array, far: Array) -> tuple[Array, Array, Array]:
    """L D Lᵀ of symmetric pentadiagonal matrices, one per column: pivots and the two rows of L below them, (T, N)."""
    frames, columns = diagonal.shape
    pivot = np.array(diagonal)
    one, two = np.zeros((frames, columns)), np.zeros((frames, columns))
    zero = np.zeros(columns)
    for t in range(frames):
        one_before, two_before = (one[t - 1], two[t - 2] if t > 1 else zero) if t else (zero, zero)
        if t:
            pivot[t] -= one_before * one_before * pivot[t - 1]
        if t > 1:
            pivot[t] -= two_before * two_before * pivot[t - 2]
        if t < frames - 1:
            carried = two[t - 1] * one[t - 1] * pivot[t - 1] if t else zero
            one[t] = (near[t] - carried) / pivot[t]
        if t < frames - 2:
            two[t] = far[t] / pivot[t]
    return pivot, one, two


def _solve(factors: tuple[Array, Array, Array], right: Array) -> Array:
    """x of L D Lᵀ x = right (T, N, D); factors have N columns, or one for all."""
    pivot, one, two = (band[..., None] for band in factors)
    x = np.array(right)
    frames = len(x)
    x[1] -= one[0] * x[0]
    for t in range(2, frames):
        x[t] -= one[t - 1] * x[t - 1] + two[t - 2] * x[t - 2]
    x /= pivot
    x[frames - 2] -= one[frames - 2] * x[frames - 1]
    for t in range(frames - 3, -1, -1):
        x[t] -= one[t] * x[t + 1] + two[t] * x[t + 2]
    return x
