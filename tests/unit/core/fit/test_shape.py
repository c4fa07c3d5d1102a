"""The constant shape of each person."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.actor import Actor
from understudy.core.body.numpy_model import load_free_body
from understudy.core.fit.shape import Shape, scaled
from understudy.core.fit.solve import SolveSettings, solve_take
from understudy.core.skeleton import JOINT_INDEX

BETAS = (0.4, -1.2, 0.8, 0.3, -0.5, 0.1, 0.0, 0.2, -0.3, 0.6)


@pytest.fixture
def anna():
    return Actor("Anna", round(float(load_free_body().stature(BETAS)), 4), BETAS)


def test_somebody_scaled_is_as_tall_as_told_and_built_alike(anna):
    body = load_free_body()
    taller = scaled(Shape(anna.height, np.array(BETAS)), 1.05, body)
    assert body.stature(taller.betas) == pytest.approx(1.05 * anna.height, abs=2e-3)
    build = np.array(BETAS) - body.betas_for_height(anna.height)
    np.testing.assert_allclose(taller.betas - body.betas_for_height(1.05 * anna.height), build, atol=1e-6)


def test_a_known_body_is_kept_and_the_other_is_not_touched(anna, shoot):
    shots = [shoot(height=1.7, person="1"), shoot(height=1.7, person="2", place=(1.0, 5.0))]
    tracks = [shot.track for shot in shots]
    solution = solve_take(
        tracks, shots[0].timestamps, shots[0].camera, load_free_body(), SolveSettings(actors={"2": anna})
    )
    first, second = solution.people
    np.testing.assert_allclose(second.smpl.betas, BETAS, atol=1e-6)
    assert second.height == anna.height
    assert not np.allclose(first.smpl.betas, BETAS, atol=0.1)


def test_long_arms_are_told_from_the_picture(shoot, monkeypatch):
    """Somebody built otherwise: bones come nearer to their lengths, and the stature stays."""
    body = load_free_body()
    usual = body.betas_for_height(1.7).astype(float)
    slope = np.linalg.svd(_stature_slope(body)[None])[2]
    build = slope[1:].T @ slope[1:] @ np.array([0, 1.6, -1.2, 1.0, 0.8, -1.0, 0.5, 0, 0, 0.0])
    monkeypatch.setattr(type(body), "betas_for_height", lambda self, height: usual + build)
    shot = shoot(frames=60, height=1.7, facing=0.5, pixel_noise=1.5)
    monkeypatch.undo()
    solved = solve_take([shot.track], shot.timestamps, shot.camera, body, SolveSettings(1.7)).people[0]
    lengths = [_limbs(body, betas) for betas in (usual + build, usual, solved.smpl.betas)]
    before, after = (np.abs(found / lengths[0] - 1).mean() for found in lengths[1:])
    assert before > 0.02
    assert after < 0.7 * before
    assert body.stature(solved.smpl.betas) == pytest.approx(1.7, abs=5e-3)


def test_nothing_is_learnt_of_somebody_hardly_seen(shoot):
    shot = shoot(frames=8)
    body = load_free_body()
    solved = solve_take([shot.track], shot.timestamps, shot.camera, body, SolveSettings(1.7)).people[0]
    np.testing.assert_array_equal(solved.smpl.betas, body.betas_for_height(1.7))


def _stature_slope(body):
    heights = body.shaped(body.betas_for_height(1.7))[:, 1]
    return (body.shapedirs[heights.argmax(), 1] - body.shapedirs[heights.argmin(), 1]).astype(float)


def _limbs(body, betas):
    joints = body.joints(betas)
    names = [("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")]
    return np.array(
        [np.linalg.norm(joints[JOINT_INDEX[f"left_{a}"]] - joints[JOINT_INDEX[f"left_{b}"]]) for a, b in names]
    )
