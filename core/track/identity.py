"""Identities over the whole clip: tracklets of all chunks to one record per person."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..nets.anchors import box_iou
from ..skeleton import BODY_KEYPOINTS, LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS
from .confidence import off_course
from .occlusion import without_borrowed
from .paths import join, misfit, same_person, shared, sizes
from .tracklets import Tracklet

# DESIGN's rule of presence.
_MEASURED = 0.5
_MIN_BODY, _MIN_HAND = 6, 12
# A person seen for less than this many seconds (and less than half the clip) is a false alarm, as is an unsure one.
_MIN_SECONDS = 0.3
_MIN_PRESENCE = 0.7
# Paths are joined over gaps up to this, s, where they fit this well.
_MAX_GAP = 3.0
_MAX_MISFIT = 1.5
# Boxes that overlap this much, or a pose shared, make a meeting, after which two people may have been confused.
_MEETING_OVERLAP = 0.25
# Swapping must fit better than not swapping by this much.
_SWAP_MARGIN = 0.4


@dataclass(frozen=True)
class PersonTrack:
    """One person over all T frames: arrays as in ``Tracklet``, NaN (confidence 0) where not measured.

    ``id``: "1", "2", …; ``present`` (T,) bool: at least 6 body landmarks, or 12 of one hand, with confidence ≥ 0.5.
    """

    id: str
    present: np.ndarray
    boxes: np.ndarray
    keypoints2d: np.ndarray
    confidence: np.ndarray
    keypoints3d: np.ndarray

    def part(self, frames: slice) -> PersonTrack:
        """That of some frames."""
        arrays = {f.name: getattr(self, f.name)[frames] for f in fields(self)[1:]}
        return PersonTrack(self.id, **arrays)


def link(
    tracklets: list[Tracklet], frame_count: int, timestamps: np.ndarray, people: int | None = None
) -> list[PersonTrack]:
    """Everyone in the clip, from the tracklets of all chunks; an empty list where nobody is.

    ``timestamps`` (T,) s, strictly increasing. ``people``: keep that many with the largest sum of box area × presence.
    Ids go by first appearance, then from left to right.
    """
    if timestamps.shape != (frame_count,):
        raise ValueError(f"expected {frame_count} timestamps, got shape {timestamps.shape}")
    by_track: dict[int, list[Tracklet]] = {}
    for tracklet in tracklets:
        by_track.setdefault(tracklet.track, []).append(tracklet)
    paths = [join(parts) for _, parts in sorted(by_track.items())]
    paths = _untangle(_without_doubles(paths), timestamps)
    paths = without_borrowed(_without_doubles(_bridge(paths, timestamps)), timestamps)
    paths = [p for p in paths if _is_person(p, timestamps)]
    if people is not None:
        paths = sorted(paths, key=_prominence, reverse=True)[:people]
    tracks = [_whole_clip(path, frame_count, timestamps) for path in paths]
    tracks = [t for t in tracks if t.present.any()]
    tracks.sort(key=_first_appearance)
    return [PersonTrack(str(i + 1), *_columns(track)) for i, track in enumerate(tracks)]


def _without_doubles(paths: list[Tracklet]) -> list[Tracklet]:
    """Two paths on the same person become one: the longer, completed by the other."""
    left = sorted(paths, key=len, reverse=True)
    kept: list[Tracklet] = []
    for path in left:
        for i, other in enumerate(kept):
            same = same_person(other, path)
            if len(same) and same.mean() > 0.5:
                rest = ~np.isin(path.frames, other.frames)
                kept[i] = join([other, path.take(rest)]) if rest.any() else other
                break
        else:
            kept.append(path)
    return kept


def _untangle(paths: list[Tracklet], timestamps: np.ndarray) -> list[Tracklet]:
    """Undo exchanges: after each meeting of two paths, the ends are swapped where that fits clearly better."""
    paths = list(paths)
    for i in range(len(paths)):
        for j in range(i + 1, len(paths)):
            for start, end in _meetings(paths[i], paths[j]):
                a, b = paths[i], paths[j]
                parts = [(p.frames < start, p.frames > end) for p in (a, b)]
                if not all(before.any() and after.any() for before, after in parts):
                    continue
                (a0, a1), (b0, b1) = ((p.take(m[0]), p.take(m[1])) for p, m in zip((a, b), parts, strict=True))
                keep = misfit(a0, a1, timestamps) + misfit(b0, b1, timestamps)
                swap = misfit(a0, b1, timestamps) + misfit(b0, a1, timestamps)
                if swap < keep - _SWAP_MARGIN:
                    # Who is who during the meeting cannot be told; each keeps the frames up to its middle.
                    middle = (start + end) // 2
                    paths[i] = join([a.take(a.frames <= middle), b.take(b.frames > middle)])
                    paths[j] = join([b.take(b.frames <= middle), a.take(a.frames > middle)])
    return paths


def _meetings(a: Tracklet, b: Tracklet) -> list[tuple[int, int]]:
    """First and last frame of each time the two paths overlap in the picture; gaps inside a meeting belong to it."""
    in_a, in_b = shared(a, b)
    if not len(in_a):
        return []
    overlap = np.array([box_iou(a.boxes[[i]], b.boxes[[j]])[0, 0] for i, j in zip(in_a, in_b, strict=True)])
    together = np.append(np.insert(overlap > _MEETING_OVERLAP, 0, False), False)
    edges = np.flatnonzero(np.diff(together.astype(int)))
    frames = a.frames[in_a]
    return [(int(frames[s]), int(frames[e - 1])) for s, e in zip(edges[::2], edges[1::2], strict=True)]


def _bridge(paths: list[Tracklet], timestamps: np.ndarray) -> list[Tracklet]:
    """Join paths that continue one another over gaps: the assignment of ends to beginnings that fits best overall."""
    paths = sorted(paths, key=lambda p: int(p.frames[0]))
    n = len(paths)
    cost = np.full((n, n), _MAX_MISFIT)
    for i, before in enumerate(paths):
        for j, after in enumerate(paths):
            gap = timestamps[after.frames[0]] - timestamps[before.frames[-1]]
            if i != j and 0 < gap <= _MAX_GAP:
                cost[i, j] = min(misfit(before, after, timestamps), _MAX_MISFIT)
    following = {int(i): int(j) for i, j in zip(*linear_sum_assignment(cost), strict=True) if cost[i, j] < _MAX_MISFIT}
    joined = []
    for first in sorted(set(range(n)) - set(following.values())):
        chain = [first]
        while chain[-1] in following:
            chain.append(following[chain[-1]])
        joined.append(join([paths[k] for k in chain]))
    return joined


def _is_person(path: Tracklet, timestamps: np.ndarray) -> bool:
    length = len(path) * float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else np.inf
    long_enough = length >= _MIN_SECONDS or len(path) >= 0.5 * len(timestamps)
    return bool(long_enough and path.presence.mean() >= _MIN_PRESENCE)


def _prominence(path: Tracklet) -> float:
    area = (path.boxes[:, 2:] - path.boxes[:, :2]).prod(1)
    return float((area * path.presence).sum())


def _whole_clip(path: Tracklet, frame_count: int, timestamps: np.ndarray) -> PersonTrack:
    def spread(values: np.ndarray, fill: float) -> np.ndarray:
        out = np.full((frame_count, *values.shape[1:]), fill, np.float32)
        out[path.frames] = values
        return out

    points = spread(path.keypoints2d, np.nan)
    confidence = spread(path.confidence, 0.0)
    boxes = spread(path.boxes, np.nan)
    confidence *= off_course(points, confidence, spread(sizes(path), np.nan), timestamps)
    sure = confidence >= _MEASURED
    present = sure[:, BODY_KEYPOINTS].sum(1) >= _MIN_BODY
    for hand in (LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS):
        present |= sure[:, hand].sum(1) >= _MIN_HAND
    return PersonTrack("", present, boxes, points, confidence, spread(path.keypoints3d, np.nan))


def _first_appearance(track: PersonTrack) -> tuple[int, float]:
    first = int(np.argmax(track.present))
    return first, float(track.boxes[first, [0, 2]].mean())


def _columns(track: PersonTrack) -> tuple[np.ndarray, ...]:
    return track.present, track.boxes, track.keypoints2d, track.confidence, track.keypoints3d
