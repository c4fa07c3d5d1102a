from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from motions import moved, near, pose, rng, rotation, xyz

from understudy.core.errors import BadInputError
from understudy.core.evaluate.multiview import pcp, project, reprojection_error, to_camera

LIMBS = [(0, 1), (1, 2)]
K = np.array([[900, 0, 480.0], [0, 880, 270], [0, 0, 1]])


class TestPcp:
    metric = "PCP"

    def test_hand_computed(self):
        # Limbs of 1 and 0.4 m. Ends 0 and 0.9 m off: mean 0.45 ≤ 0.5, right though one end is far (not each of ends);
        # the second's ends 0.9 and 0 m off: mean 0.45 > 0.2, wrong.
        truth = np.array([[[0, 0, 0], [1, 0, 0], [1, 0.4, 0]]], float)
        predicted = truth.copy()
        predicted[0, 1, 2] = 0.9
        assert pcp(predicted, truth, LIMBS) == pytest.approx(0.5)
        assert pcp(predicted, truth, LIMBS, alpha=0.4) == 0.0

    def test_ignores_motion_and_scale_of_both_and_limbs_without_truth(self):
        truth, found = pose(30, 3), near(pose(30, 3), 0.2)
        assert 0 < pcp(found, truth, LIMBS) < 1
        assert pcp(moved(found, scale=3), moved(truth, scale=3), LIMBS) == pytest.approx(pcp(found, truth, LIMBS))
        hole = truth.copy()
        hole[:, 2] = np.nan
        assert pcp(found, hole, LIMBS) == pytest.approx(pcp(found, truth, LIMBS[:1]))

    def test_notices_a_limb_that_was_not_found(self):
        truth = pose(10, 3)
        lost = truth.copy()
        lost[:, 2] = np.nan
        assert pcp(truth, truth, LIMBS) == 1.0
        assert pcp(lost, truth, LIMBS) == 0.5

    def test_no_truth_is_undefined_and_strange_limbs_are_refused(self):
        assert np.isnan(pcp(pose(2, 3), np.full((2, 3, 3), np.nan), LIMBS))
        with pytest.raises(BadInputError, match="Limbs"):
            pcp(pose(2, 3), pose(2, 3), [(0, 3)])


class TestReprojectionError:
    metric = "reprojection error"

    def test_hand_computed(self):
        assert reprojection_error([[3, 4], [10, 0.0]], [[0, 0], [0, 0]]) == pytest.approx(7.5)

    def test_ignores_depth_along_the_ray_and_what_was_not_measured(self):
        points = np.abs(pose(10, 5)) + xyz(0, 0, 2)
        pixels = project(points, K, np.eye(4))
        assert reprojection_error(project(2 * points, K, np.eye(4)), pixels) == pytest.approx(0, abs=1e-9)
        pixels[3:] = np.nan
        assert reprojection_error(project(points, K, np.eye(4)), pixels) == pytest.approx(0, abs=1e-9)
        assert np.isnan(reprojection_error(pixels[3:], pixels[3:]))

    def test_notices_a_wrong_focal_length_and_a_turned_camera(self):
        points = np.abs(pose(10, 5)) + xyz(0, 0, 2)
        pixels = project(points, K, np.eye(4))
        assert reprojection_error(project(points, K * [[1.01, 1, 1], [1, 1.01, 1], [1, 1, 1]], np.eye(4)), pixels) > 1
        turned = np.eye(4)
        turned[:3, :3] = cv2.Rodrigues(np.array([0, 0.01, 0]))[0]
        assert reprojection_error(project(points, K, turned), pixels) > 5


@pytest.mark.parametrize("count", [0, 4, 5, 8])
def test_projection_is_opencvs(count):
    pose4 = np.eye(4)
    pose4[:3, :3], pose4[:3, 3] = rotation(), [0.3, -1, 2]
    lens = rng().normal(0, 0.02, count)
    local = rng(1).uniform(-0.8, 0.8, (40, 3)) + xyz(0, 0, 3)
    world = local @ pose4[:3, :3].T + pose4[:3, 3]
    view = np.linalg.inv(pose4)
    wanted, _ = cv2.projectPoints(world, cv2.Rodrigues(view[:3, :3])[0], view[:3, 3], K, lens if count else None)
    np.testing.assert_allclose(project(world[None], K, pose4, lens)[0], wanted[:, 0], atol=1e-8)


def test_what_is_behind_the_camera_has_no_pixel():
    assert np.isnan(project([[[0, 0, -1.0], [0, 0, 0]]], K, np.eye(4))).all()


def test_a_camera_that_moves():
    poses = np.repeat(np.eye(4)[None], 3, axis=0)
    poses[:, 0, 3] = [0, 1, 2]
    np.testing.assert_allclose(to_camera(np.zeros((3, 2, 3)), poses)[:, 0, 0], [0, -1, -2])
    with pytest.raises(BadInputError, match="camera poses"):
        to_camera(np.zeros((4, 2, 3)), poses)
