"""Joint definitions and proportions, on a figure whose places are known by construction."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.lift.default_input import LANDMARKS
from understudy.core.skeleton import BODY_JOINTS, JOINT_INDEX
from understudy.core.train import figure
from understudy.core.train.h36m import H36M, confidence_of, to_h36m
from understudy.core.train.mocap import JOINTS


def standing() -> np.ndarray:
    """(24, 3) m, Y up, facing +Z, the left at +X."""
    places = {"pelvis": (0, 1.0, 0), "spine": (0, 1.1, 0), "chest": (0, 1.25, 0), "neck": (0, 1.42, 0),
              "head": (0, 1.57, 0.02), "head_top": (0, 1.75, 0.02)}  # fmt: skip
    for letter, sign in (("l", 1), ("r", -1)):
        side = {"clavicle": (0.03, 1.4, 0), "shoulder": (0.18, 1.45, 0), "elbow": (0.2, 1.17, 0),
                "wrist": (0.2, 0.93, 0.05), "hand": (0.2, 0.85, 0.05), "hip": (0.09, 0.95, 0),
                "knee": (0.1, 0.53, 0.02), "ankle": (0.1, 0.1, 0), "toe": (0.11, 0.05, 0.13)}  # fmt: skip
        places |= {f"{letter}_{name}": (sign * x, y, z) for name, (x, y, z) in side.items()}
    return np.array([places[name] for name in JOINTS], np.float32)


@pytest.fixture
def points() -> np.ndarray:
    """(2, 3, 24, 3): the figure, moving along."""
    steps = np.arange(6, dtype=np.float32).reshape(2, 3, 1, 1)
    return standing() + steps * np.array([0.1, 0, 0.05], np.float32)


def factors(batch: int, **changes: float) -> figure.Proportions:
    values = dict(vars(figure.native(batch)))
    for name, factor in changes.items():
        values[name] = np.full_like(values[name], factor)
    return figure.Proportions(**values)


class TestResized:
    def test_native_proportions_change_nothing(self, points):
        np.testing.assert_allclose(figure.resized(points, figure.native(2)), points, atol=1e-6)

    @pytest.mark.parametrize("name", ["upper_arm", "forearm", "thigh", "shin", "foot", "shoulders", "hips", "trunk"])
    def test_each_factor_scales_its_own_length_only(self, points, name):
        before = figure.lengths(points)
        after = figure.lengths(figure.resized(points, factors(2, **{name: 1.3})))
        for key, value in after.items():
            np.testing.assert_allclose(value, before[key] * (1.3 if key == name else 1), rtol=1e-4, err_msg=key)

    def test_directions_of_limbs_stay(self, points):
        changed = figure.resized(points, factors(2, thigh=0.8, upper_arm=1.2, trunk=1.1))
        for a, b in (("l_hip", "l_knee"), ("r_elbow", "r_wrist"), ("l_shoulder", "l_elbow"), ("r_ankle", "r_toe")):
            bones = [p[..., JOINTS.index(b), :] - p[..., JOINTS.index(a), :] for p in (points, changed)]
            unit = [v / np.linalg.norm(v, axis=-1, keepdims=True) for v in bones]
            np.testing.assert_allclose(unit[0], unit[1], atol=1e-4)


class TestMirror:
    def test_twice_is_nothing(self, points):
        np.testing.assert_array_equal(figure.mirrored(figure.mirrored(points)), points)

    def test_joints_of_the_mirrored_figure_are_mirrored(self, points):
        own, other = figure.smpl_joints(points), figure.smpl_joints(figure.mirrored(points))
        for name in BODY_JOINTS:
            twin = name.replace("left", "right") if "left" in name else name.replace("right", "left")
            np.testing.assert_allclose(
                other[..., JOINT_INDEX[name], :], own[..., JOINT_INDEX[twin], :] * [-1, 1, 1], atol=1e-5
            )


class TestJoints:
    def test_limb_joints_are_the_rigs_own(self, points):
        joints = figure.smpl_joints(points)
        for name in figure.LIMB_JOINTS:
            side, part = name.split("_")
            np.testing.assert_array_equal(
                joints[..., JOINT_INDEX[name], :], points[..., JOINTS.index(f"{side[0]}_{part}"), :]
            )

    def test_rigs_that_place_pelvis_and_neck_elsewhere_give_the_same(self, points):
        other = points.copy()
        for name, lower in (("pelvis", 0.1), ("neck", 0.08), ("spine", 0.05), ("l_clavicle", 0.1)):
            other[..., JOINTS.index(name), 1] -= lower
        np.testing.assert_array_equal(figure.smpl_joints(other), figure.smpl_joints(points))

    def test_spine_lies_in_order_between_pelvis_and_neck(self, points):
        joints = figure.smpl_joints(points)
        heights = joints[0, 0, [JOINT_INDEX[n] for n in ("pelvis", "spine1", "spine2", "spine3", "neck", "head")], 1]
        assert (np.diff(heights) > 0.03).all()
        # Hand: the pelvis is 11 mm up and 8 mm before the middle of the hips.
        np.testing.assert_allclose(joints[0, 0, 0], [0, 0.961, 0.008], atol=1e-4)

    def test_everything_turns_with_the_figure(self, points):
        turn = Rotation.from_rotvec([0.3, 1.1, -0.5]).as_matrix().astype(np.float32)
        joints = figure.smpl_joints(points)
        marks = figure.landmarks(points, joints, np.full((2, 3), 0.4))
        turned = points @ turn.T
        again = figure.smpl_joints(turned)
        np.testing.assert_allclose(again, joints @ turn.T, atol=1e-4)
        np.testing.assert_allclose(figure.landmarks(turned, again, np.full((2, 3), 0.4)), marks @ turn.T, atol=1e-4)


class TestLandmarks:
    def test_face_and_feet_point_where_the_figure_faces(self, points):
        marks = figure.landmarks(points, figure.smpl_joints(points), np.zeros((2, 3)))[0, 0]
        place = dict(zip(LANDMARKS, marks, strict=True))
        assert place["nose"][2] > place["left_ear"][2] + 0.08
        assert place["left_ear"][0] > 0.05 > -0.05 > place["right_ear"][0]
        for side in ("left", "right"):
            assert place[f"{side}_heel"][2] < place[f"{side}_ankle"][2] < place[f"{side}_foot_index"][2]
            assert place[f"{side}_heel"][1] < place[f"{side}_ankle"][1]

    def test_yaw_turns_the_head_to_the_left(self, points):
        straight = figure.landmarks(points, figure.smpl_joints(points), np.zeros((2, 3)))
        turned = figure.landmarks(points, figure.smpl_joints(points), np.full((2, 3), 0.5))
        nose = LANDMARKS.index("nose")
        # From a face towards +Z, left is +X.
        assert (turned[..., nose, 0] > straight[..., nose, 0] + 0.03).all()


def test_human36m_joints_by_hand(points):
    marks = figure.landmarks(points, figure.smpl_joints(points), np.zeros((2, 3)))
    joints = to_h36m(marks)[0, 0]
    place = dict(zip(H36M, joints, strict=True))
    np.testing.assert_allclose(place["hip"], [0, 0.95, 0], atol=1e-6)
    np.testing.assert_allclose(place["spine"], [0, (0.95 + 1.45) / 2, 0], atol=1e-6)
    np.testing.assert_allclose(place["thorax"], [0, 1.45, 0], atol=1e-6)
    np.testing.assert_allclose(place["head"], 2 * place["nose"] - place["thorax"], atol=1e-6)
    confidence = np.ones(len(LANDMARKS))
    confidence[LANDMARKS.index("left_shoulder")] = 0
    missing = {H36M[k] for k in np.flatnonzero(confidence_of(confidence) == 0)}
    assert missing == {"spine", "thorax", "head", "left_shoulder"}
