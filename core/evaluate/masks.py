"""What every metric does first: check that arrays fit, and take out what is not there.

The mask is NaN: a point is missing when any of its coordinates is NaN, or where ``valid`` is false. Missing in one is
missing in both. What remains of nothing is NaN, never zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError

Array = NDArray[Any]


def checked(points: ArrayLike, what: str, dimensions: int, last: int | None = 3) -> Array:
    """``points`` as float64 with at least ``dimensions`` axes, the last of size ``last``. Raises BadInputError."""
    array = np.asarray(points, np.float64)
    if array.ndim < dimensions or (last is not None and array.shape[-1] != last):
        wanted = f"(…, {last})" if last is not None else "any size"
        raise BadInputError(
            f"{what} has shape {array.shape}, expected {wanted} with at least {dimensions} axes.",
            "Give the arrays in the order frames, joints, coordinates.",
        )
    return array


def known(points: ArrayLike) -> Array:
    """(…) bool: points (…, D) all of whose coordinates are numbers."""
    return np.asarray(np.isfinite(np.asarray(points, np.float64)).all(-1))


def common(
    predicted: ArrayLike, truth: ArrayLike, valid: ArrayLike | None = None, dimensions: int = 2, last: int | None = 3
) -> tuple[Array, Array]:
    """Both (…, D) arrays as float64, points missing in one NaN in both. ``valid`` (…), or its first axes:
    one value per frame for all its joints.

    Raises BadInputError where the shapes differ: frames, people and joints are matched before, by name and time.
    """
    a, b = checked(predicted, "the prediction", dimensions, last), checked(truth, "the truth", dimensions, last)
    if a.shape != b.shape:
        raise BadInputError(
            f"The prediction has shape {a.shape}, the truth {b.shape}.",
            "Match frames by time, people by position and joints by name first (core.evaluate.takes does).",
        )
    both = known(a) & known(b)
    if valid is not None:
        mask = np.asarray(valid, bool)
        if mask.shape != both.shape[: mask.ndim]:
            raise BadInputError(
                f"The mask has shape {mask.shape}, expected {both.shape} or its first axes.",
                "Give one value per point or per frame.",
            )
        both = both & mask.reshape(*mask.shape, *(1,) * (both.ndim - mask.ndim))
    keep = np.expand_dims(both, -1)
    return np.where(keep, a, np.nan), np.where(keep, b, np.nan)


def mean(values: ArrayLike) -> float:
    """Mean of what is not NaN; NaN of nothing."""
    kept = _kept(values)
    return float(kept.mean()) if kept.size else float("nan")


def median(values: ArrayLike) -> float:
    """Median of what is not NaN; NaN of nothing."""
    kept = _kept(values)
    return float(np.median(kept)) if kept.size else float("nan")


def percentile(values: ArrayLike, percent: float) -> float:
    """Percentile of what is not NaN, linear between samples; NaN of nothing."""
    kept = _kept(values)
    return float(np.percentile(kept, percent)) if kept.size else float("nan")


def count(values: ArrayLike) -> int:
    """How many are not NaN."""
    return int(_kept(values).size)


def mean_along(values: ArrayLike, axis: int | tuple[int, ...]) -> Array:
    """Mean over ``axis`` of what is not NaN, NaN where nothing is left (numpy's own warns)."""
    array = np.asarray(values, np.float64)
    finite = np.isfinite(array)
    number = finite.sum(axis)
    total = np.where(finite, array, 0.0).sum(axis)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _kept(values: ArrayLike) -> Array:
    array = np.asarray(values, np.float64)
    return array[~np.isnan(array)]
