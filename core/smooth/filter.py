"""Zero-phase low-pass filters that know real time, weights and gaps.

The smoother is the discrete spline of Whittaker (1923), as in Eilers 2003: it minimises the weighted squared distance
to the samples plus ``strength`` times the integral of the squared second derivative. Its response, 1 / (1 + (f /
cutoff)^4), is that of a second-order Butterworth filter run forwards and backwards; unlike that filter it takes uneven
timestamps and a weight per sample. A confident sample counts more, which raises the effective cutoff just where the
signal can be trusted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from ..rotation import continuous_quaternions, normalise

Array = NDArray[np.floating]

# Samples that fill a gap pull this little: enough to stop a cubic from swinging out, not enough to be seen.
_FILL_WEIGHT = 0.02


def smooth(values: Array, timestamps: Array, cutoff: float | Array, weights: Array | None = None) -> Array:
    """Low-pass along axis 0.

    values (T, …, D) with NaN where nothing was measured; timestamps (T,) s, increasing; cutoff Hz at half gain, one or
    per channel (…,); weights (T, …) ≥ 0, 1 when None. Gaps are bridged, ends are held. A channel without any sample
    stays NaN.
    """
    values = np.asarray(values, np.float64)
    frames = len(values)
    flat = values.reshape(frames, -1, values.shape[-1])
    weight = np.ones(flat.shape[:2]) if weights is None else np.asarray(weights, np.float64).reshape(frames, -1)
    weight = np.where(np.isfinite(flat).all(-1), np.broadcast_to(weight, flat.shape[:2]), 0.0)
    filled = fill_gaps(flat, weight > 0, timestamps)
    if frames < 3:
        return filled.reshape(values.shape)
    penalty = _second_derivative_bands(np.asarray(timestamps, np.float64))
    step = np.gradient(np.asarray(timestamps, np.float64))
    cutoffs = np.broadcast_to(np.asarray(cutoff, np.float64).reshape(-1), flat.shape[1:2])
    result = filled.copy()
    for group in _equal_columns(weight, cutoffs):
        channel = group[0]
        if not weight[:, channel].any():
            continue
        bands = penalty / (2 * np.pi * cutoffs[channel]) ** 4
        pull = np.maximum(weight[:, channel], _FILL_WEIGHT) * step
        bands[2] += pull
        right = (pull[:, None, None] * filled[:, group]).reshape(frames, -1)
        result[:, group] = solveh_banded(bands, right, check_finite=False).reshape(frames, len(group), -1)
    measured = weight > 0
    return _hold_ends(result, measured).reshape(values.shape)


def smooth_rotations(
    quaternions: Array, timestamps: Array, cutoff: float | Array, weights: Array | None = None
) -> Array:
    """Low-pass of unit quaternions (T, …, 4) along axis 0, the same arguments as ``smooth``.

    Works on the components of sign-continuous quaternions and normalises: to first order the filter in the tangent
    space.
    """
    return normalise(smooth(continuous_quaternions(quaternions), timestamps, cutoff, weights))


def fill_gaps(values: Array, measured: NDArray[np.bool_], timestamps: Array) -> Array:
    """Linear over time between measured samples of (T, N, D), held beyond the first and last; NaN where N has none."""
    result = np.array(values, np.float64)
    result[~measured] = np.nan
    times = np.asarray(timestamps, np.float64)
    for channel in np.flatnonzero(measured.any(0) & ~measured.all(0)):
        known = measured[:, channel]
        for axis in range(values.shape[-1]):
            result[:, channel, axis] = np.interp(times, times[known], result[known, channel, axis])
    return result


def _hold_ends(values: Array, measured: NDArray[np.bool_]) -> Array:
    """A spline runs on straight beyond its last sample; a person does not."""
    frames = len(values)
    for channel in np.flatnonzero(measured.any(0)):
        first = int(np.argmax(measured[:, channel]))
        last = frames - 1 - int(np.argmax(measured[::-1, channel]))
        values[:first, channel] = values[first, channel]
        values[last + 1 :, channel] = values[last, channel]
    return values


def _second_derivative_bands(times: Array) -> Array:
    """Upper bands (3, T) of the integral of the squared second derivative as a quadratic form on uneven samples."""
    frames = len(times)
    before, after = np.diff(times)[:-1], np.diff(times)[1:]
    width = (before + after) / 2
    rows = np.stack([1 / before, -1 / before - 1 / after, 1 / after]) / width
    bands = np.zeros((3, frames))
    for a in range(3):
        for b in range(a, 3):
            bands[2 - (b - a), b : b + frames - 2] += width * rows[a] * rows[b]
    return bands


def _equal_columns(weights: Array, cutoffs: Array) -> list[list[int]]:
    """Channels that share weights and cutoff share one factorisation."""
    groups: dict[bytes, list[int]] = {}
    for channel in range(weights.shape[1]):
        key = weights[:, channel].tobytes() + cutoffs[channel].tobytes()
        groups.setdefault(key, []).append(channel)
    return list(groups.values())
