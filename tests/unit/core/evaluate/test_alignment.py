from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).parent))
from motions import motion, moved, near, pose, rng

from understudy.core.evaluate.alignment import aligned, aligned_sequence, centred, fit, scaled


def test_rotation_as_scipy_finds_it():
    for truth, wrong in zip(pose(), moved(near(pose(), 0.2)), strict=True):
        wanted, _ = Rotation.align_vectors(truth - truth.mean(0), wrong - wrong.mean(0))
        np.testing.assert_allclose(fit(wrong, truth).rotation, wanted.as_matrix(), atol=1e-10)


def test_no_similarity_nearby_is_better():
    truth, wrong = pose(1)[0], moved(near(pose(1), 0.3))[0]
    best = fit(wrong, truth)

    def cost(scale, rotation, translation):
        return np.sum((scale * wrong @ rotation.T + translation - truth) ** 2)

    least = cost(*best)
    r = rng(5)
    for _ in range(200):
        turn = Rotation.from_rotvec(r.normal(0, 0.01, 3)).as_matrix()
        changed = best.scale * (1 + r.normal(0, 0.01)), turn @ best.rotation, best.translation + r.normal(0, 0.01, 3)
        assert cost(*changed) >= least


@pytest.mark.parametrize("batch", [(), (1,), (3,), (2, 4)], ids=str)
def test_batches(batch):
    source, target = rng(1).normal(size=(*batch, 9, 3)), rng(2).normal(size=(*batch, 9, 3))
    together = aligned(source, target)
    for index in np.ndindex(batch):
        np.testing.assert_allclose(together[index], aligned(source[index], target[index]), atol=1e-12)


def test_missing_points_do_not_pull():
    truth = pose(1)[0]
    wrong = moved(truth, scale=1.3)
    wrong[4] = np.nan
    back = aligned(wrong, truth)
    keep = np.arange(len(truth)) != 4
    np.testing.assert_allclose(back[keep], truth[keep], atol=1e-12)
    assert np.isnan(back[4]).all()


def test_mirror_images_are_not_turned_over():
    truth = pose(5)
    assert (np.linalg.det(fit(truth * [1, 1, -1], truth).rotation) > 0.99).all()


@pytest.mark.parametrize(
    "points",
    [np.zeros((2, 3)), np.full((5, 3), np.nan), np.full((5, 3), 2.5)],
    ids=["two points", "none", "all in one place"],
)
def test_what_has_no_alignment_is_nan(points):
    assert np.isnan(fit(points, points).scale)
    assert np.isnan(aligned(points, points)).all()


def test_one_alignment_for_a_sequence():
    truth, _ = motion()
    wrong = moved(truth, scale=0.7)
    np.testing.assert_allclose(aligned_sequence(wrong, truth), truth, atol=1e-12)
    drifting = wrong + np.linspace(0, 1, len(wrong))[:, None, None] * [0.5, 0, 0]
    errors = np.linalg.norm(aligned_sequence(drifting, truth, first=2) - truth, axis=-1).mean(1)
    assert errors[0] < 0.02 < 0.5 < errors[-1]
    assert np.linalg.norm(aligned_sequence(drifting, truth) - truth, axis=-1).mean() < errors.mean()


def test_scale_is_the_least_squares_one():
    source, target = pose(1)[0], near(2.5 * pose(1)[0])
    factor = np.linalg.lstsq(source.reshape(-1, 1), target.ravel(), rcond=None)[0]
    np.testing.assert_allclose(scaled(source, target), factor * source)
    assert np.isnan(scaled(np.zeros((4, 3)), target[:4])).all()


def test_a_frame_without_its_root_is_missing():
    points = pose(3)
    points[1, 2] = np.nan
    assert np.isnan(centred(points, (2, 3))[1]).all()
    assert np.isfinite(centred(points, (2, 3))[[0, 2]]).all()
