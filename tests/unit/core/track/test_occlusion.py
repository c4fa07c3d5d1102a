from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from people import Walker, tracklet

from understudy.core.track.identity import link
from understudy.core.track.occlusion import without_borrowed
from understudy.core.track.tracklets import Tracklet

TIMES = np.arange(60) / 30.0
EVERY = np.arange(60)
# They cross at frame 30, the second in front.
BEHIND = Walker((250, 200), (150, 0))
FRONT = Walker((550, 200), (-150, 0))


def borrowing(frames: range) -> list[Tracklet]:
    """The hidden person's path carries the front person's landmarks in ``frames``."""
    front, behind = tracklet(1, FRONT, EVERY, TIMES), tracklet(0, BEHIND, EVERY, TIMES)
    points, boxes = behind.keypoints2d.copy(), behind.boxes.copy()
    points[list(frames)], boxes[list(frames)] = front.keypoints2d[list(frames)], front.boxes[list(frames)]
    return [dataclasses.replace(behind, keypoints2d=points, boxes=boxes), front]


def test_the_hidden_person_is_not_measured_where_its_landmarks_are_the_others() -> None:
    behind, front = without_borrowed(borrowing(range(22, 29)), TIMES)
    assert not np.isin(behind.frames, np.arange(22, 29)).any()
    assert np.isin(behind.frames, np.r_[0:20, 35:60]).sum() == 45, "frames beside the meeting went too"
    # Both are truly at one place for a moment at the crossing; apart from that the front person is untouched.
    assert len(front) >= 57


def test_who_is_in_front_does_not_depend_on_the_order() -> None:
    front, behind = without_borrowed(borrowing(range(22, 29))[::-1], TIMES)
    assert len(behind) < 54 and len(front) >= 57


def test_a_mixture_of_both_is_neither() -> None:
    paths = borrowing(range(22, 29))
    half = 0.5 * (tracklet(0, BEHIND, EVERY, TIMES).keypoints2d + tracklet(1, FRONT, EVERY, TIMES).keypoints2d)
    mixed = []
    for path in paths:
        points = path.keypoints2d.copy()
        points[22:24] = half[22:24]
        mixed.append(dataclasses.replace(path, keypoints2d=points))
    behind, front = without_borrowed(mixed, TIMES)
    assert not np.isin([22, 23], front.frames).any() and not np.isin([22, 23], behind.frames).any()
    assert np.isin(np.arange(26, 60), front.frames).sum() >= 31


def test_people_apart_lose_nothing() -> None:
    apart = [tracklet(0, Walker((150, 200), (20, 0)), EVERY, TIMES), tracklet(1, FRONT, EVERY, TIMES)]
    assert [len(p) for p in without_borrowed(apart, TIMES)] == [60, 60]


def test_identities_keep_their_places_through_a_borrowed_crossing() -> None:
    people = link(borrowing(range(22, 29)), 60, TIMES)
    assert len(people) == 2
    hidden = next(p for p in people if p.keypoints2d[0, 23, 0] < 400)
    assert not hidden.present[22:29].any() and hidden.present[40:].all()
    hips = hidden.keypoints2d[:, 23:25].mean(1)
    true = np.stack([BEHIND.centre(t) for t in TIMES])
    assert (np.hypot(*(hips - true)[hidden.present].T) < 5).all()
