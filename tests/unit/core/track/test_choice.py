"""Tracks chosen by the boxes that somebody clicked."""

from __future__ import annotations

import numpy as np

from understudy.core.picks import Pick
from understudy.core.track.choice import choose
from understudy.core.track.identity import PersonTrack

FRAMES = 30
SECONDS = np.arange(FRAMES) / 30


def track(number, left, seen=slice(None)):
    """A person of 100 × 200 pixels who walks 10 pixels to the right in every frame, measured in the frames ``seen``."""
    x = left + 10.0 * np.arange(FRAMES)
    boxes = np.full((FRAMES, 4), np.nan, np.float32)
    boxes[seen] = np.stack([x, np.full(FRAMES, 50.0), x + 100, np.full(FRAMES, 250.0)], 1)[seen]
    points = np.full((FRAMES, 75, 2), np.nan, np.float32)
    return PersonTrack(
        str(number), np.isfinite(boxes[:, 0]), boxes, points, np.zeros((FRAMES, 75)), np.zeros((FRAMES, 75, 3))
    )


CROWD = [track(1, 0), track(2, 300), track(3, 600, slice(20, None))]


def at(frame, left, width=100):
    return Pick(frame / 30, left + 10 * frame, 50, left + 10 * frame + width, 250)


def chosen(*picks):
    warnings = []
    kept = choose(CROWD, picks, SECONDS, warnings.append)
    return [float(np.nanmin(one.boxes[:, 0])) for one in kept], [one.id for one in kept], warnings


def test_everyone_without_picks():
    assert chosen() == ([0, 300, 800], ["1", "2", "3"], [])


def test_the_box_of_its_own_frame_decides():
    assert chosen(at(15, 300)) == ([300], ["1"], [])
    # In frame 15 person 1 stands where person 2 never is: the time counts, not the place alone.
    assert chosen(Pick(0.0, 300, 50, 400, 250))[0] == [300]


def test_two_picks_of_one_person_keep_them_once_and_the_order_is_that_of_the_clip():
    assert chosen(at(25, 600), at(0, 0), at(20, 0)) == ([0, 800], ["1", "2"], [])


def test_a_box_that_only_overlaps():
    assert chosen(at(10, 320, 130))[0] == [300]


def test_somebody_not_measured_in_that_frame_is_found_in_the_next():
    assert chosen(at(18, 620))[0] == [800]


def test_a_pick_of_nobody_is_a_warning():
    kept, ids, warnings = chosen(Pick(0.5, 2000, 0, 2100, 100), at(0, 0))
    assert (kept, ids) == ([0], ["1"])
    assert warnings == ["Nobody was followed at the box that was chosen at 0.50 s."]


def test_where_no_pick_is_held_everyone_is_kept():
    kept, _, warnings = chosen(at(0, 600))  # comes in later than that
    assert len(kept) == 3 and len(warnings) == 2
