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
    body = points[usable][:, BODY_KEYPOINTS]
    boxes = np.full((*usable.shape, 4), np.nan, np.float32)
    boxes[usable] = box_of(np.nan_to_num(body), np.isfinite(body).all(-1).astype(float), *size)
    points = _with_middles(points, boxes)
    numbers = _given_ids(found, usable) if _has_ids(found, usable) else _followed(points, boxes, usable, timestamps)
    tracklets = []
    for number in np.unique(numbers[numbers >= 0]):
        frames, rows = np.nonzero(numbers == number)
        tracklets.append(_tracklet(int(number), frames, points[frames, rows], confidence[frames, rows],
                                   boxes[frames, rows]))  # fmt: skip
    return tracklets


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


def _has_ids(found: Detections, usable: NDArray[np.bool_]) -> bool:
    return bool(usable.any() and (found.person_ids[usable] >= 0).all())


def _given_ids(found: Detections, usable: NDArray[np.bool_]) -> NDArray[np.integer]:
    """(T, N); of several rows with one id in a frame the first counts."""
    numbers = np.where(usable, found.person_ids, -1)
    for row in numbers:
        _, first = np.unique(row, return_index=True)
        repeated = np.setdiff1d(np.arange(len(row)), first)
        row[repeated] = -1
    return numbers


@dataclasses.dataclass
class _Course:
    """Somebody being followed: where they were last and how fast they went, px and px/s."""

    number: int
    time: float
    points: Array
    velocity: Array
    size: float


def _followed(points: Array, boxes: Array, usable: NDArray[np.bool_], timestamps: Array) -> NDArray[np.integer]:
    """(T, N) numbers: in each frame the assignment of detections to courses that fits best over all."""
    numbers = np.full(usable.shape, -1)
    courses: list[_Course] = []
    begun = 0
    for t, time in enumerate(timestamps):
        rows = np.flatnonzero(usable[t])
        courses = [course for course in courses if time - course.time <= _PATIENCE]
        sides = box_side(boxes[t])
        cost = np.array([[_distance(course, points[t, row], time, sides[row]) for row in rows] for course in courses])
        taken = {}
        if len(courses) and len(rows):
            taken = {
                int(rows[j]): courses[i]
                for i, j in zip(*linear_sum_assignment(np.minimum(cost, 10)), strict=True)
                if cost[i, j] < _GATE
            }
        for row in rows:
            course = taken.get(int(row))
            if course is None:
                course = _Course(begun, float(time), points[t, row], np.zeros(2), float(sides[row]))
                courses.append(course)
                begun += 1
            else:
                moved = _centre(points[t, row]) - _centre(course.points)
                course.velocity = 0.5 * (course.velocity + moved / (time - course.time))
                course.time, course.points, course.size = float(time), points[t, row], float(sides[row])
            numbers[t, row] = course.number
    return numbers


def _distance(course: _Course, points: Array, time: float, side: float) -> float:
    """Mean distance of the points both have from where they were going, over the smaller size."""
    expected = course.points[BODY_KEYPOINTS] + course.velocity * (time - course.time)
    apart = np.linalg.norm(points[BODY_KEYPOINTS] - expected, axis=-1)
    return float(np.nanmean(apart)) / min(side, course.size)


def _centre(points: Array) -> Array:
    return points[_HIPS_AND_SHOULDERS].mean(0)


def _with_middles(points: Array, boxes: Array) -> Array:
    """Points (T, N, 75, 2) with hips and shoulders that are missing at the middle of the others, else of the box."""
    out = points.copy()
    trunk = out[..., _HIPS_AND_SHOULDERS, :]
    known = np.isfinite(trunk).all(-1, keepdims=True)
    count = known.sum(-2)
    middle = np.where(known, trunk, 0.0).sum(-2) / np.maximum(count, 1)
    middle = np.where(count > 0, middle, (boxes[..., :2] + boxes[..., 2:]) / 2)
    out[..., _HIPS_AND_SHOULDERS, :] = np.where(known, trunk, middle[..., None, :])
    return out


def _as_measured(track: PersonTrack) -> PersonTrack:
    """Without what stood for points that were not found."""
    points = np.where(track.confidence[..., None] > 0, track.keypoints2d, np.nan).astype(np.float32)
    return dataclasses.replace(track, keypoints2d=points)
