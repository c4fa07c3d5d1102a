"""First pass: people followed through a chunk by landmarks on sparse frames, forwards and back from detections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from ..detect.people import PersonDetection
from ..pose2d.crops import Frame
from ..pose2d.landmarks import BodyLandmarks
from .appearance import describe, distance
from .course import Course, Steps
from .similarity import box_of, box_side, pose_distance
from .state import PersonState

MIN_PRESENCE = 0.5
# Mean distance of limbs over the box's longer side below which two courses look at the same person.
SAME_POSE = 0.12
_APPEARANCE_SHARE = 0.25
# Detections below this are furniture and limbs far more often than people (measured on real footage: people from 0.73,
# all else up to 0.66). Where nobody is followed at all, the best one is tried whatever its score.
_MIN_SCORE = 0.7
# A detection on somebody already followed is another person only with this score.
_SURE_SCORE = 0.85
# In a group of as many, somebody may go unseen.
_GROUP = 2
# Somebody seen only beside a neighbour who was painted over, closer than this (share of the crop) to where a person is
# followed, is that person.
_UNCOVERED_SAME = 0.12
# The landmark network must be this sure of a person it has not followed before.
_NEW_PRESENCE = 0.8

Landmark = Callable[[np.ndarray, np.ndarray], BodyLandmarks]
Beside = Callable[[Frame, np.ndarray], list[PersonDetection]]


def follow(
    frames: list[Frame],
    steps: Steps,
    detections: Mapping[int, list[PersonDetection]],
    people: tuple[PersonState, ...],
    next_track: int,
    landmark: Landmark,
    beside: Beside = lambda frame, known: [],
    followed: Callable[[int, list[Course]], None] = lambda step, courses: None,
) -> list[Course]:
    """Courses of everyone in the chunk.

    ``detections``: per step that the detector saw, best first; ``people``: those followed up to here;
    ``landmark(index, crops)`` runs the network, ``beside(frame, crops)`` the detector on what people in a group leave
    of a frame; ``followed`` hears of each step when it is done. Forwards from the people known and from each detection
    that is nobody known, then backwards from where those new ones appeared.
    """
    count = len(steps.frames)
    courses = [Course.new(p.track, count, p.time, p.crop, p) for p in people]
    for s in range(count):
        time = float(steps.times[s])
        live = [c for c in courses if not c.unseen(time)]
        _advance(frames, steps, s, live, landmark)
        for detection in _looked(frames[steps.frames[s]], s, detections, live, beside):
            if detection.score < _MIN_SCORE and not detection.uncovered and any(c.ok[s] for c in live):
                continue
            if any(c.ok[s] and _explained(detection, c, s, frames[0].size) for c in live):
                continue
            course = _born(frames, steps, s, detection, next_track, live, landmark)
            if course is not None:
                next_track += 1
                courses.append(course)
                live.append(course)
        followed(s, courses)
    _follow_back(frames, steps, courses, landmark)
    return [c for c in courses if c.ok.any() or not c.unseen(float(steps.times[-1]))]


def _looked(
    frame: Frame, s: int, detections: Mapping[int, list[PersonDetection]], live: list[Course], beside: Beside
) -> Iterator[PersonDetection]:
    """The detections of step ``s``; and, once those are dealt with, of people whom a group hides from the detector."""
    if s not in detections:
        return
    yield from detections[s]
    known = [c.landmarks.crops[s] for c in live if c.ok[s]]
    if len(known) >= _GROUP:
        yield from beside(frame, np.stack(known))


def _born(
    frames: list[Frame],
    steps: Steps,
    s: int,
    detection: PersonDetection,
    track: int,
    live: list[Course],
    landmark: Landmark,
) -> Course | None:
    """A course for a detected person whom nobody follows, or None where the landmark network disagrees."""
    course = Course.new(track, len(steps.frames), float(steps.times[s]), detection.crop.astype(np.float64))
    course.born = s
    _look(steps, s, [course], landmark)
    # A second look, where the landmarks say: a crop on part of somebody known finds the whole of them.
    course.crop = course.landmarks.crops[s]
    _look(steps, s, [course], landmark)
    if course.landmarks.presence[s] < _NEW_PRESENCE:
        return None
    _separate(frames, steps, s, live, [course])
    if not course.ok[s]:
        return None
    _remember(frames, steps, s, course)
    return course


def _follow_back(frames: list[Frame], steps: Steps, courses: list[Course], landmark: Landmark) -> None:
    """Carry each course that began within the chunk back towards the chunk's first frame."""
    begun = [c for c in courses if c.start is None and c.born > 0]
    if not begun:
        return
    ends = [(c, c.time, c.crop, c.velocity) for c in begun]
    for course in begun:
        course.time, course.crop = float(steps.times[course.born]), course.landmarks.crops[course.born]
        later = np.flatnonzero(course.ok[course.born + 1 :])
        course.velocity = np.zeros(2)
        if len(later):
            then = course.born + 1 + later[0]
            gap = steps.times[then] - steps.times[course.born]
            course.velocity = (course.landmarks.crops[then, :2] - course.crop[:2]) / gap
    for s in range(max(c.born for c in begun) - 1, -1, -1):
        live = [c for c in begun if s < c.born and not c.unseen(float(steps.times[s]))]
        others = [c for c in courses if c.ok[s]]
        _look(steps, s, live, landmark)
        _separate(frames, steps, s, others, [c for c in live if c.ok[s]])
        for course in live:
            if course.ok[s]:
                _remember(frames, steps, s, course)
    for course, time, crop, velocity in ends:
        course.time, course.crop, course.velocity = time, crop, velocity


def _advance(frames: list[Frame], steps: Steps, s: int, live: list[Course], landmark: Landmark) -> None:
    _look(steps, s, live, landmark)
    _separate(frames, steps, s, [], [c for c in live if c.ok[s]])
    for course in live:
        if course.ok[s]:
            _remember(frames, steps, s, course)


def _look(steps: Steps, s: int, courses: list[Course], landmark: Landmark) -> None:
    """Run the network where each course expects its person at step ``s``."""
    if not courses:
        return
    crops = np.stack([c.predicted(float(steps.times[s])) for c in courses])
    answers = landmark(np.full(len(courses), steps.frames[s]), crops)
    for i, course in enumerate(courses):
        course.landmarks.put(np.array([s]), answers.take(slice(i, i + 1)))
        course.used[s] = crops[i]
        course.ok[s] = answers.presence[i] >= MIN_PRESENCE


def _separate(frames: list[Frame], steps: Steps, s: int, settled: list[Course], fresh: list[Course]) -> None:
    """Where two courses look at the same person, the one that it does not belong to has lost its own.

    The network answers for the most prominent person in the crop: when people cross, a course may jump to the other.
    ``settled`` courses win against ``fresh`` ones; among these the one that moved as expected and wears these clothes.
    """
    width, height = frames[0].size
    everyone = [c for c in (*settled, *fresh) if c.ok[s]]
    for i, a in enumerate(everyone):
        for b in everyone[i + 1 :]:
            if not (a.ok[s] and b.ok[s]) or (a in settled and b in settled):
                continue
            sizes = [
                box_side(box_of(c.landmarks.points[[s]], c.landmarks.visibility[[s]], width, height))[0] for c in (a, b)
            ]
            apart = pose_distance(
                a.landmarks.points[s], b.landmarks.points[s], a.landmarks.visibility[s], b.landmarks.visibility[s],
                float(min(sizes)),
            )  # fmt: skip
            if apart < SAME_POSE:
                frame = frames[steps.frames[s]]
                loser = b if a in settled or _surprise(frame, a, s) <= _surprise(frame, b, s) else a
                loser.ok[s] = False


def _surprise(frame: Frame, course: Course, s: int) -> float:
    """How badly the person found at step ``s`` fits the course: shift from where it was expected, and other clothes."""
    found = course.landmarks.crops[s]
    shift = float(np.hypot(*(found[:2] - course.used[s, :2])) / max(course.used[s, 2], 1.0))
    clothes = distance(course.appearance, describe(frame, course.landmarks.points[s]))
    return 2.0 * shift + (0.0 if np.isnan(clothes) else clothes)


def _remember(frames: list[Frame], steps: Steps, s: int, course: Course) -> None:
    """Take what was seen at step ``s`` into the course's running state."""
    time, crop = float(steps.times[s]), course.landmarks.crops[s]
    elapsed = time - course.time
    if elapsed != 0.0:
        measured = (crop[:2] - course.crop[:2]) / elapsed
        course.velocity = 0.5 * (course.velocity + measured)
    course.time, course.crop = time, crop
    seen = describe(frames[steps.frames[s]], course.landmarks.points[s])
    course.appearance_at[s] = seen
    known = course.appearance.any()
    course.appearance = (course.appearance + _APPEARANCE_SHARE * (seen - course.appearance)) if known else seen


def _explained(detection: PersonDetection, course: Course, s: int, size: tuple[int, int]) -> bool:
    """Whether the detection is the person that the course sees at step ``s``, or part of that person.

    Tiles show the detector arms and trunks on their own, which it takes for people, though not with high scores.
    """
    crop, found = course.landmarks.crops[s], detection.crop
    shift = np.hypot(*(found[:2] - crop[:2])) / max(min(crop[2], found[2]), 1.0)
    if detection.uncovered:
        return bool(shift < _UNCOVERED_SAME)
    if shift < 0.25 and 0.5 < found[2] / max(crop[2], 1.0) < 2.0:
        return True
    box = box_of(course.landmarks.points[[s]], course.landmarks.visibility[[s]], *size)[0]
    # The box ends at the picture's border where the person may not.
    middles = np.clip(detection.keypoints[[0, 2]], 0, np.array(size) - 1)
    inside = ((middles >= box[:2]) & (middles <= box[2:])).all(1).any()
    return bool(inside and detection.score < _SURE_SCORE)
