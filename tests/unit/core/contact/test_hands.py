"""Hands that rest on something, and hands that only keep still."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.contact.detect import detect

SECONDS, FPS = 3.0, 30.0
TIMES = np.arange(int(SECONDS * FPS)) / FPS
CAMERA = np.tile([0.0, -4.0, 1.4], (len(TIMES), 1))
SWAY = np.sin(2 * np.pi * 0.4 * TIMES)[:, None]
LEFT_PALM = 4


def found(palm: np.ndarray, shoulder: np.ndarray, noise: float = 0.0, confidence: float = 0.9):
    """Contacts of somebody who stands, with the left palm (T, 3) m and shoulder (T, 3) m; the right hand waves."""
    rng = np.random.default_rng(0)
    points = np.zeros((len(TIMES), 6, 3))
    points[:, :4, 0] = [0.1, 0.1, -0.1, -0.1]
    points[:, :4, 1] = [0.05, -0.12, 0.05, -0.12]
    points[:, LEFT_PALM] = palm + noise * rng.standard_normal(palm.shape)
    points[:, 5] = [-0.4, 0.0, 1.5] + 0.4 * np.sin(7 * TIMES)[:, None]
    shoulders = np.stack([shoulder, shoulder * [-1, 1, 1]], axis=1)
    return detect(points, shoulders, CAMERA, TIMES, np.full((len(TIMES), 6), confidence), 1.7)


def at(place: list[float], moves: list[float]) -> np.ndarray:
    """(T, 3) m about ``place``, swaying by ``moves``."""
    return np.array(place) + SWAY * moves


@pytest.mark.parametrize(
    ("palm", "shoulder"),
    [
        (at([0.25, 0, 0.8], [0, 0, 0]), at([0.2, 0, 1.4], [0, 0, 0])),  # hangs, on somebody who keeps as still
        (at([0.25, 0, 0.8], [0.008, 0, 0]), at([0.2, 0, 1.4], [0.012, 0, 0])),  # hangs, on quiet breath
        (at([0.25, 0, 0.8], [0.04, 0, 0]), at([0.2, 0, 1.4], [0.05, 0, 0])),  # hangs, on somebody who sways
        (at([0.3, 0.2, 1.0], [0.04, 0, 0.01]), at([0.2, 0, 1.4], [0.05, 0, 0])),  # on one's own hip
        (at([0.25, 0, 0.8], [0, 0.12, 0]), at([0.2, 0, 1.4], [0.02, 0, 0])),  # swings a little
        (at([0.2, 0.5, 1.4], [0, 0, 0]), at([0.2, 0, 1.4], [0.005, 0, 0])),  # held out, resting on nothing
    ],
)
def test_a_hand_that_only_keeps_still_rests_on_nothing(palm: np.ndarray, shoulder: np.ndarray) -> None:
    contacts = found(palm, shoulder)
    assert contacts.probability[:, LEFT_PALM:].max() < 0.3
    assert contacts.standing[:, LEFT_PALM:].max() == 0


@pytest.mark.parametrize(
    ("palm", "shoulder"),
    [
        ([0.3, 0.4, 0.75], [0.05, 0.03, 0.02]),  # on a table, the body sways over it
        ([0.5, 0.2, 1.3], [0.06, 0, 0.01]),  # on a wall
        ([0.2, 0.3, 0.5], [0, 0.05, 0.12]),  # on a knee, getting up and down
    ],
)
def test_a_hand_that_rests_stays_while_its_shoulder_moves(palm: list[float], shoulder: list[float]) -> None:
    contacts = found(at(palm, [0, 0, 0]), at([0.2, 0, 1.2], shoulder), noise=0.001)
    assert contacts.probability[10:-10, LEFT_PALM].min() > 0.5
    assert contacts.standing[10:-10, LEFT_PALM].min() > 0
    assert np.isnan(contacts.level[:, LEFT_PALM]).all()  # nothing pulls it to the floor
    assert contacts.standing[:, 5].max() == 0


def test_a_hand_on_the_floor_is_on_the_floor() -> None:
    contacts = found(at([0.3, 0.3, 0.01], [0, 0, 0]), at([0.2, 0.1, 0.6], [0, 0, 0]))
    assert contacts.standing[10:-10, LEFT_PALM].min() > 0
    np.testing.assert_array_equal(contacts.level[10:-10, LEFT_PALM], 0.0)


def test_depth_that_trembles_hides_no_hand_that_rests_and_makes_none() -> None:
    tremble = 0.02 * np.sin(2 * np.pi * 0.7 * TIMES)[:, None] * [0, 1, 0]  # along the view
    table = np.array([0.3, 0.0, 0.75]) + tremble
    assert found(table, at([0.2, 0, 1.2], [0.06, 0, 0.02])).standing[15:-15, LEFT_PALM].min() > 0
    hangs = np.array([0.25, 0, 0.8]) + tremble
    assert found(hangs, np.array([0.2, 0, 1.4]) + tremble).standing[:, LEFT_PALM].max() == 0
