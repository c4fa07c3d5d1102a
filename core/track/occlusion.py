"""Frames in which the landmark network answered for the person in front instead of the one it hides.

When people cross, both crops show mostly the nearer one: for some frames two paths carry the same landmarks. They
belong to the path that was heading there; the other one was not measured in these frames.
"""

from __future__ import annotations

import numpy as np

from .paths import centres, same_person, shared, sizes
from .tracklets import Tracklet

# Seconds beside such frames in which the landmarks are a mixture of both people.
_MIXED = 0.07
# Frames nearer than this, s, make one meeting.
_ONE_MEETING = 0.15
# Seconds before and after a meeting from which a path's course through it is taken.
_BESIDE = 0.4
# A path further off its course than this share of the person's size, in a meeting, shows a mixture of both people.
_MAX_DRIFT = 0.05


def without_borrowed(paths: list[Tracklet], timestamps: np.ndarray) -> list[Tracklet]:
    """The paths without the frames in which they show another path's person; ``timestamps`` (T,) s of the clip.

    A path that would lose all its frames keeps them.
    """
    paths = list(paths)
    for i in range(len(paths)):
        for j in range(i + 1, len(paths)):
            for frames in _meetings(paths[i], paths[j], timestamps):
                drift = [_drift(paths[k], frames, timestamps) for k in (i, j)]
                winner, loser = (j, i) if np.median(drift[0]) > np.median(drift[1]) else (i, j)
                paths[loser] = _without(paths[loser], frames, timestamps)
                # What shows both people at once is neither's.
                off = drift[0 if winner == i else 1]
                mixed = frames[np.isfinite(off) & (off > _MAX_DRIFT)]
                paths[winner] = _without(paths[winner], mixed, timestamps)
    return paths


def _meetings(a: Tracklet, b: Tracklet, timestamps: np.ndarray) -> list[np.ndarray]:
    """The frames in which both paths carry the same landmarks, by meeting."""
    in_a, _ = shared(a, b)
    frames = a.frames[in_a[same_person(a, b)]]
    if not len(frames):
        return []
    return np.split(frames, np.flatnonzero(np.diff(timestamps[frames]) > _ONE_MEETING) + 1)


def _drift(path: Tracklet, frames: np.ndarray, timestamps: np.ndarray) -> np.ndarray:
    """(len(frames),) how far the path lies off a smooth course through ``frames``, over the person's size."""
    times = timestamps[path.frames]
    during = np.isin(path.frames, frames)
    begin, end = timestamps[frames[0]], timestamps[frames[-1]]
    beside = ~during & (times >= begin - _BESIDE) & (times <= end + _BESIDE)
    # The rim of the meeting is mixed already.
    beside &= (times < begin - _MIXED) | (times > end + _MIXED)
    if beside.sum() < 3:
        return np.full(len(frames), np.inf)
    # A line, or a curve where both sides of the meeting are known.
    degree = 2 if (times[beside] < begin).any() and (times[beside] > end).any() else 1
    origin = 0.5 * (begin + end)
    fitted = np.polynomial.polynomial.polyfit(times[beside] - origin, centres(path)[beside], degree)
    course = np.polynomial.polynomial.polyval(times[during] - origin, fitted).T
    return np.hypot(*(centres(path)[during] - course).T) / np.median(sizes(path)[beside])


def _without(path: Tracklet, frames: np.ndarray, timestamps: np.ndarray) -> Tracklet:
    if not len(frames):
        return path
    times = timestamps[path.frames]
    mixed = np.abs(times[:, None] - timestamps[frames][None]).min(1) <= _MIXED + 1e-9
    return path if mixed.all() else path.take(~mixed)
