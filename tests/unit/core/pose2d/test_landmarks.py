from __future__ import annotations

import numpy as np
import pytest

from understudy.core.pose2d.landmarks import CROP_SCALE, decode


def raw(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    landmarks = rng.uniform(0, 256, (count, 39, 5)).astype(np.float32)
    landmarks[..., 3:] = 10.0
    return landmarks, rng.normal(size=(count, 39, 3)).astype(np.float32), np.full((count, 1), 0.9, np.float32)


def test_points_follow_the_crop() -> None:
    landmarks, world, presence = raw(1)
    landmarks[0, 0, :2] = (128, 0)
    # Turned a quarter clockwise: the crop's upper side faces right.
    answer = decode(landmarks, world, presence, np.array([[500.0, 300.0, 512.0, np.pi / 2]]), 256)
    np.testing.assert_allclose(answer.points[0, 0], [756, 300], atol=1e-3)
    # The same turn takes the network's up (−y) to the camera's right (+x); depth stays.
    np.testing.assert_allclose(answer.world[0, :, 0], -world[0, :33, 1], atol=1e-5)
    np.testing.assert_allclose(answer.world[0, :, 1], world[0, :33, 0], atol=1e-5)
    np.testing.assert_allclose(answer.world[0, :, 2], world[0, :33, 2])


def test_suggested_crop_is_the_persons_circle() -> None:
    landmarks, world, presence = raw(1)
    landmarks[0, 33, :2], landmarks[0, 34, :2] = (128, 128), (128, 28)
    answer = decode(landmarks, world, presence, np.array([[40.0, 50.0, 256.0, 0.3]]), 256)
    np.testing.assert_allclose(answer.crops[0], [40, 50, 2 * CROP_SCALE * 100, 0.3], atol=1e-6)


@pytest.mark.parametrize(("visible", "there", "expected"), [(50, 50, 1.0), (-50, 50, 0.0), (0, 50, 0.5), (0, 0, 0.25)])
def test_visibility_needs_both_scores(visible: float, there: float, expected: float) -> None:
    landmarks, world, presence = raw(2)
    landmarks[1, 5, 3:] = (visible, there)
    answer = decode(landmarks, world, presence, np.array([[0, 0, 10, 0], [0, 0, 10, 0.0]]), 256)
    assert answer.visibility[1, 5] == pytest.approx(expected, abs=1e-6)


def test_take_and_put() -> None:
    answer = decode(*raw(4), np.tile([0.0, 0.0, 10.0, 0.0], (4, 1)), 256)
    part = answer.take(np.array([2]))
    answer.put(np.array([0]), part)
    np.testing.assert_array_equal(answer.points[0], answer.points[2])
    assert len(part) == 1 and len(answer) == 4
