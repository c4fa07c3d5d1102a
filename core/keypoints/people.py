"""Detections that nobody followed become people: linked from frame to frame here, over the clip by ``track.identity``.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ..skeleton import BODY_KEYPOINTS
from ..track.appearance import SIZE as APPEARANCE
from ..track.identity import PersonTrack, link
from ..track.similarity import box_of, box_side
from ..track.tracklets import Tracklet
from .detections import Detections
from .landmarks import to_landmarks

Array = NDArray[np.floating]

_HIPS_AND_SHOULDERS = [11, 12, 23, 24]
_MIN_POINTS = 4
_SURE = 0.5
# A detection continues a person where its points are, on average, within this share of the size from where the last
# ones were going; a person is looked for this many seconds.
_GATE, _PATIENCE = 0.35, 0.3
# Two pieces of one person have at most this many points in common.
_SHARED_BY_PIECES = 2


def people_of(found: Detections, timestamps: Array, size: tuple[int, int], people: int | None = None
              ) -> list[PersonTrack]:  # fmt: skip
    """Everybody in the clip, as ``track.identity.link`` gives them: keypoints3d NaN throughout.

    ``timestamps`` (T,) s of the detections' frames; ``size`` (w, h) px; ``people``: how many to keep.
    """
    tracks = link(tracklets_of(found, timestamps, size), len(timestamps), timestamps, people)
    return [_as_measured(track) for track in tracks]


def tracklets_of(found: Detections, timestamps: Array, size: tuple[int, int]) -> list[Tracklet]:
    """One tracklet per run of detections that belong together: by the file's own ids, else frame by frame.

    Where hips or shoulders were not found, their middle stands for them with confidence 0, since people are told apart
    by it.
    """
    points, confidence = to_landmarks(found)
    usable = (confidence[..., BODY_KEYPOINTS] > 0).sum(-1) >= _MIN_POINTS
    boxes = _boxes(points, usable, size)
    given = bool(usable.any() and (found.person_ids[usable] >= 0).all())
    numbers = np.where(usable, found.person_ids, -1) if given else _followed(points, boxes, usable, timestamps)
    tracklets = []
    for number in np.unique(numbers[numbers >= 0]):
        mine = numbers == number
        frames = np.flatnonzero(mine.any(1))
        joined, trust = _joined(points[frames], confidence[frames], mine[frames])
        box = _boxes(joined[:, None], np.ones((len(frames), 1), bool), size)[:, 0]
        tracklets.append(_tracklet(int(number), frames, _with_middles(joined, box), trust, box))
    return tracklets


def _boxes(points: Array, usable: NDArray[np.bool_], size: tuple[int, int]) -> Array:
    """(T, N, 4) around all the points found, NaN where not usable."""
    body = points[usable][:, BODY_KEYPOINTS]
    boxes = np.full((*usable.shape, 4), np.nan, np.float32)
    boxes[usable] = box_of(np.nan_to_num(body), np.isfinite(body).all(-1).astype(float), *size)
    return boxes


def _joined(points: Array, confidence: Array, mine: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Points (T, 75, 2) and confidence (T, 75) of the rows (T, N) that are one person's: each from the surest."""
    trust = np.where(mine[..., None], confidence, -1.0)
    best = trust.argmax(1)[:, None]
    return (np.take_along_axis(points, best[..., None], 1)[:, 0],
            np.maximum(np.take_along_axis(trust, best, 1)[:, 0], 0.0))  # fmt: skip


def _tracklet(number: int, frames: NDArray[np.integer], points: Array, confidence: Array, boxes: Array) -> Tracklet:
    n = len(frames)
    known = confidence[:, BODY_KEYPOINTS]
    sure = (known >= _SURE).sum(1)
    # A detector that gives a person at all has seen one; a few weak points may be a shadow.
    presence = np.where(sure >= 6, 1.0, known.sum(1) / np.maximum((known > 0).sum(1), 1))
    return Tracklet(
        number, frames.astype(np.int64), boxes.astype(np.float32), points.astype(np.float32),
        confidence.astype(np.float32), np.full((*points.shape[:2], 3), np.nan, np.float32),
        presence.astype(np.float32), np.zeros((n, 2), np.float32), np.full((n, APPEARANCE), np.nan, np.float32),
    )  # fmt: skip


@dataclasses.dataclass
class _Course:
    """Somebody being followed: where they were last and how fast they went, px and px/s."""

    number: int
    time: float
    points: Array
    velocity: Array
    size: float

    def move(self, time: float, pieces: Array, size: float) -> None:
        """To where the pieces (n, 75, 2) are now; a point that they lack goes on as the others do."""
        first = pieces[0]
        for piece in pieces[1:]:
            first = np.where(np.isfinite(first), first, piece)
        step = first[BODY_KEYPOINTS] - self.points[BODY_KEYPOINTS]
        known = np.isfinite(step).all(-1)
        moved = step[known].mean(0) if known.any() else self.velocity * (time - self.time)
        self.velocity = 0.5 * (self.velocity + moved / (time - self.time))
        self.points = np.where(np.isfinite(first), first, self.points + moved)
        self.time, self.size = time, size


def _followed(points: Array, boxes: Array, usable: NDArray[np.bool_], timestamps: Array) -> NDArray[np.integer]:
    """(T, N) numbers: in each frame the assignment of detections to courses that fits best over all.

    A detection left over that has other points than the one a course took, and lies where that course was going, is
    another piece of the same person.
    """
    numbers = np.full(usable.shape, -1)
    courses: list[_Course] = []
    begun = 0
    for t, time in enumerate(timestamps):
        rows = np.flatnonzero(usable[t])
        courses = [course for course in courses if time - course.time <= _PATIENCE]
        sides = box_side(boxes[t])
        cost = np.array([[_distance(course, points[t, row], time, sides[row]) for row in rows] for course in courses])
        cost = cost.reshape(len(courses), len(rows))
        pieces: list[tuple[_Course, list[int]]] = []
        left = set(range(len(rows)))
        for i, j in zip(*linear_sum_assignment(np.minimum(cost, 10)), strict=True):
            if cost[i, j] < _GATE:
                pieces.append((courses[i], [int(rows[j])]))
                left.discard(int(j))
                for other in sorted(left):
                    shared = np.isfinite(points[t, [rows[j], rows[other]]][:, BODY_KEYPOINTS, 0]).all(0).sum()
                    if cost[i, other] < _GATE and shared <= _SHARED_BY_PIECES and cost[:, other].argmin() == i:
                        pieces[-1][1].append(int(rows[other]))
                        left.discard(other)
        for j in sorted(left):
            courses.append(_Course(begun, float(time), points[t, rows[j]], np.zeros(2), float(sides[rows[j]])))
            numbers[t, rows[j]] = begun
            begun += 1
        for course, mine in pieces:
            numbers[t, mine] = course.number
            course.move(float(time), points[t, mine], float(sides[mine].max()))
    return numbers


def _distance(course: _Course, points: Array, time: float, side: float) -> float:
    """Mean distance of the points both have from where they were going, over the smaller size; infinite without any."""
    expected = course.points[BODY_KEYPOINTS] + course.velocity * (time - course.time)
    apart = np.linalg.norm(points[BODY_KEYPOINTS] - expected, axis=-1)
    known = np.isfinite(apart)
    if not known.any():
        return float("inf")
    return float(apart[known].mean()) / min(side, course.size)


def _with_middles(points: Array, boxes: Array) -> Array:
    """Points (T, 75, 2) with hips and shoulders that are missing at the middle of the others, else of the box."""
    out = points.copy()
    trunk = out[:, _HIPS_AND_SHOULDERS]
    known = np.isfinite(trunk).all(-1, keepdims=True)
    count = known.sum(1)
    middle = np.where(known, trunk, 0.0).sum(1) / np.maximum(count, 1)
    middle = np.where(count > 0, middle, (boxes[:, :2] + boxes[:, 2:]) / 2)
    out[:, _HIPS_AND_SHOULDERS] = np.where(known, trunk, middle[:, None])
    return out


def _as_measured(track: PersonTrack) -> PersonTrack:
    """Without what stood for points that were not found."""
    points = np.where(track.confidence[..., None] > 0, track.keypoints2d, np.nan).astype(np.float32)
    return dataclasses.replace(track, keypoints2d=points)
