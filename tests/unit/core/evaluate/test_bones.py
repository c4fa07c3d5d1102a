from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from motions import moved_each, near, pose

from understudy.core.errors import BadInputError
from understudy.core.evaluate.bones import bone_length_deviation, bone_length_error

PARENTS = (-1, 0, 1)
# Two bones, one of 1 m, one of 0.9 and 1.1 m in turn.
JOINTS = np.array([[[0, 0, 0], [1, 0, 0], [1, length, 0]] for length in (0.9, 1.1)])


def rigid(frames: int = 20, joints: int = 6) -> np.ndarray:
    """One shape in many places: its bones keep their lengths."""
    return moved_each(np.repeat(pose(1, joints), frames, axis=0))


class TestBoneLengthDeviation:
    metric = "bone-length deviation"

    def test_hand_computed(self):
        assert bone_length_deviation(JOINTS, PARENTS) == pytest.approx((0 + 0.1) / 2)

    def test_ignores_pose_place_and_size_of_a_constant_skeleton(self):
        tree = (-1, 0, 0, 1, 2, 4)
        assert bone_length_deviation(rigid(), tree) == pytest.approx(0, abs=1e-12)
        assert bone_length_deviation(3 * rigid(), tree) == pytest.approx(0, abs=1e-12)
        swinging, direction = rigid(), pose(20, 1)[:, 0]
        swinging[:, 3] = swinging[:, 1] + 0.4 * direction / np.linalg.norm(direction, axis=-1, keepdims=True)
        assert bone_length_deviation(swinging, tree) == pytest.approx(0, abs=1e-12)

    def test_ignores_missing_joints(self):
        hole = rigid()
        hole[3:7, 2] = np.nan
        assert bone_length_deviation(hole, (-1, 0, 0, 1, 2, 4)) == pytest.approx(0, abs=1e-12)

    def test_notices_joints_that_are_each_estimated_alone(self):
        assert bone_length_deviation(near(rigid(), 0.02), (-1, 0, 0, 1, 2, 4)) > 0.01

    def test_one_frame_is_undefined(self):
        assert np.isnan(bone_length_deviation(JOINTS[:1], PARENTS))


class TestBoneLengthError:
    metric = "bone-length error"

    def test_hand_computed(self):
        truth = np.repeat([[[0, 0, 0], [1.2, 0, 0], [1.2, 0.9, 0]]], 2, axis=0)
        # Median lengths 1 and 1 m against 1.2 and 0.9 m.
        assert bone_length_error(JOINTS, truth, PARENTS) == pytest.approx((0.2 + 0.1) / 2)

    def test_ignores_pose_and_one_bad_frame(self):
        body = np.repeat(pose(1, 6), 9, axis=0)
        wild = moved_each(body)
        wild[2, 5] += 3
        assert bone_length_error(wild, body, (-1, 0, 0, 1, 2, 4)) == pytest.approx(0, abs=1e-12)

    def test_notices_size(self):
        body = rigid()
        assert bone_length_error(1.1 * body, body, (-1, 0, 0, 1, 2, 4)) > 0.02

    def test_nothing_in_common_is_undefined(self):
        assert np.isnan(bone_length_error(np.full((4, 3, 3), np.nan), np.zeros((4, 3, 3)), PARENTS))


def test_a_tree_of_another_skeleton_is_refused():
    with pytest.raises(BadInputError, match="parents"):
        bone_length_deviation(JOINTS, (-1, 0))
