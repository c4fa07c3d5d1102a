"""Frames that were not measured, filled from those that were. numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rotation import slerp

Array = NDArray[Any]


def fill_points(values: Array) -> Array:
    """Replaces NaN rows of (T, D): in proportion between measured frames, held before and after them, zero without
    any.
    """
    known = np.all(np.isfinite(values), axis=-1)
    if known.all():
        return values
    if not known.any():
        return np.zeros_like(values)
    frames = np.arange(len(values))
    return np.stack([np.interp(frames, frames[known], column[known]) for column in values.T], axis=-1)


def fill_rotations(quaternions: Array) -> Array:
    """Replaces NaN rows of (T, 4) by slerp between measured frames, held at both ends, identity without any."""
    known = np.all(np.isfinite(quaternions), axis=-1)
    if known.all():
        return quaternions
    if not known.any():
        return np.broadcast_to(np.array([1.0, 0, 0, 0]), quaternions.shape).copy()
    frames, measured = np.arange(len(quaternions)), np.flatnonzero(known)
    after = np.clip(np.searchsorted(measured, frames), 0, len(measured) - 1)
    before = np.clip(np.searchsorted(measured, frames, side="right") - 1, 0, len(measured) - 1)
    first, last = measured[before], measured[after]
    fraction = (frames - first) / np.maximum(last - first, 1)
    return slerp(quaternions[first], quaternions[last], np.clip(fraction, 0.0, 1.0))
