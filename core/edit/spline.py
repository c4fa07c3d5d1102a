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
    penalty = _penalty(times)
    if weights is None:
        # Channels of one cutoff share their factors; there are few cutoffs.
        kinds, which = np.unique(strength, return_inverse=True)
        pivot, one, two = _factor(penalty, kinds, np.repeat(step[:, None], len(kinds), axis=1))
        return _solve((pivot[:, which], one[:, which], two[:, which]), step[:, None, None] * values)
    pull = np.maximum(weights, _LEAST_WEIGHT) * step[:, None]
    solved = _solve(_factor(penalty, strength, pull), pull[..., None] * values)
    return _held(solved, weights > 0)


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


def _factor(penalty: tuple[Array, Array, Array], strength: Array, pull: Array) -> tuple[Array, Array, Array]:
    """L D Lᵀ of ``strength`` (N,) · penalty + diag(pull (T, N)): pivots and the two rows of L below them, (T, N)."""
    diagonal, near, far = (band[:, None] * strength for band in penalty)
    frames, columns = pull.shape
    pivot = diagonal + pull
    one, two = np.zeros((frames, columns)), np.zeros((frames, columns))
    one[0], two[0] = near[0] / pivot[0], far[0] / pivot[0]
    pivot[1] -= one[0] * near[0]
    one[1], two[1] = (near[1] - far[0] * one[0]) / pivot[1], far[1] / pivot[1]
    for t in range(2, frames):
        # What L · D carries over from the two rows before: one · pivot = near − …, two · pivot = far.
        carried = one[t - 1] * pivot[t - 1]
        pivot[t] -= one[t - 1] * carried + two[t - 2] * far[t - 2]
        one[t] = (near[t] - far[t - 1] * one[t - 1]) / pivot[t]
        two[t] = far[t] / pivot[t]
    return pivot, one, two


def _solve(factors: tuple[Array, Array, Array], right: Array) -> Array:
    """x of L D Lᵀ x = right (T, N, D); factors (T, N)."""
    frames, channels, size = right.shape
    pivot, one, two = (np.repeat(band, size, axis=1) for band in factors)
    solved = np.ascontiguousarray(right.reshape(frames, channels * size))
    x, first, second = list(solved), list(one), list(two)  # rows: indexing a list costs a third
    a, b = np.empty(channels * size), np.empty(channels * size)
    x[1] -= first[0] * x[0]
    for t in range(2, frames):
        np.multiply(first[t - 1], x[t - 1], out=a)
        np.multiply(second[t - 2], x[t - 2], out=b)
        a += b
        x[t] -= a
    solved /= pivot
    x[frames - 2] -= first[frames - 2] * x[frames - 1]
    for t in range(frames - 3, -1, -1):
        np.multiply(first[t], x[t + 1], out=a)
        np.multiply(second[t], x[t + 2], out=b)
        a += b
        x[t] -= a
    return solved.reshape(right.shape)
