from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from people import Walker, tracklet

from understudy.core.track.identity import PersonTrack, link
from understudy.core.track.tracklets import Tracklet

TIMES = np.arange(90) / 30.0
LEFT = Walker((150, 200), (150, 0))
RIGHT = Walker((650, 200), (-150, 0))
EVERY = np.arange(90)


def follows(person: PersonTrack, walker: Walker) -> np.ndarray:
    """(T,) whether the person is at the walker's place in each present frame."""
    hips = person.keypoints2d[:, 23:25].mean(1)
    true = np.stack([walker.centre(t) for t in TIMES])
    return ~person.present | (np.hypot(*(hips - true).T) < 5)


def chunked(track: int, walker: Walker, clothes: int | None = None) -> list[Tracklet]:
    return [tracklet(track, walker, EVERY[i : i + 30], TIMES, clothes) for i in (0, 30, 60)]


def test_chunks_of_one_track_are_one_person() -> None:
    (person,) = link(chunked(4, LEFT), 90, TIMES)
    assert person.id == "1" and person.present.all() and follows(person, LEFT).all()
    assert np.isnan(person.keypoints2d[:, 33:]).all() and (person.confidence[:, 33:] == 0).all()


def test_nobody() -> None:
    assert link([], 90, TIMES) == []


def test_timestamps_must_fit() -> None:
    with pytest.raises(ValueError, match="90 timestamps"):
        link([], 90, TIMES[:5])


@pytest.mark.parametrize("clothes", [(0, 5), (None, None), (3, 3)], ids=["different", "unknown", "same"])
def test_exchanged_tracks_are_put_right(clothes: tuple[int | None, int | None]) -> None:
    """The tracker took one person for the other when they met in the middle (frame 50): the identities must not."""
    a = [tracklet(0, LEFT, EVERY[:50], TIMES, clothes[0]), tracklet(0, RIGHT, EVERY[50:], TIMES, clothes[1])]
    b = [tracklet(1, RIGHT, EVERY[:50], TIMES, clothes[1]), tracklet(1, LEFT, EVERY[50:], TIMES, clothes[0])]
    people = link(a + b, 90, TIMES)
    assert [p.id for p in people] == ["1", "2"]
    assert follows(people[0], LEFT).all() and follows(people[1], RIGHT).all()


@pytest.mark.parametrize("clothes", [(0, 5), (3, 3)], ids=["different", "same"])
def test_true_crossings_stay(clothes: tuple[int, int]) -> None:
    people = link(chunked(0, LEFT, clothes[0]) + chunked(1, RIGHT, clothes[1]), 90, TIMES)
    assert follows(people[0], LEFT).all() and follows(people[1], RIGHT).all()


def test_short_occlusion_keeps_the_identity() -> None:
    """Behind the other for 0.4 s, then found again under a new number."""
    parts = chunked(0, LEFT, 1)
    parts += [tracklet(1, RIGHT, EVERY[:44], TIMES, 6), tracklet(2, RIGHT, EVERY[56:], TIMES, 6)]
    people = link(parts, 90, TIMES)
    assert len(people) == 2 and follows(people[1], RIGHT).all()
    assert not people[1].present[44:56].any() and people[1].present.sum() == 78


def test_turning_back_behind_another_is_told_by_clothes() -> None:
    """Both stop and turn where they meet: motion says crossing, clothes say otherwise."""
    back = Walker((650 - 2 * 150 * 50 / 30, 200), (150, 0), colour=(0, 0, 255))
    forth = Walker((150 + 2 * 150 * 50 / 30, 200), (-150, 0))
    a = [tracklet(0, LEFT, EVERY[:48], TIMES, 0), tracklet(2, forth, EVERY[53:], TIMES, 0)]
    b = [tracklet(1, RIGHT, EVERY[:48], TIMES, 6), tracklet(3, back, EVERY[53:], TIMES, 6)]
    people = link(a + b, 90, TIMES)
    assert len(people) == 2
    hips = people[0].keypoints2d[:, 23:25].mean(1)
    assert hips[0, 0] < 200 and hips[-1, 0] < 300


def test_different_people_are_not_joined() -> None:
    """One leaves on the right; another, dressed otherwise, comes in on the left."""
    parts = [tracklet(0, Walker((700, 200), (60, 0)), EVERY[:40], TIMES, 0), tracklet(1, LEFT, EVERY[45:], TIMES, 6)]
    assert len(link(parts, 90, TIMES)) == 2


def test_double_tracks_are_one_person() -> None:
    twin = Walker((153, 203), (150, 0))
    people = link([*chunked(0, LEFT), tracklet(1, twin, EVERY[10:60], TIMES)], 90, TIMES)
    assert len(people) == 1 and people[0].present.all()


def test_doubles_complete_each_other() -> None:
    people = link([tracklet(0, LEFT, EVERY[:60], TIMES), tracklet(1, LEFT, EVERY[40:], TIMES)], 90, TIMES)
    assert len(people) == 1 and people[0].present.all() and follows(people[0], LEFT).all()


@pytest.mark.parametrize(
    ("alarm", "kept"),
    [
        (tracklet(1, Walker((600, 100), (0, 0)), EVERY[:5], TIMES), False),  # a flicker
        (tracklet(1, Walker((600, 100), (0, 0)), EVERY, TIMES, presence=0.6), False),  # never sure
        (tracklet(1, Walker((600, 100), (0, 0)), EVERY[:40], TIMES), True),
    ],
)
def test_false_alarms(alarm: Tracklet, kept: bool) -> None:
    assert len(link([*chunked(0, Walker((150, 200), (0, 0))), alarm], 90, TIMES)) == 1 + kept


def test_ids_by_appearance_then_from_the_left() -> None:
    places = {"late": (100, 30), "right": (700, 0), "left": (300, 0)}
    parts = [tracklet(i, Walker((x, 200), (0, 0)), EVERY[f:], TIMES) for i, (x, f) in enumerate(places.values())]
    people = link(parts, 90, TIMES)
    assert [round(float(p.boxes[-1, [0, 2]].mean())) for p in people] == [300, 700, 100]
    assert [p.id for p in people] == ["1", "2", "3"]


def test_people_keeps_the_most_prominent() -> None:
    small, big = Walker((200, 200), (0, 0), size=40), Walker((600, 200), (0, 0), size=120)
    brief = Walker((400, 200), (0, 0), size=130)
    parts = [*chunked(0, small), *chunked(1, big), tracklet(2, brief, EVERY[:30], TIMES)]
    assert len(link(parts, 90, TIMES)) == 3
    (one,) = link(parts, 90, TIMES, people=1)
    assert one.id == "1" and follows(one, big).all()


@pytest.mark.parametrize(
    ("body", "hand", "present"),
    [(6, 0, True), (5, 0, False), (0, 12, True), (5, 11, False)],
)
def test_presence_rule(body: int, hand: int, present: bool) -> None:
    part = tracklet(0, LEFT, EVERY, TIMES)
    part.confidence[:] = 0.0
    part.confidence[:, :body] = 0.5
    part.keypoints2d[:, 54 : 54 + hand] = part.keypoints2d[:, :1]
    part.confidence[:, 54 : 54 + hand] = 0.5
    people = link([part], 90, TIMES)
    assert (len(people) == 1 and people[0].present.all()) if present else not people


def test_points_off_their_course_lose_confidence() -> None:
    part = tracklet(0, LEFT, EVERY, TIMES)
    part.keypoints2d[40, 15] += 40.0
    (person,) = link([part], 90, TIMES)
    assert person.confidence[40, 15] < 0.2
    np.testing.assert_allclose(person.confidence[50:, :33], 0.9, atol=0.01)


def test_a_single_frame_is_a_person() -> None:
    (person,) = link([tracklet(0, LEFT, EVERY[:1], TIMES)], 1, TIMES[:1])
    assert person.present.tolist() == [True]


def test_order_of_tracklets_does_not_matter() -> None:
    parts = chunked(0, LEFT, 0) + chunked(1, RIGHT, 5)
    for a, b in zip(link(parts, 90, TIMES), link(parts[::-1], 90, TIMES), strict=True):
        np.testing.assert_array_equal(a.keypoints2d, b.keypoints2d)
