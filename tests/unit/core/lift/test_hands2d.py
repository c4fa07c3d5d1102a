"""Hands of the free body before a camera, lifted from their pictures and compared with the truth."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.fit.hands import finger_pose, palms, rest_fingers
from understudy.core.fit.shape import rig_for
from understudy.core.lift.hands2d import cheapest_path, lift_hand, lift_hands
from understudy.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle, rotation_between
from understudy.core.skeleton import HAND_LANDMARKS, JOINT_INDEX, KEYPOINTS, LEFT_HAND_KEYPOINTS, TAKE_JOINTS
from understudy.core.track.identity import PersonTrack

FOCAL, CENTRE = 1000.0, np.array([639.5, 359.5])
K = np.array([[FOCAL, 0, CENTRE[0]], [0, FOCAL, CENTRE[1]], [0, 0, 1]])


@dataclass
class Hand:
    """pixels (T, 21, 2); points (T, 21, 3) from the wrist and forearm (T, 3), in the view on the hand; times (T,)."""

    pixels: np.ndarray
    points: np.ndarray
    forearm: np.ndarray
    times: np.ndarray
    joints: np.ndarray


@pytest.fixture(scope="module")
def rig():
    body = load_free_body()
    return rig_for(body, body.betas_for_height(1.7), 1.7)


def film(seed: int, side: str, frames: int = 60, noise: float = 0.0) -> Hand:
    """A hand at 4 m, about 31 px large: the arm sways, the wrist turns, every finger closes and opens on its own."""
    rng = np.random.default_rng(seed)
    body, t = load_free_body(), np.arange(frames) / 30
    pose, sign = np.zeros((frames, 52, 3)), 1 if side == "left" else -1
    facing = axis_angle_to_matrix(np.array([0, rng.uniform(-1, 1), 0]))
    pose[:, 0] = matrix_to_axis_angle(axis_angle_to_matrix(np.array([np.pi, 0, 0])) @ facing)
    shoulder, elbow, wrist = (JOINT_INDEX[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist"))
    pose[:, shoulder, 2] = sign * (-0.6 + 0.3 * np.sin(2 * t + rng.uniform(0, 6)))
    pose[:, shoulder, 1] = -sign * rng.uniform(0, 0.8)
    pose[:, elbow, 1] = -sign * (1.2 + 0.5 * np.sin(3 * t + rng.uniform(0, 6)))
    pose[:, wrist] = np.stack([rng.uniform(-1.2, 1.2) + 0.4 * np.sin(2 * t), 0.2 * np.sin(3 * t),
                               rng.uniform(-0.5, 0.5) + 0.3 * np.sin(2 * t)], axis=-1)  # fmt: skip
    for finger in ("index", "middle", "ring", "pinky"):
        curl = 0.6 + 0.5 * np.sin(np.pi * t + rng.uniform(0, 6))
        for segment, share in ((1, 1.0), (2, 1.1), (3, 0.7)):
            pose[:, JOINT_INDEX[f"{side}_{finger}{segment}"], 2] = -sign * share * curl
    joints = body.points(body.betas_for_height(1.7), pose, np.tile([0.0, 0, 4.0], (frames, 1)))
    names = [f"{side}_wrist"]
    names += [f"{side}_{f}{p}" for f in ("thumb", "index", "middle", "ring", "pinky") for p in ("1", "2", "3", "_tip")]
    hand = joints[:, [TAKE_JOINTS.index(name) for name in names]]
    pixels = FOCAL * hand[..., :2] / hand[..., 2:] + CENTRE + rng.normal(0, noise, (frames, 21, 2))
    ray = np.concatenate([(pixels.mean(1) - CENTRE) / FOCAL, np.ones((frames, 1))], axis=1)
    view = rotation_between(np.broadcast_to([0.0, 0, 1], ray.shape), ray)
    forearm = hand[:, 0] - joints[:, TAKE_JOINTS.index(f"{side}_elbow")]
    return Hand(pixels, (hand - hand[:, :1]) @ view, (forearm[:, None] @ view)[:, 0], t, joints)


def error(got: np.ndarray, hand: Hand) -> float:
    return float(np.linalg.norm(got - hand.points, axis=-1).mean())


@pytest.mark.parametrize(("noise", "limit"), [(0.0, 0.004), (0.5, 0.009), (1.0, 0.017)])
def test_hands_come_back_from_their_pictures(rig, noise, limit):
    errors = []
    for seed in range(12):
        side = ("left", "right")[seed % 2]
        hand = film(seed, side, noise=noise)
        errors.append(error(lift_hand(hand.pixels, hand.forearm, rest_fingers(rig, side), hand.times), hand))
    assert np.mean(errors) < limit
    assert max(errors) < 2.5 * limit  # no hand turned inside out


def test_palm_and_fingers_are_posed_as_they_were(rig):
    hand = film(3, "right")
    got = lift_hand(hand.pixels, hand.forearm, rest_fingers(rig, "right"), hand.times)
    palm, true_palm = palms(got, rig, "right"), palms(hand.points, rig, "right")
    fingers = finger_pose(got, palm, rig, "right")
    true_fingers = finger_pose(hand.points, true_palm, rig, "right")
    for a, b, limit in ((palm, true_palm, 4), (fingers, true_fingers, 5)):
        turn = np.linalg.norm(matrix_to_axis_angle(np.swapaxes(a, -1, -2) @ b), axis=-1)
        assert np.degrees(turn.mean()) < limit


def test_the_forearm_tells_the_palm_from_its_reversal(rig):
    """A flat stiff hand in one frame: only the arm knows whether it points to the camera or away."""
    hand = film(1, "left", frames=1)
    rest = rest_fingers(rig, "left")
    straight = rest["middle"][0] / np.linalg.norm(rest["middle"][0])
    for tilt in (0.7, -0.7):
        turn = axis_angle_to_matrix(np.array([0.0, tilt, 0.0]))
        names = ("thumb", "index", "middle", "ring", "pinky")
        flat = np.concatenate([np.zeros((1, 3)), *(rest[finger] for finger in names)]) @ turn.T
        pixels = (250 * flat[:, :2])[None]
        got = lift_hand(pixels, (turn @ straight)[None], rest, np.zeros(1))
        assert np.sign(got[0, 9, 2]) == np.sign((turn @ straight)[2]) != 0
    assert hand.pixels.shape == (1, 21, 2)


def test_what_is_not_seen(rig):
    hand = film(2, "left")
    rest = rest_fingers(rig, "left")
    tip, knuckle = HAND_LANDMARKS.index("index_tip"), HAND_LANDMARKS.index("ring_mcp")
    hand.pixels[10:20, tip] = np.nan
    hand.pixels[30:35, knuckle] = np.nan
    got = lift_hand(hand.pixels, hand.forearm, rest, hand.times)
    assert np.isnan(got[30:35]).all() and np.isfinite(np.delete(got, range(30, 35), axis=0)).all()
    others = np.delete(np.arange(21), tip)
    kept = np.delete(np.arange(60), range(30, 35))
    apart = np.linalg.norm(got[kept][:, others] - hand.points[kept][:, others], axis=-1)
    assert apart.mean() < 0.006
    assert np.isnan(lift_hand(np.full((2, 21, 2), np.nan), np.zeros((2, 3)), rest, np.arange(2) / 30)).all()


def test_an_unknown_forearm_is_no_obstacle(rig):
    hand = film(4, "left")
    got = lift_hand(hand.pixels, np.full((60, 3), np.nan), rest_fingers(rig, "left"), hand.times)
    assert np.isfinite(got).all()


def test_the_cheapest_path_is_the_best_of_all():
    rng = np.random.default_rng(0)
    for _ in range(20):
        cost, step = rng.random((5, 3)), rng.random((4, 3, 3))

        def total(path, cost=cost, step=step):
            return cost[range(5), path].sum() + sum(step[t, path[t], path[t + 1]] for t in range(4))

        best = min(itertools.product(range(3), repeat=5), key=lambda path: total(list(path)))
        assert cheapest_path(cost, step).tolist() == list(best)
    assert cheapest_path(np.array([[3.0, 1.0]]), np.zeros((0, 2, 2))).tolist() == [1]


def test_tracks_get_the_hands_they_lack():
    hand = film(5, "left")
    frames = len(hand.times)
    points = np.full((frames, len(KEYPOINTS), 2), np.nan, np.float32)
    points3d = np.full((frames, len(KEYPOINTS), 3), np.nan, np.float32)
    points[:, LEFT_HAND_KEYPOINTS] = hand.pixels
    for name in ("left_shoulder", "right_shoulder", "left_elbow", "left_wrist", "left_hip", "right_hip"):
        place = hand.joints[:, TAKE_JOINTS.index(name)]
        points[:, KEYPOINTS.index(name)] = FOCAL * place[:, :2] / place[:, 2:] + CENTRE
        points3d[:, KEYPOINTS.index(name)] = place - hand.joints[:, 0]
    confidence = np.isfinite(points).all(-1).astype(np.float32)
    boxes = np.tile(np.array([200, 100, 900, 700], np.float32), (frames, 1))
    track = PersonTrack("1", np.ones(frames, bool), boxes, points, confidence, points3d)
    (got,) = lift_hands([track], hand.times, K)
    assert np.linalg.norm(got.keypoints3d[:, LEFT_HAND_KEYPOINTS] - hand.points, axis=-1).mean() < 0.006
    assert np.isnan(got.keypoints3d[:, 54:]).all()
    (again,) = lift_hands([got], hand.times, K)
    np.testing.assert_array_equal(again.keypoints3d, got.keypoints3d)
    own = np.array(got.keypoints3d)
    own[:, LEFT_HAND_KEYPOINTS] = 0.5  # a network's own: it stays
    (kept,) = lift_hands([PersonTrack("1", track.present, boxes, points, confidence, own)], hand.times, K)
    assert (kept.keypoints3d[:, LEFT_HAND_KEYPOINTS] == 0.5).all()
