from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.fit.rig import BODY, attached, forward
from understudy.core.fit.shape import rig_for
from understudy.core.fit.solve import SolveSettings, solve_take
from understudy.core.fit.unmeasured import complete
from understudy.core.rotation import axis_angle_to_matrix
from understudy.core.skeleton import JOINT_INDEX, KEYPOINT_INDEX, POSE_LANDMARKS, TAKE_JOINTS

LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
FEET = tuple(f"{s}_{p}" for s in ("left", "right") for p in ("heel", "foot_index"))
HANDS = tuple(f"{s}_{p}" for s in ("left", "right") for p in ("index", "pinky", "thumb"))


@pytest.fixture(scope="module")
def rig():
    body = load_free_body()
    return rig_for(body, body.betas_for_height(1.7), 1.7)


def landmarks(rig, pose: dict[str, tuple[float, float, float]], frames: int = 3) -> np.ndarray:
    """(T, 33, 3) of a body whose named joints are turned, upside down as a camera's axes have it."""
    rotations = np.broadcast_to(np.eye(3), (frames, BODY, 3, 3)).copy()
    for name, turn in pose.items():
        rotations[:, JOINT_INDEX[name]] = axis_angle_to_matrix(np.array(turn))
    rotations[:, 0] = np.diag([1.0, -1, -1]) @ rotations[:, 0]
    placed = attached(*forward(rotations, rig.rest[:BODY], np.zeros(3)), rig.rest, rig.landmark_joints,
                      rig.landmark_rest)  # fmt: skip
    points = np.full((frames, len(POSE_LANDMARKS), 3), np.nan)
    points[:, rig.landmarks] = placed
    points[~np.isfinite(points)] = 7.0  # corners of eyes and mouth, which the rig does not have
    return points


def lost(points: np.ndarray, names) -> np.ndarray:
    out = points.copy()
    out[:, [POSE_LANDMARKS.index(name) for name in names]] = np.nan
    return out


def rows(names):
    return [POSE_LANDMARKS.index(name) for name in names]


BENT = {"pelvis": (0.3, 0.8, -0.2), "left_elbow": (0, -0.9, 0), "right_shoulder": (0.2, 0.3, 0.9),
        "left_knee": (0.7, 0, 0)}  # fmt: skip


@pytest.mark.parametrize(
    ("names", "tolerance"),
    [
        (HEAD, 1e-9),
        (FEET, 1e-9),
        (HANDS, 0.012),  # how the arm is turned about itself cannot be told from its joints
        (HEAD + FEET + HANDS, 0.012),
    ],
)
def test_rigid_parts_come_back_where_their_own_joint_is_straight(rig, names, tolerance):
    points = landmarks(rig, BENT)
    got = complete(lost(points, names), rig)
    np.testing.assert_allclose(got, points, atol=tolerance)


def test_a_head_of_which_only_the_nose_is_known_hangs_on_it(rig):
    points = landmarks(rig, BENT)
    points[:, rows(HEAD)] += [0.05, 0.02, -0.1]
    got = complete(lost(points, HEAD[1:]), rig)
    np.testing.assert_allclose(got[:, rows(HEAD)], points[:, rows(HEAD)], atol=1e-9)


def test_hidden_legs_hang_under_the_pelvis(rig):
    legs = tuple(f"{s}_{p}" for s in ("left", "right") for p in ("knee", "ankle"))
    standing = landmarks(rig, {"pelvis": (0, 0.5, 0), "left_elbow": (0, -1, 0)})
    bent = landmarks(rig, {"pelvis": (0, 0.5, 0), "left_elbow": (0, -1, 0), "left_hip": (-1, 0, 0)})
    got = complete(lost(bent, legs + FEET), rig)
    drop = got[:, rows(legs)] - standing[:, rows(legs)]
    # The rest pose's legs are not quite vertical, and hips are marked before their joints.
    assert np.linalg.norm(drop, axis=-1).max() < 0.07
    np.testing.assert_array_equal(got[:, rows(["left_elbow"])], bent[:, rows(["left_elbow"])])


@pytest.mark.parametrize("pose", [BENT, {"pelvis": (0, 2.5, 0)}])
def test_a_hidden_elbow_lies_between_its_neighbours(rig, pose):
    points = landmarks(rig, pose)
    got = complete(lost(points, ["left_elbow"]), rig)[0]
    a, b, c = (got[POSE_LANDMARKS.index(f"left_{part}")] for part in ("shoulder", "elbow", "wrist"))
    assert np.linalg.norm(b - a) + np.linalg.norm(c - b) == pytest.approx(np.linalg.norm(c - a))


@pytest.mark.parametrize("part", ["shoulder", "hip"])
def test_half_a_trunk_tells_the_rest_of_somebody_upright(rig, part):
    points = landmarks(rig, {"pelvis": (0, 0.6, 0)})
    other = "hip" if part == "shoulder" else "shoulder"
    got = complete(lost(points, [f"{s}_{other}" for s in ("left", "right")]), rig)
    np.testing.assert_allclose(got[:, rows(f"{s}_{other}" for s in ("left", "right"))],
                               points[:, rows(f"{s}_{other}" for s in ("left", "right"))], atol=0.02)  # fmt: skip


def test_nothing_known_is_somebody_upright_who_faces_the_camera(rig):
    points = np.full((2, len(POSE_LANDMARKS), 3), np.nan)
    got = complete(points, rig)[0]
    at = {name: got[POSE_LANDMARKS.index(name)] for name in POSE_LANDMARKS}
    assert at["nose"][1] < at["left_hip"][1] < at["left_ankle"][1]  # y goes down
    assert at["left_hip"][0] > at["right_hip"][0]  # the left is on the right of the picture
    assert at["nose"][2] < at["left_ear"][2]  # the face is nearer


def test_what_is_complete_stays_the_same_array(rig):
    points = landmarks(rig, BENT)
    assert complete(points, rig) is points


def limb_errors(shot, track):
    body = load_free_body()
    solved = solve_take([track], shot.timestamps, shot.camera, body, SolveSettings(shot.height)).people[0]
    index = [TAKE_JOINTS.index(f"{s}_{p}") for s in ("left", "right") for p in LIMBS]
    hips = [TAKE_JOINTS.index("left_hip"), TAKE_JOINTS.index("right_hip")]
    got, wanted = (j[:, index] - j[:, hips].mean(1, keepdims=True) for j in (solved.joints_world, shot.joints_world))
    return np.linalg.norm(got - wanted, axis=-1), solved


def changed(shot, change) -> SimpleNamespace:
    track = SimpleNamespace(**vars(shot.track))
    for key in ("keypoints2d", "keypoints3d", "confidence"):
        setattr(track, key, getattr(track, key).copy())
    change(track)
    return track


def test_limbs_are_solved_without_face_feet_and_hands(shoot):
    """What a lifter of Human3.6M's joints gives."""
    shot = shoot()

    def change(track):
        kept = [KEYPOINT_INDEX[f"{s}_{p}"] for s in ("left", "right") for p in LIMBS]
        others = np.setdiff1d(np.arange(75), kept)
        track.keypoints3d[:, others] = np.nan
        track.keypoints2d[:, 33:] = np.nan
        track.confidence[:, 33:] = 0

    whole, _ = limb_errors(shot, shot.track)
    got, solved = limb_errors(shot, changed(shot, change))
    assert got.mean() < whole.mean() + 0.01
    head, chest = (solved.joints_world[:, TAKE_JOINTS.index(name)] for name in ("head", "spine3"))
    assert ((head - chest)[:, 2] > 0.1).all()  # the head is up, not somewhere
    nose, ears = (solved.joints_world[:, TAKE_JOINTS.index(name)] for name in ("nose", "left_ear"))
    true_nose, true_ears = (shot.joints_world[:, TAKE_JOINTS.index(name)] for name in ("nose", "left_ear"))
    assert (np.sum((nose - ears) * (true_nose - true_ears), axis=-1) > 0).all()


def test_half_a_person_is_solved(shoot):
    shot = shoot()

    def change(track):
        legs = [KEYPOINT_INDEX[f"{s}_{p}"] for s in ("left", "right")
                for p in ("knee", "ankle", "heel", "foot_index")]  # fmt: skip
        track.keypoints2d[:, legs] = np.nan
        track.keypoints3d[:, legs] = np.nan
        track.confidence[:, legs] = 0

    track = changed(shot, change)
    got, solved = limb_errors(shot, track)
    assert np.isfinite(solved.joints_world).all()
    arms = got[:, [0, 1, 2, 6, 7, 8]]
    whole = limb_errors(shot, shot.track)[0][:, [0, 1, 2, 6, 7, 8]]
    assert arms.mean() < whole.mean() + 0.03
    knees = solved.joints_confidence[:, [TAKE_JOINTS.index(f"{s}_knee") for s in ("left", "right")]]
    assert not knees.any()
