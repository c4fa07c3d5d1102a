"""Tracks over time: runs of frames, offsets carried through gaps, envelopes without corners."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]


def runs(flags: Flags, longest_gap: int = 0) -> list[tuple[int, int]]:
    """(begin, end) of every stretch of True, the end exclusive; gaps up to ``longest_gap`` frames are bridged."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(flags, np.int8), [0]])))
    found: list[tuple[int, int]] = []
    for begin, end in edges.reshape(-1, 2):
        if found and begin - found[-1][1] <= longest_gap:
            found[-1] = (found[-1][0], int(end))
        else:
            found.append((int(begin), int(end)))
    return found


def smooth_step(x: Array) -> Array:
    """0 to 1 with level ends: cubic, the gentlest there is in between."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


def through_gaps(values: Array, known: Flags, fade: int | NDArray[np.integer] | None = None) -> Array:
    """Values (T, D) where ``known``, eased from one to the next between; all zero without any.

    Before the first and after the last they are held. With ``fade`` frames, one number or one per frame (T,), they ease
    to zero instead wherever the next known one is further away than both their fades.
    """
    rows = np.flatnonzero(known)
    out = np.zeros_like(values)
    if not len(rows):
        return out
    out[rows] = values[rows]
    fades = None if fade is None else np.broadcast_to(np.asarray(fade), (len(values),))
    for a, b in itertools.pairwise(rows):
        if b - a == 1:
            continue
        t = np.arange(a + 1, b)
        if fades is None or b - a <= fades[a] + fades[b]:
            w = smooth_step((t - a) / (b - a))[:, None]
            out[t] = (1 - w) * values[a] + w * values[b]
        else:
            out[t] = values[a] * smooth_step(1 - (t - a) / fades[a])[:, None]
            out[t] += values[b] * smooth_step(1 - (b - t) / fades[b])[:, None]
    first, last = rows[0], rows[-1]
    before, after = np.arange(first), np.arange(last + 1, len(values))
    for t, row in ((before, first), (after, last)):
        kept = np.ones(len(t)) if fades is None else smooth_step(1 - np.abs(t - row) / fades[row])
        out[t] = values[row] * kept[:, None]
    return out


def paced(values: Array, steps: Array) -> Array:
    """(T,) the curve nearest to ``values`` (T,) that changes by at most ``steps`` (T − 1,) from frame to frame.

    Midway between the lowest such curve above and the highest below (Lipschitz envelopes), so it looks ahead as far as
    back, and where nothing is too quick nearby nothing changes.
    """
    return (_above(values, steps) - _above(-values, steps)) / 2


def slowed(values: Array, steps: Array) -> Array:
    """(T,) the lowest curve nowhere below ``values`` (T,) that changes by at most ``steps`` (T − 1,) per frame."""
    return _above(values, steps)


def paced_around(values: Array, fixed: Flags, steps: Array) -> Array:
    """(T,) ``values`` paced, and near enough to those that are ``fixed`` (T,) to reach them at that pace."""
    lowest = _above(np.where(fixed, values, -np.inf), steps)
    highest = -_above(np.where(fixed, -values, -np.inf), steps)
    return np.clip(paced(values, steps), lowest, np.maximum(highest, lowest))


def _above(values: Array, steps: Array) -> Array:
    way = np.concatenate([[0.0], np.cumsum(steps)])
    before = np.maximum.accumulate(values + way) - way
    after = np.maximum.accumulate((values - way)[::-1])[::-1] + way
    return np.maximum(before, after)


def envelope(values: Array, radius: int) -> Array:
    """(T,) a smooth curve that nowhere lies below ``values`` (T,): the highest within ``radius`` frames, averaged."""
    if radius < 1 or not np.any(values):
        return np.array(values)
    held = np.pad(values, 2 * radius, mode="edge")
    highest = sliding_window_view(held, 2 * radius + 1).max(axis=-1)
    window = np.hanning(2 * radius + 3)[1:-1]
    return np.convolve(highest, window / window.sum(), mode="valid")
