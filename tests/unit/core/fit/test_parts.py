"""Parts of the solve against independent references: finite differences, scipy, the body model, hand-made geometry."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.body.numpy_model import forward_kinematics, load_free_body
from understudy.core.fit.blocks import BODY_BLOCKS
from understudy.core.fit.floor import floor_level, world_from_camera
from understudy.core.fit.hands import finger_pose, palms, relaxed_pose
from understudy.core.fit.ik import KNEE_AXIS, hinge_axis, limit_rotation, twist_about, within
from understudy.core.fit.observation import exchanged_frames
from understudy.core.fit.rig import BODY, attached, forward, to_local
from understudy.core.fit.root import locate, project, to_rays
from understudy.core.fit.shape import heights_for, rig_for
from understudy.core.fit.solve import SolveSettings, solve_take
from understudy.core.fit.terms import landmark_spread
from understudy.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from understudy.core.skeleton import HAND_LANDMARKS, JOINT_INDEX, POSE_LANDMARKS, SMPLH_PARENTS, TAKE_JOINTS

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def rig():
    body = load_free_body()
    return rig_for(body, body.betas_for_height(1.7), 1.7)


def random_rotations(*shape: int, size: float = 0.5) -> np.ndarray:
    return axis_angle_to_matrix(RANDOM.normal(0, size, (*shape, 3)))


def test_forward_agrees_with_the_body_model_and_to_local_inverts_it(rig) -> None:
    local = random_rotations(4, 52)
    turned, placed = forward(local, rig.rest, np.zeros(3))
    expected_turned, expected_placed = forward_kinematics(local, rig.rest, np.array(SMPLH_PARENTS))
    np.testing.assert_allclose(turned, expected_turned, atol=1e-12)
    np.testing.assert_allclose(placed, expected_placed, atol=1e-12)
    np.testing.assert_allclose(to_local(turned), local, atol=1e-12)


def test_landmark_jacobian_agrees_with_finite_differences(rig) -> None:
    rotations, step = random_rotations(2, BODY, size=0.4), 1e-5
    turned, placed = forward(rotations, rig.rest[:BODY], np.zeros(3))

    def points(local):
        return attached(*forward(local, rig.rest[:BODY], np.zeros(3)), rig.rest, rig.landmark_joints, rig.landmark_rest)

    jacobian = BODY_BLOCKS.jacobian(turned, placed, points(rotations), rig.landmark_joints)
    np.testing.assert_array_equal(jacobian[..., :3], np.broadcast_to(np.eye(3), (*jacobian.shape[:3], 3)))
    for block, names in enumerate(BODY_BLOCKS.names):
        for axis in range(3):
            moved = rotations.copy()
            for name in names:
                moved[:, JOINT_INDEX[name]] = moved[:, JOINT_INDEX[name]] @ axis_angle_to_matrix(step * np.eye(3)[axis])
            expected = (points(moved) - points(rotations)) / step
            np.testing.assert_allclose(jacobian[..., 3 + 3 * block + axis], expected, atol=1e-4)


def test_root_is_found_and_an_outlier_is_dropped() -> None:
    camera = np.array([[900.0, 0, 480], [0, 900, 270], [0, 0, 1]])
    points = RANDOM.normal(0, 0.4, (5, 20, 3))
    truth = np.array([0.5, -0.2, 4.0]) + RANDOM.normal(0, 0.3, (5, 3))
    pixels = project(points + truth[:, None], camera)
    rays = to_rays(pixels, camera)
    weights, scale = np.ones((5, 20)), np.full(5, 0.01)
    np.testing.assert_allclose(locate(points, rays, weights, scale), truth, atol=1e-4)
    rays[:, 3] += 0.2
    rays[:, 4] = np.nan
    np.testing.assert_allclose(locate(points, rays, weights, scale, rounds=12), truth, atol=0.05)


def test_twist_and_limit_against_scipy() -> None:
    axis = np.array([0.6, 0, 0.8])
    angle = RANDOM.uniform(-3, 3, 50)
    swing = Rotation.from_rotvec(np.cross(axis, RANDOM.normal(0, 1, (50, 3))) * 0.5)
    turn = (swing * Rotation.from_rotvec(angle[:, None] * axis)).as_matrix()
    np.testing.assert_allclose(twist_about(turn, axis), angle, atol=1e-6)
    limited = limit_rotation(np.eye(3), turn, 0.7)
    angles = np.linalg.norm(matrix_to_axis_angle(limited), axis=-1)
    np.testing.assert_allclose(angles, np.minimum(np.linalg.norm(matrix_to_axis_angle(turn), axis=-1), 0.7), atol=1e-9)


@pytest.mark.parametrize(
    ("bend", "expected"),
    [
        (1.2, KNEE_AXIS),  # clearly bent: the plane of the limb
        (0.0, KNEE_AXIS),  # straight: the axis carried along
        (-0.3, KNEE_AXIS),  # bent the way no knee bends: an error of depth, not another axis
    ],
)
def test_hinge_axis_of_a_knee(bend: float, expected: np.ndarray) -> None:
    thigh = np.array([[0.0, -1, 0]])
    shin = np.array([[0.0, -np.cos(bend), -np.sin(bend)]])
    np.testing.assert_allclose(hinge_axis(thigh, shin, KNEE_AXIS[None])[0], expected, atol=1e-6)


def hand_points(pose: np.ndarray, rig, side: str, palm: np.ndarray) -> np.ndarray:
    """The 21 landmarks of a posed hand of the free body, (T, 21, 3)."""
    body = load_free_body()
    full = np.zeros((len(pose), 52, 3))
    first = JOINT_INDEX[f"{side}_index1"]
    full[:, first : first + 15] = pose
    joints = body.points(body.betas_for_height(1.7), full, np.zeros((len(pose), 3)))
    names = [f"{side}_wrist"]
    for name in HAND_LANDMARKS[1:]:
        finger, part = name.split("_")
        order = ("cmc", "mcp", "ip") if finger == "thumb" else ("mcp", "pip", "dip")
        names.append(f"{side}_{finger}_tip" if part == "tip" else f"{side}_{finger}{order.index(part) + 1}")
    return joints[:, [TAKE_JOINTS.index(n) for n in names]] @ palm.T


@pytest.mark.parametrize("side", ["left", "right"])
def test_fingers_are_found_in_any_orientation(rig, side: str) -> None:
    palm = axis_angle_to_matrix(np.array([0.5, -1.0, 0.3]))
    truth = matrix_to_axis_angle(relaxed_pose(rig, side))[None]
    points = hand_points(truth, rig, side, palm)
    found = palms(points, rig, side)
    assert np.linalg.norm(matrix_to_axis_angle(found[0].T @ palm)) < 0.02
    solved = matrix_to_axis_angle(finger_pose(points, found, rig, side))
    again = hand_points(solved, rig, side, palm)
    assert np.linalg.norm(again - points, axis=-1).mean() < 0.004


@pytest.mark.parametrize("side", ["left", "right"])
def test_fingers_do_what_fingers_can_do(rig, side: str) -> None:
    points = RANDOM.normal(0, 0.05, (200, 21, 3))  # nonsense
    palm = random_rotations(200, size=2.0)
    angles = np.linalg.norm(matrix_to_axis_angle(finger_pose(points, palm, rig, side)), axis=-1)
    assert np.isfinite(angles).all()
    assert angles[:, [1, 4, 7, 10]].max() < 2.0  # middle hinges
    assert angles[:, [2, 5, 8, 11]].max() < 1.45  # end hinges
    assert angles[:, 12].max() < 1.6  # root of the thumb
    # A finger bent backwards is straightened: the hinge never turns against the palm.
    straight = hand_points(np.zeros((1, 15, 3)), rig, side, np.eye(3))
    backwards = straight.copy()
    backwards[:, 8, 1] += 0.05  # tip of the index lifted off the palm's side
    pose = matrix_to_axis_angle(finger_pose(backwards, np.eye(3)[None], rig, side))
    assert np.linalg.norm(pose[0, 2]) < 0.2


def test_a_quick_turn_is_no_exchange_of_sides() -> None:
    frames = 45
    times = np.arange(frames) / 30
    angle = 2 * np.pi * times / 0.75  # a pirouette in three quarters of a second
    width = np.array([0.2, 0.3, 0.35, 0.1, 0.12, 0.12])
    points = np.zeros((frames, 75, 3))
    for rows, sign in ((np.array([11, 13, 15, 23, 25, 27]), 1), (np.array([12, 14, 16, 24, 26, 28]), -1)):
        points[:, rows, 0] = sign * width * np.cos(angle)[:, None]
        points[:, rows, 2] = sign * width * np.sin(angle)[:, None]
    assert not exchanged_frames(points[..., :2], points, np.ones((frames, 75)), times).any()
    swapped = points.copy()
    for left, right in ((11, 12), (13, 14), (15, 16), (23, 24), (25, 26), (27, 28)):
        swapped[20:26, [left, right]] = points[20:26, [right, left]]
    found = exchanged_frames(swapped[..., :2], swapped, np.ones((frames, 75)), times)
    np.testing.assert_array_equal(np.flatnonzero(found), np.arange(20, 26))


def test_floor_is_the_lowest_level_that_feet_stand_on() -> None:
    heights = np.full((100, 4), -1.0)
    heights[:40] += 0.5  # on a box for a while
    heights[50:53] -= 0.4  # an error of a few frames
    assert floor_level([heights], [np.ones_like(heights)]) == pytest.approx(-1.0)


def test_world_of_a_tilted_camera() -> None:
    up = np.array([0.1, -0.9, -0.3])
    up /= np.linalg.norm(up)
    matrix = world_from_camera(up, -1.6)
    np.testing.assert_allclose(matrix[:3, :3] @ up, [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(matrix[:3, 3], [0, 0, 1.6])
    assert np.linalg.det(matrix[:3, :3]) == pytest.approx(1)
    down = world_from_camera(np.array([0.0, 0, -1]), -2.0)  # looking straight down
    np.testing.assert_allclose(down[:3, :3] @ [0, -1, 0], [0, 1, 0], atol=1e-9)


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (None, {"1": 1.70, "2": 1.70}),  # the default
        (1.8, {"1": 1.8, "2": 1.8}),  # one for all
        ({"1": 1.9}, {"1": 1.9, "2": 1.9}),  # the scale of those given, for those that are not
    ],
)
def test_heights(setting, expected) -> None:
    assert heights_for(["1", "2"], setting) == expected


def test_feet_seen_the_wrong_way_round_do_not_twist_the_legs(shoot) -> None:
    shot = shoot(frames=10)
    toes, heels = [31, 32], [29, 30]
    for array in (shot.track.keypoints2d, shot.track.keypoints3d):
        array[:, toes + heels] = array[:, heels + toes]
    body = load_free_body()
    person = solve_take([shot.track], shot.timestamps, shot.camera, body, SolveSettings(1.7)).people[0]
    hips = person.smpl.body_pose[:, [0, 1]]
    assert np.linalg.norm(hips, axis=-1).max() < 1.65
    knees = person.smpl.body_pose[:, [3, 4]]
    assert knees[..., 0].min() > -0.15  # and knees still bend backwards only


def test_within_turns_an_axis_just_far_enough() -> None:
    centre = np.array([[0.0, 0, 1]])
    for angle, expected in ((0.3, 0.3), (2.0, 0.8), (-3.0, 0.8)):
        axis = np.array([[np.sin(angle), 0, np.cos(angle)]])
        found = within(axis, centre, 0.8)
        assert np.arccos(found[0] @ centre[0]) == pytest.approx(expected)
        assert np.sign(found[0, 0]) == np.sign(np.sin(angle))


def test_toes_are_no_index_fingers_to_a_landmarks_spread(rig) -> None:
    spread = dict(zip((POSE_LANDMARKS[i] for i in rig.landmarks), landmark_spread(rig), strict=True))
    assert spread["left_knee"] < spread["left_heel"] == spread["right_foot_index"] < spread["left_index"]
