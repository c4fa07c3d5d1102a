"""The whole solve against exact truth, clean and with the networks' kinds of errors."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body, load_free_hand
from understudy.core.fit.root import project
from understudy.core.fit.solve import SolveSettings, solve_take
from understudy.core.skeleton import JOINT_INDEX, KEYPOINT_INDEX, LIMB_JOINTS
from understudy.core.take import ManoMotion, SmplMotion

LIMBS = [JOINT_INDEX[name] for name in LIMB_JOINTS]
HEELS = slice(0, 4)


def solve(*shots, height=1.70):
    return solve_take(
        [s.track for s in shots], shots[0].timestamps, shots[0].camera, load_free_body(), SolveSettings(height)
    )


def in_camera(solution, person=0):
    world = solution.world_from_camera.astype(float)
    return (solution.people[person].joints_world - world[:3, 3]) @ world[:3, :3]


def limb_error(solution, shot, person=0):
    """Mean error (m) of the limb joints relative to the pelvis, camera axes."""
    solved, truth = in_camera(solution, person), shot.joints_camera
    return np.linalg.norm((solved - solved[:, :1] - truth + truth[:, :1])[:, LIMBS], axis=-1).mean()


@pytest.mark.parametrize("facing", [0.3, 1.6, 3.1, -1.2])
def test_clean_landmarks_give_the_truth_back(shoot, facing):
    shot = shoot(facing=facing)
    solution = solve(shot)
    assert limb_error(solution, shot) < 0.007
    assert np.abs(in_camera(solution)[:, 0] - shot.joints_camera[:, 0]).max() < 0.02
    wrist = JOINT_INDEX["left_wrist"]
    fingers = slice(22, 37)
    solved, truth = in_camera(solution), shot.joints_camera
    error = (solved[:, fingers] - solved[:, [wrist]]) - (truth[:, fingers] - truth[:, [wrist]])
    assert np.linalg.norm(error, axis=-1).mean() < 0.008


def test_noisy_landmarks_stay_on_the_picture_and_near_the_truth(shoot):
    shot = shoot(pixel_noise=3.0, depth_noise=0.04)
    solution = solve(shot)
    assert limb_error(solution, shot) < 0.055
    assert np.abs(in_camera(solution)[:, 0, 2] - shot.joints_camera[:, 0, 2]).mean() < 0.09  # of 4.5 m
    pixels = project(in_camera(solution), shot.camera)[:, LIMBS]
    side = (shot.track.boxes[:, 3] - shot.track.boxes[:, 1])[:, None]
    keypoints = shot.track.keypoints2d[:, [KEYPOINT_INDEX[n] for n in LIMB_JOINTS]]
    assert np.median(np.linalg.norm(pixels - keypoints, axis=-1) / side) < 0.02


def test_smoother_than_its_measurements(shoot):
    shot = shoot(pixel_noise=3.0, depth_noise=0.04)
    solution = solve(shot)
    solved = np.linalg.norm(np.diff(solution.people[0].joints_world[:, LIMBS], 2, axis=0), axis=-1).mean()
    rows = [KEYPOINT_INDEX[name] for name in LIMB_JOINTS]
    measured = np.linalg.norm(np.diff(shot.track.keypoints3d[:, rows], 2, axis=0), axis=-1).mean()
    assert solved < 0.3 * measured


def test_bone_lengths_are_the_persons_not_the_frames(shoot):
    solution = solve(shoot(pixel_noise=4.0, depth_noise=0.05))
    joints = solution.people[0].joints_world
    for a, b in (("left_hip", "left_knee"), ("right_elbow", "right_wrist"), ("pelvis", "spine1")):
        length = np.linalg.norm(joints[:, JOINT_INDEX[a]] - joints[:, JOINT_INDEX[b]], axis=-1)
        assert np.ptp(length) < 1e-4


def test_stature_is_the_given_height(shoot):
    body = load_free_body()
    solution = solve(shoot(), height=1.83)
    assert body.stature(solution.people[0].smpl.betas) == pytest.approx(1.83, abs=1e-3)
    # Everything scales: a taller person of the same picture stands farther away.
    assert in_camera(solution)[:, 0, 2].mean() / in_camera(solve(shoot()))[:, 0, 2].mean() == pytest.approx(
        1.83 / 1.7, rel=0.02
    )


@pytest.mark.parametrize(
    ("pitch", "roll", "camera_height"),
    [(0.15, 0.0, 1.4), (0.0, 0.0, 1.0), (0.35, 0.1, 2.2)],
)
def test_gravity_floor_and_world_axes(shoot, tilted_camera, pitch, roll, camera_height):
    shot = shoot(camera=tilted_camera(pitch, roll, camera_height), place=(0.3, 4.0))
    solution = solve(shot)
    world = solution.world_from_camera.astype(float)
    np.testing.assert_allclose(world[:3, :3] @ world[:3, :3].T, np.eye(3), atol=1e-5)
    np.testing.assert_allclose(world[:2, 3], 0, atol=1e-6)  # the origin is under the camera
    forwards = world[:3, :3] @ [0, 0, 1]
    assert abs(forwards[0]) < 1e-5 and forwards[1] > 0.5  # +Y is its view
    up_error = np.degrees(np.arccos(world[2, :3] @ shot.world_from_camera[2, :3]))
    assert up_error < 3.5
    feet = solution.people[0].joints_world[:, [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]], 2]
    truth = shot.joints_world[:, [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]], 2]
    assert np.abs(feet.min(1) - truth.min(1)).max() < 0.04
    assert not solution.warnings


def test_standing_feet_are_in_contact_and_stepping_ones_are_not(shoot):
    shot = shoot(frames=75)
    contacts = solve(shot).people[0].contacts
    height = shot.joints_world[:, [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]], 2]
    lifted = height > height.min() + 0.08
    balls = contacts[:, [1, 3]]
    assert contacts.shape == (75, 6) and contacts.min() >= 0 and contacts.max() <= 1
    assert lifted.any() and balls[lifted].max() < 0.2
    standing = height < height.min() + 0.01
    assert np.median(balls[standing]) > 0.4


def test_feet_that_stand_hardly_slide(shoot):
    shot = shoot(frames=90, pixel_noise=1.0, depth_noise=0.02)
    feet = [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]]

    def speed(joints):
        return np.linalg.norm(np.gradient(joints[:, feet].astype(float), shot.timestamps, axis=0), axis=-1)

    standing = speed(shot.joints_world) < 0.05
    solved = np.median(speed(solve(shot).people[0].joints_world)[standing])
    # The network's own feet tremble several times as much.
    rows = [KEYPOINT_INDEX["left_foot_index"], KEYPOINT_INDEX["right_foot_index"]]
    measured = np.linalg.norm(np.gradient(shot.track.keypoints3d[:, rows], shot.timestamps, axis=0), axis=-1)
    assert solved < 0.1
    assert solved < 0.4 * np.median(measured[standing])


def test_seen_from_the_waist_up(shoot):
    shot = shoot(pixel_noise=1.0, depth_noise=0.01, place=(0.0, 2.5))
    legs = [i for name, i in KEYPOINT_INDEX.items() if any(p in name for p in ("knee", "ankle", "heel", "foot"))]
    shot.track.confidence[:, legs] = 0.05
    shot.track.keypoints3d[:, legs] = np.random.default_rng(1).normal(0, 0.3, (40, len(legs), 3))  # the network's fancy
    solution = solve(shot)
    person = solution.people[0]
    assert len(solution.warnings) == 1 and "1.70 m" in solution.warnings[0]
    knees, ankles = (
        person.joints_world[:, [JOINT_INDEX[f"{s}_{p}"] for s in ("left", "right")]] for p in ("knee", "ankle")
    )
    shin = knees - ankles
    assert (shin[..., 2] / np.linalg.norm(shin, axis=-1)).min() > 0.97  # legs hang straight down
    assert np.median(person.joints_world[:, JOINT_INDEX["left_foot"], 2]) == pytest.approx(0.03, abs=0.03)
    assert person.joints_confidence[:, JOINT_INDEX["left_knee"]].max() < 0.1
    assert person.contacts[:, HEELS].max() == 0


def test_gaps_are_solved_through_with_no_confidence(shoot):
    shot = shoot(frames=60)
    gap = slice(20, 35)
    for array in (shot.track.keypoints2d, shot.track.keypoints3d, shot.track.boxes):
        array[gap] = np.nan
    shot.track.confidence[gap] = 0
    shot.track.present[gap] = False
    solution = solve(shot)
    person = solution.people[0]
    assert np.isfinite(person.joints_world).all()
    assert person.joints_confidence[gap].max() == 0
    step = np.linalg.norm(np.diff(person.joints_world[:, :22], axis=0), axis=-1)
    assert step.max() < 0.08  # no jump into, inside or out of the gap
    assert limb_error(solution, shot) < 0.05


def test_one_frame(shoot):
    shot = shoot(frames=1)
    solution = solve(shot)
    assert limb_error(solution, shot) < 0.007
    assert solution.people[0].contacts.shape == (1, 6)


def test_variable_rate(shoot):
    shot = shoot(frames=90, fps=60.0, pixel_noise=2.0)
    kept = np.sort(np.random.default_rng(0).choice(90, 50, replace=False))
    for name in ("present", "boxes", "keypoints2d", "confidence", "keypoints3d"):
        setattr(shot.track, name, getattr(shot.track, name)[kept])
    solution = solve_take([shot.track], shot.timestamps[kept], shot.camera, load_free_body(), SolveSettings(1.7))
    solved, truth = in_camera(solution), shot.joints_camera[kept]
    error = np.linalg.norm((solved - solved[:, :1] - truth + truth[:, :1])[:, LIMBS], axis=-1)
    assert error.mean() < 0.02


def test_a_short_exchange_of_sides_is_undone(shoot):
    clean, spoilt = shoot(pixel_noise=1.0), shoot(pixel_noise=1.0)
    mirrored = [
        KEYPOINT_INDEX[n.replace("left", "*").replace("right", "left").replace("*", "right")] for n in KEYPOINT_INDEX
    ]
    for name in ("keypoints2d", "keypoints3d", "confidence"):
        array = getattr(spoilt.track, name)
        array[12:20] = array[12:20][:, mirrored]
    assert limb_error(solve(spoilt), clean) < 0.02


def test_hand_lost_for_half_of_the_clip_is_let_go(shoot):
    shot = shoot(frames=60)
    left = slice(33, 54)
    shot.track.keypoints2d[30:, left] = np.nan
    shot.track.keypoints3d[30:, left] = np.nan
    shot.track.confidence[30:, left] = 0
    wrist = KEYPOINT_INDEX["left_wrist"]
    shot.track.confidence[30:50, wrist] = 0.8  # the hand is folded away, then its whole arm is out of sight
    shot.track.confidence[50:, wrist] = 0
    person = solve(shot).people[0]
    pose = person.smpl.left_hand_pose
    assert np.isfinite(pose).all()
    assert np.abs(pose[55:] - pose[59]).max() < 0.02  # at rest by then
    assert np.linalg.norm(np.diff(pose, axis=0), axis=-1).max() < 0.35  # and no jump
    assert person.left_hand.score[10] == pytest.approx(0.95) and person.left_hand.score[55] == 0
    assert person.left_hand.score[40] == pytest.approx(0.8)  # a hand is there wherever its wrist is
    assert person.joints_confidence[40, JOINT_INDEX["left_index2"]] == 0


def test_mano_wrist_is_the_bodys_wrist(shoot):
    person = solve(shoot()).people[0]
    for side, hand in (("left", person.left_hand), ("right", person.right_hand)):
        model = load_free_hand(side)
        pose = np.concatenate([hand.global_orient[:, None], hand.hand_pose], axis=1)
        _, joints, _ = model.forward(hand.betas, pose, hand.transl)
        wrist = person.joints_world[:, JOINT_INDEX[f"{side}_wrist"]]
        np.testing.assert_allclose(joints[:, 0], wrist, atol=1e-4)
        knuckle = person.joints_world[:, JOINT_INDEX[f"{side}_middle1"]]
        direction = joints[:, 4] - joints[:, 0]
        cosine = (direction * (knuckle - wrist)).sum(-1) / np.linalg.norm(direction, axis=-1)
        assert (cosine / np.linalg.norm(knuckle - wrist, axis=-1)).min() > 0.97


def test_parameters_reproduce_the_joints(shoot):
    person = solve(shoot(frames=10)).people[0]
    assert isinstance(person.smpl, SmplMotion) and isinstance(person.left_hand, ManoMotion)
    smpl = person.smpl
    pose = np.concatenate(
        [smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], axis=1
    )
    joints = load_free_body().points(smpl.betas, pose, smpl.transl)
    np.testing.assert_allclose(joints, person.joints_world, atol=1e-4)


def test_two_people_share_a_world_and_keep_their_distance(shoot):
    near = shoot(height=1.65, place=(-0.8, 4.0), facing=0.5, person="1", pixel_noise=2.0, depth_noise=0.03)
    far = shoot(height=1.82, place=(0.9, 5.2), facing=-0.4, person="2", pixel_noise=2.0, depth_noise=0.03, seed=1)
    solution = solve(near, far, height={"1": 1.65, "2": 1.82})
    solved = solution.people[0].joints_world[:, 0] - solution.people[1].joints_world[:, 0]
    truth = near.joints_world[:, 0] - far.joints_world[:, 0]
    ratio = np.median(np.linalg.norm(solved, axis=-1) / np.linalg.norm(truth, axis=-1))
    assert ratio == pytest.approx(1, abs=0.1)
    assert [p.height for p in solution.people] == [1.65, 1.82]
    for person in solution.people:  # both on the one floor
        feet = person.joints_world[:, [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]], 2].min(1)
        assert np.median(feet) == pytest.approx(0.03, abs=0.04)


def test_nobody() -> None:
    solution = solve_take([], np.arange(3) / 30, np.eye(3), load_free_body(), SolveSettings())
    assert solution.people == ()
