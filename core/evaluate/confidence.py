"""Whether confidence is worth something: does it rank errors, and is it the probability it claims to be?

A joint's confidence claims to be the probability that its error is under 50 mm (docs/architecture.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError

Array = NDArray[Any]

CORRECT = 0.05
BINS = 10


@dataclass(frozen=True)
class Reliability:
    """Bins of confidence: edges (B + 1,), mean confidence and share correct (B,), NaN in empty bins, count (B,)."""

    edges: Array
    confidence: Array
    accuracy: Array
    count: Array


def spearman(confidence: ArrayLike, errors: ArrayLike) -> float:
    """Spearman's rank correlation of confidence with −error (Spearman 1904), ties at their mean rank.

    Any shape, both alike; pairs with NaN do not count. 1: the surest are the best. NaN for fewer than two pairs, or
    where all confidences or all errors are equal: nothing is ranked.
    """
    c, e = _pairs(confidence, errors)
    if len(c) < 2:
        return float("nan")
    a, b = _ranks(c), _ranks(-e)
    a, b = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / norm if norm > 0 else float("nan")


def reliability(
    confidence: ArrayLike, errors: ArrayLike, correct: float = CORRECT, bins: int = BINS
) -> Reliability:
    """The reliability diagram: confidences in equal bins over 0…1, and in each the share of errors under ``correct``.

    Any shape, both alike; pairs with NaN do not count. Raises BadInputError for confidences outside 0…1.
    """
    c, e = _pairs(confidence, errors)
    if c.size and (c.min() < 0 or c.max() > 1):
        raise BadInputError(f"Confidences lie in {c.min():.3g}…{c.max():.3g}, not in 0…1.", "Give probabilities.")
    edges = np.linspace(0, 1, bins + 1)
    # The last bin is closed: 1 belongs to it.
    place = np.minimum(np.searchsorted(edges, c, side="right") - 1, bins - 1)
    number = np.bincount(place, minlength=bins)
    inside = np.maximum(number, 1)
    some = number > 0
    means = np.where(some, np.bincount(place, c, bins) / inside, np.nan)
    shares = np.where(some, np.bincount(place, e < correct, bins) / inside, np.nan)
    return Reliability(edges, means, shares, number)


def expected_calibration_error(
    confidence: ArrayLike, errors: ArrayLike, correct: float = CORRECT, bins: int = BINS
) -> float:
    """ECE: Σ_b n_b / n · |share correct in b − mean confidence in b| over equal bins (Naeini et al. 2015; Guo et al.
    2017, equation 3). NaN without a pair."""
    diagram = reliability(confidence, errors, correct, bins)
    total = diagram.count.sum()
    if not total:
        return float("nan")
    gaps = np.where(diagram.count > 0, np.abs(diagram.accuracy - diagram.confidence), 0.0)
    return float((diagram.count * gaps).sum() / total)


def _pairs(confidence: ArrayLike, errors: ArrayLike) -> tuple[Array, Array]:
    c, e = np.asarray(confidence, np.float64), np.asarray(errors, np.float64)
    if c.shape != e.shape:
        raise BadInputError(f"Confidences have shape {c.shape}, errors {e.shape}.", "Give one per joint and frame.")
    there = np.isfinite(c) & np.isfinite(e)
    return c[there], e[there]


def _ranks(values: Array) -> Array:
    _, place, number = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(number)
    return (last - (number - 1) / 2)[place]
