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


def through_gaps(values: Array, known: Flags, fade: int | None = None) -> Array:
    """Values (T, D) where ``known``, eased from one to the next between; all zero without any.

    Before the first and after the last they are held. With ``fade`` frames they ease to zero instead wherever the next
    known one is further away than twice that.
    """
    rows = np.flatnonzero(known)
    out = np.zeros_like(values)
    if not len(rows):
        return out
    out[rows] = values[rows]
    for a, b in itertools.pairwise(rows):
        if b - a == 1:
            continue
        t = np.arange(a + 1, b)
        if fade is None or b - a <= 2 * fade:
            w = smooth_step((t - a) / (b - a))[:, None]
            out[t] = (1 - w) * values[a] + w * values[b]
        else:
            out[t] = values[a] * smooth_step(1 - (t - a) / fade)[:, None]
            out[t] += values[b] * smooth_step(1 - (b - t) / fade)[:, None]
    first, last = rows[0], rows[-1]
    before, after = np.arange(first), np.arange(last + 1, len(values))
    keep = (lambda d: np.ones(len(d))) if fade is None else (lambda d: smooth_step(1 - d / fade))
    out[before] = values[first] * keep(first - before)[:, None]
    out[after] = values[last] * keep(after - last)[:, None]
    return out


def envelope(values: Array, radius: int) -> Array:
    """(T,) a smooth curve that nowhere lies below ``values`` (T,): the highest within ``radius`` frames, averaged."""
    if radius < 1 or not np.any(values):
        return np.array(values)
    held = np.pad(values, 2 * radius, mode="edge")
    highest = sliding_window_view(held, 2 * radius + 1).max(axis=-1)
    window = np.hanning(2 * radius + 3)[1:-1]
    return np.convolve(highest, window / window.sum(), mode="valid")
