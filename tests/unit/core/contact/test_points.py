"""Contacts: within 30 mm, under 0.15 m/s, for at least 0.1 s."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.contact.points import contact_probability

TIMES = np.arange(60) / 60


def track(height: np.ndarray | float, speed: float = 0.0) -> np.ndarray:
    points = np.zeros((60, 1, 3))
    points[:, 0, 0] = speed * TIMES
    points[:, 0, 2] = height
    return points


@pytest.mark.parametrize(
    ("height", "speed", "low", "high"),
    [
        (0.0, 0.0, 0.9, 1.0),  # stands
        (0.03, 0.0, 0.3, 0.7),  # on the limit
        (0.10, 0.0, 0.0, 0.05),  # hovers
        (0.0, 0.15, 0.3, 0.7),  # on the limit of speed
        (0.0, 0.6, 0.0, 0.05),  # slides past
        (-0.02, 0.0, 0.6, 1.0),  # sunk a little by the solve's own error
    ],
)
def test_limits(height: float, speed: float, low: float, high: float) -> None:
    value = contact_probability(track(height, speed), TIMES, np.ones((60, 1)))
    assert low <= value.mean() <= high


def test_a_touch_shorter_than_a_tenth_of_a_second_is_none() -> None:
    height = np.full(60, 0.2)
    height[30:33] = 0.0  # 50 ms
    assert contact_probability(track(height), TIMES, np.ones((60, 1))).max() < 0.1
    height[24:42] = 0.0  # 0.3 s
    assert contact_probability(track(height), TIMES, np.ones((60, 1)))[33, 0] > 0.8


def test_confidence_bounds_it_and_one_frame_works() -> None:
    assert contact_probability(track(0.0), TIMES, np.full((60, 1), 0.4)).max() <= 0.4
    assert contact_probability(track(0.0)[:1], TIMES[:1], np.ones((1, 1)))[0, 0] > 0.8
