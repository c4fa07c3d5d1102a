"""The constant shape of each person."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.actor import Actor
from understudy.core.body.numpy_model import load_free_body
from understudy.core.fit.shape import Shape, scaled
from understudy.core.fit.solve import SolveSettings, solve_take

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
