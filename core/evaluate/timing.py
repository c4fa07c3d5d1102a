"""Time: which frames of two recordings belong together, and how far their times lie apart."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError

Array = NDArray[Any]


class FrameMatch(NamedTuple):
    """Indices (N,) of matched frames of either side, in time order, and how many of each side found no partner."""

    predicted: Array
    truth: Array
    predicted_only: int
    truth_only: int


class TimestampError(NamedTuple):
    """Mean and largest |Δt| in seconds."""

    mean: float
    largest: float


def match_frames(predicted: ArrayLike, truth: ArrayLike, tolerance: float | None = None) -> FrameMatch:
    """Pairs of frames that are each other's nearest in time and at most ``tolerance`` s apart.

    Times (T,) and (S,) s, increasing. Default tolerance: half of the smaller median interval (1 ms for single
    frames), so that neighbours are never taken for each other. Raises BadInputError where no frame has a partner.
    """
    p, t = _times(predicted, "The prediction"), _times(truth, "The truth")
    if tolerance is None:
        intervals = [float(np.median(np.diff(x))) for x in (p, t) if len(x) > 1]
        tolerance = 0.5 * min(intervals) if intervals else 0.001
    forth, back = _nearest(p, t), _nearest(t, p)
    own = np.arange(len(p))
    paired = (back[forth] == own) & (np.abs(p - t[forth]) <= tolerance + 1e-12)
    if not paired.any():
        raise BadInputError(
            f"No frame of the prediction ({p[0]:.3f}–{p[-1]:.3f} s) lies within {tolerance:.4f} s of one of the truth "
            f"({t[0]:.3f}–{t[-1]:.3f} s).",
            "Check that both come from one recording and that their times start together.",
        )
    count = int(paired.sum())
    return FrameMatch(own[paired], forth[paired], len(p) - count, len(t) - count)


def timestamp_error(predicted: ArrayLike, truth: ArrayLike) -> TimestampError:
    """Timestamp error: mean and largest |t_p(i) − t_t(i)| in seconds, frame by frame.

    Raises BadInputError where the frame counts differ: frames that were dropped or doubled shift all after them, so
    pairs are found first (``match_frames``).
    """
    p, t = _times(predicted, "The prediction"), _times(truth, "The truth")
    if p.shape != t.shape:
        raise BadInputError(
            f"The prediction has {len(p)} frames, the truth {len(t)}.", "Match frames by time first (match_frames)."
        )
    apart = np.abs(p - t)
    return TimestampError(float(apart.mean()), float(apart.max()))


def _nearest(times: Array, among: Array) -> Array:
    right = np.clip(np.searchsorted(among, times), 1, max(len(among) - 1, 1))
    left = right - 1
    right = np.minimum(right, len(among) - 1)
    return np.where(times - among[left] <= among[right] - times, left, right)


def _times(values: ArrayLike, who: str) -> Array:
    times = np.asarray(values, np.float64)
    if times.ndim != 1 or not len(times):
        raise BadInputError(f"{who} has no frames.", "Choose another file.")
    if not np.all(np.isfinite(times)) or np.any(np.diff(times) <= 0):
        raise BadInputError(f"{who}'s timestamps do not increase.", "Check the file.")
    return times
