from __future__ import annotations

import numpy as np
import pytest

from understudy.core.hands.arms import WRISTS, expected_hands, pixels_per_metre
from understudy.core.hands.landmarks import HandLandmarks, crops_from_hands
from understudy.core.hands.ownership import clashes, settle
from understudy.core.pose2d.crops import crop_difference, to_crop
from understudy.core.pose2d.landmarks import BodyLandmarks
from understudy.core.skeleton import KEYPOINT_INDEX, POSE_LANDMARKS

SIZE = (640, 480)


def hand(wrist: tuple[float, float], size: float = 60.0, angle: float = 0.0) -> np.ndarray:
    """(21, 2) an open hand of that length with its fingers up, turned clockwise by ``angle``."""
    points = [(0.0, 0.0), (-0.2, -0.1), (-0.35, -0.25), (-0.4, -0.4), (-0.45, -0.5)]
    points += [(x, -y) for x in (-0.15, 0.0, 0.12, 0.24) for y in (0.5, 0.7, 0.85, 1.0)]
    flat = size * np.array(points)
    cos, sin = np.cos(angle), np.sin(angle)
    return flat @ np.array([[cos, sin], [-sin, cos]]) + wrist


def found(points: list[np.ndarray | None], right: float = 0.5, presence: float = 0.9) -> HandLandmarks:
    result = HandLandmarks.empty(len(points))
    for i, one in enumerate(points):
        if one is not None:
            result.points[i], result.presence[i], result.right[i] = one, presence, right
    return result


def bodies(points: dict[str, tuple[float, float]], metre: float = 200.0) -> BodyLandmarks:
    """Somebody standing at (300, 240) with some landmarks placed; ``metre`` px to the metre."""
    rng = np.random.default_rng(0)
    world = rng.normal(size=(1, 33, 3)) * 0.4
    world[..., 2] = 0
    pixels = world[..., :2] * metre + (300, 240)
    for name, place in points.items():
        pixels[0, KEYPOINT_INDEX[name]] = place
        world[0, KEYPOINT_INDEX[name], :2] = (np.array(place) - (300, 240)) / metre
    return BodyLandmarks(pixels, np.ones((1, 33)), world, np.ones(1), np.zeros((1, 4)))


@pytest.mark.parametrize("angle", [0.0, 1.0, np.pi, -2.0])
def test_crop_turns_with_the_hand_and_holds_it(angle: float) -> None:
    points = hand((200, 150), angle=angle)[None]
    crop = crops_from_hands(points)
    assert np.cos(crop[0, 3] - angle) > 0.98
    local = to_crop(points, crop, 1)[0]
    assert (local > 0.05).all() and (local < 0.95).all(), "some of the hand is at the crop's rim"
    assert local[12, 1] < 0.4 < local[0, 1], "fingers are not up"


def test_crop_is_independent_of_place_and_size() -> None:
    a, b = crops_from_hands(hand((0, 0))[None]), crops_from_hands(hand((500, 90), 120.0)[None])
    np.testing.assert_allclose((b - a * [2, 2, 2, 1])[0], [500, 90, 0, 0], atol=1e-9)


def test_metre_in_pixels() -> None:
    assert pixels_per_metre(bodies({}, 137.0))[0] == pytest.approx(137.0, rel=1e-6)


def test_arms_point_to_their_hands() -> None:
    """The forearm runs to the right and the knuckles go on that way: the crop lies beyond the wrist, turned right."""
    arm = {"left_elbow": (300, 200), "left_wrist": (360, 200), "left_index": (378, 198), "left_pinky": (378, 204)}
    crops, seen = expected_hands(bodies(arm), SIZE)
    assert seen[0, 0]
    assert crops[0, 0, 0] > 365 and abs(crops[0, 0, 1] - 200) < 3
    assert crops[0, 0, 3] == pytest.approx(np.pi / 2, abs=0.1)
    assert 0.2 * 200 < crops[0, 0, 2] < 0.3 * 200
    assert POSE_LANDMARKS[WRISTS[0]] == "left_wrist" and POSE_LANDMARKS[WRISTS[1]] == "right_wrist"


@pytest.mark.parametrize(
    ("wrist", "seen"), [((320, 240), True), ((320, 470), True), ((320, 700), False), ((-90, 9), False)]
)
def test_hands_outside_the_picture_are_not_tried(wrist: tuple[float, float], seen: bool) -> None:
    x, y = wrist
    arm = {"right_elbow": (x, y - 50), "right_wrist": wrist, "right_index": (x, y + 15), "right_pinky": (x, y + 15)}
    assert expected_hands(bodies(arm), SIZE)[1][0, 1] == seen


APART = np.array([[[100.0, 300.0], [400.0, 300.0]]])


@pytest.mark.parametrize(
    ("place", "left_is_right", "right_is_right", "loser"),
    [
        ((105, 300), 0.5, 0.5, 1),  # at the left arm's wrist
        ((395, 300), 0.5, 0.5, 0),  # at the right arm's
        ((250, 300), 0.1, 0.1, 1),  # between both: what the network says
        ((250, 300), 0.9, 0.9, 0),
    ],
)
def test_one_hand_goes_to_one_arm(
    place: tuple[float, float], left_is_right: float, right_is_right: float, loser: int
) -> None:
    left, right = found([hand(place)], left_is_right), found([hand(place) + 2], right_is_right)
    assert clashes(left, right, APART).tolist() == [loser]


def test_two_hands_do_not_clash() -> None:
    assert clashes(found([hand((100, 300))]), found([hand((400, 300))]), APART).tolist() == [-1]
    assert clashes(found([hand((100, 300))]), found([None]), APART).tolist() == [-1]


def test_settling_drops_what_is_not_the_arms() -> None:
    wrists = np.repeat(APART, 3, 0)
    left = found([hand((102, 300)), hand((330, 300)), None])  # its own, one far off, none
    right = found([hand((104, 301)), hand((401, 300)), hand((400, 300))])  # the left hand, its own, its own
    settle(left, right, wrists)
    assert (left.presence > 0).tolist() == [True, False, False]
    assert (right.presence > 0).tolist() == [False, True, True]
    assert np.isnan(left.points[1]).all() and np.isnan(right.world[0]).all()


def test_blurred_hands_count_beside_sure_ones() -> None:
    n = 9
    wrists = np.repeat(APART, n, 0)
    left = found([hand((102, 300))] * n)
    left.presence[:] = [0.9, 0.35, 0.3, 0.35, 0.35, 0.35, 0.1, 0.35, 0.9]
    settle(left, found([None] * n), wrists)
    assert (left.presence > 0).tolist() == [True, True, True, False, False, False, False, True, True]


def test_take_and_put_move_whole_answers() -> None:
    hands = found([hand((1, 2)), None])
    hands.put(np.array([1]), hands.take(np.array([0])))
    np.testing.assert_array_equal(hands.points[0], hands.points[1])
    assert hands.presence[1] == hands.presence[0]
    assert crop_difference(hands.crops[:1], hands.crops[1:]).shape == (1,)
