from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from understudy.core.evaluate.joint_sets import JOINT_SETS
from understudy.core.fit.view import view_rotation
from understudy.core.lift.tracks import Lifted3D, body_landmarks, lift_tracks, published
from understudy.core.skeleton import BODY_JOINTS, KEYPOINT_INDEX, KEYPOINTS, POSE_LANDMARKS
from understudy.core.track.identity import PersonTrack

K = np.array([[1000.0, 0, 639.5], [0, 1000, 359.5], [0, 0, 1]])
H36M = JOINT_SETS["H36M-17"]
LIMBS = tuple(f"{s}_{p}" for s in ("left", "right") for p in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))


def track(frames: int = 3, own: bool = True) -> PersonTrack:
    rng = np.random.default_rng(0)
    points = rng.uniform(300, 900, (frames, len(KEYPOINTS), 2)).astype(np.float32)
    points3d = rng.normal(0, 0.3, (frames, len(KEYPOINTS), 3)).astype(np.float32) if own else np.full(
        (frames, len(KEYPOINTS), 3), np.nan, np.float32
    )  # fmt: skip
    boxes = np.tile(np.array([300, 300, 900, 900], np.float32), (frames, 1))
    return PersonTrack("1", np.ones(frames, bool), boxes, points, np.full(points.shape[:2], 0.9, np.float32), points3d)


def row(name: str) -> int:
    return POSE_LANDMARKS.index(name)


def joints_of(names, frames: int = 3) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 0.4, (frames, len(names), 3))


def test_limbs_take_the_lifters_place_and_the_rest_hangs_on_them():
    person, joints = track(), joints_of(H36M)
    own = person.keypoints3d[:, :33].astype(float)
    got = body_landmarks(H36M, joints, own)
    middle = (joints[:, H36M.index("left_hip")] + joints[:, H36M.index("right_hip")]) / 2
    for name in LIMBS:
        np.testing.assert_allclose(got[:, row(name)], joints[:, H36M.index(name)] - middle, err_msg=name)
    for part, carrier in (("left_heel", "left_ankle"), ("right_index", "right_wrist")):
        wanted = own[:, row(part)] - own[:, row(carrier)]
        np.testing.assert_allclose(got[:, row(part)] - got[:, row(carrier)], wanted, atol=1e-9, err_msg=part)
    shoulders = [row("left_shoulder"), row("right_shoulder")]
    wanted = own[:, row("nose")] - own[:, shoulders].mean(1)
    np.testing.assert_allclose(got[:, row("nose")] - got[:, shoulders].mean(1), wanted, atol=1e-9)


def test_without_3d_of_its_own_face_feet_and_hands_stay_unknown():
    got = body_landmarks(H36M, joints_of(H36M), np.full((3, 33, 3), np.nan))
    known = {POSE_LANDMARKS[j] for j in np.flatnonzero(np.isfinite(got).all((0, 2)))}
    assert known == set(LIMBS)


def test_a_nose_of_the_lifters_own_is_used():
    names = (*LIMBS, "nose")
    joints = joints_of(names)
    got = body_landmarks(names, joints, track().keypoints3d[:, :33].astype(float))
    hips = [row("left_hip"), row("right_hip")]
    middle = joints[:, [names.index("left_hip"), names.index("right_hip")]].mean(1)
    np.testing.assert_allclose(got[:, row("nose")], joints[:, -1] - middle)
    np.testing.assert_allclose(got[:, hips].mean(1), 0, atol=1e-12)


def test_feet_follow_the_balls_of_smpl():
    joints = np.zeros((1, 22, 3))
    for name, place in (("left_knee", (0, 0, 0)), ("left_ankle", (0, 0.4, 0)), ("left_foot", (0, 0.45, -0.15)),
                        ("left_hip", (0.1, -0.4, 0)), ("right_hip", (-0.1, -0.4, 0))):  # fmt: skip
        joints[0, BODY_JOINTS.index(name)] = place
    got = body_landmarks(BODY_JOINTS, joints, np.full((1, 33, 3), np.nan))[0]
    ankle, heel, toe = (got[row(f"left_{part}")] for part in ("ankle", "heel", "foot_index"))
    assert heel[1] > ankle[1] and toe[1] > ankle[1]  # under the ankle: y goes down
    assert toe[2] < ankle[2] < heel[2]  # the toes point to the camera, the heel away
    assert np.linalg.norm(toe - heel) == pytest.approx(0.27, abs=0.03)


def test_the_take_keeps_them_in_the_axes_of_the_view():
    """As landmark networks give theirs, so that the solve need not know the difference."""
    person, joints = track(own=False), joints_of(H36M)
    (got,) = lift_tracks(lambda *_: Lifted3D(H36M, joints, np.ones((3, 17), bool)), [person], np.arange(3) / 30, K)
    hips = person.keypoints2d[:, [KEYPOINT_INDEX["left_hip"], KEYPOINT_INDEX["right_hip"]]].mean(1)
    view = view_rotation(hips.astype(float), K)
    middle = (joints[:, H36M.index("left_hip")] + joints[:, H36M.index("right_hip")]) / 2
    for name in LIMBS:
        in_camera = np.einsum("tij,tj->ti", view, got.keypoints3d[:, KEYPOINT_INDEX[name]])
        np.testing.assert_allclose(in_camera, joints[:, H36M.index(name)] - middle, atol=1e-6)
    np.testing.assert_array_equal(got.keypoints2d, person.keypoints2d)
    assert got.id == "1"


def test_hands_keep_their_own_3d():
    person = track()
    (got,) = lift_tracks(
        lambda *_: Lifted3D(H36M, joints_of(H36M), np.ones((3, 17), bool)), [person], np.arange(3) / 30, K
    )
    np.testing.assert_array_equal(got.keypoints3d[:, 33:], person.keypoints3d[:, 33:])


def test_joints_that_were_not_measured_have_no_3d():
    person = track(own=False)
    knee, ankle = KEYPOINT_INDEX["left_knee"], KEYPOINT_INDEX["left_ankle"]
    person.keypoints2d[1, knee] = np.nan
    person.confidence[:, ankle] = 0
    person.keypoints2d[2], person.confidence[2] = np.nan, 0

    def lift(rays, confidence, timestamps):
        return np.ones((3, 17, 3))

    lifter = published(SimpleNamespace(names_in=H36M, names_out=H36M, lift=lift))
    (got,) = lift_tracks(lifter, [person], np.arange(3) / 30, K)
    known = np.isfinite(got.keypoints3d).all(-1)
    assert known[0, knee] and not known[1, knee] and not known[:, ankle].any() and not known[2].any()
    assert known[:2, KEYPOINT_INDEX["right_knee"]].all()
