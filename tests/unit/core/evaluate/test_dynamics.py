from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from motions import motion, moved, near, rng, rotation

from understudy.core.errors import BadInputError
from understudy.core.evaluate.dynamics import (
    acceleration,
    acceleration_error,
    jerk,
    jitter,
    peak_acceleration_preserved,
    velocity,
)

G = 9.81


def thrown(times: np.ndarray, pull: float = G) -> np.ndarray:
    """(T, 1, 3): a ball under constant acceleration."""
    return np.stack([2 * times, 0 * times, 3 * times - 0.5 * pull * times**2], axis=-1)[:, None]


def punch(times: np.ndarray, height: float = 1.0, at: float = 1.0) -> np.ndarray:
    """(T, 1, 3): one quick move there and back, 0.2 m times ``height``, sharpest at ``at``."""
    return np.stack([0.2 * height * np.exp(-(((times - at) / 0.08) ** 2)), 0 * times, 0 * times], axis=-1)[:, None]


EVEN = np.arange(90) / 30
UNEVEN = np.sort(rng().uniform(0, 3, 90))


class TestAccelerationError:
    metric = "acceleration error"

    def test_hand_computed(self):
        # Second difference 0.1 m over frames of 0.1 s: 10 m/s²; per frame² 0.1.
        truth = np.zeros((3, 1, 3))
        predicted = np.array([[[0, 0, 0]], [[0, 0, 0]], [[0.1, 0, 0]]])
        assert acceleration_error(predicted, truth, [0, 0.1, 0.2]) == pytest.approx(10)
        assert acceleration_error(predicted, truth) == pytest.approx(0.1)

    def test_hand_computed_constant_pull_whatever_the_frame_rate(self):
        for times in (EVEN, UNEVEN):
            assert acceleration_error(thrown(times), 0 * thrown(times), times) == pytest.approx(G, rel=1e-6)

    def test_ignores_place_and_constant_velocity(self):
        truth, t = motion()
        away = near(truth, 0.001) + [4, 0, 0] + t[:, None, None] * [0, 2, 0]
        assert acceleration_error(away, truth, t) == pytest.approx(acceleration_error(near(truth, 0.001), truth, t))

    def test_notices_trembling_and_oversmoothing(self):
        truth, t = motion()
        assert acceleration_error(near(truth, 0.002), truth, t) > 2
        assert acceleration_error(np.broadcast_to(truth[:1], truth.shape), truth, t) > 1


class TestJitter:
    metric = "jitter"

    def test_hand_computed(self):
        # x = t³: jerk 6 everywhere. And 0, 0, 0, 0.001 at 10 fps: 0.001 · 10³ = 1 m/s³.
        for times in (EVEN, UNEVEN):
            assert jitter((times**3)[:, None, None] * [[1, 0, 0]], times) == pytest.approx(6, rel=1e-5)
        assert jitter(np.array([0, 0, 0, 0.001])[:, None, None] * [1, 0, 0], np.arange(4) / 10) == pytest.approx(1)

    def test_ignores_gravity_and_the_choice_of_axes(self):
        assert jitter(thrown(EVEN), EVEN) == pytest.approx(0, abs=1e-6)
        points, t = motion()
        assert jitter(moved(points), t) == pytest.approx(jitter(points, t))

    def test_notices_a_millimetre_of_trembling(self):
        points, t = motion()
        assert jitter(near(points, 0.001), t) > 3 * jitter(points, t)

    def test_too_short_is_undefined(self):
        assert np.isnan(jitter(np.zeros((3, 2, 3))))


class TestPeakAccelerationPreserved:
    metric = "peak acceleration preserved"

    def test_hand_computed(self):
        truth = punch(EVEN)
        assert peak_acceleration_preserved(truth, truth, EVEN) == pytest.approx(1)
        assert peak_acceleration_preserved(punch(EVEN, 0.6), truth, EVEN) == pytest.approx(0.6)
        # Two peaks of 10 and 8 m/s²; the first keeps half, the second all.
        spikes = np.zeros((20, 1, 3))
        spikes[5, 0, 0], spikes[14, 0, 0] = 0.05, 0.04
        half = spikes * np.where(np.arange(20) < 10, 0.5, 1)[:, None, None]
        assert peak_acceleration_preserved(half, spikes, np.arange(20) / 10, window=0.15) == pytest.approx(0.75)

    def test_ignores_a_short_delay_the_place_and_the_axes(self):
        truth = punch(EVEN)
        assert peak_acceleration_preserved(punch(EVEN, at=1 + 1 / 15), truth, EVEN) == pytest.approx(1, rel=1e-6)
        turned = truth @ rotation().T + [3, 1, 0]
        assert peak_acceleration_preserved(turned, truth, EVEN) == pytest.approx(1)

    def test_notices_smoothing(self):
        truth = punch(EVEN)
        kernel = np.ones(5) / 5
        smooth = truth.copy()
        smooth[:, 0, 0] = np.convolve(truth[:, 0, 0], kernel, mode="same")
        assert peak_acceleration_preserved(smooth, truth, EVEN) < 0.8

    def test_notices_a_peak_that_comes_too_late(self):
        assert peak_acceleration_preserved(punch(EVEN, at=2), punch(EVEN), EVEN) < 0.1

    def test_rest_has_no_peak(self):
        assert np.isnan(peak_acceleration_preserved(punch(EVEN), 0 * punch(EVEN), EVEN))


@pytest.mark.parametrize("derivative", [velocity, acceleration, jerk])
def test_differences_touching_a_gap_are_missing(derivative):
    points, t = motion(12)
    points[5] = np.nan
    order = {velocity: 1, acceleration: 2, jerk: 3}[derivative]
    missing = np.isnan(derivative(points, t)).all((1, 2))
    np.testing.assert_array_equal(np.flatnonzero(missing), np.arange(5 - order, 6))


@pytest.mark.parametrize("times", [[0, 1], [0, 0, 1], [0, np.nan, 1]], ids=["too few", "equal", "not a number"])
def test_times_that_do_not_fit_are_refused(times):
    with pytest.raises(BadInputError, match="Timestamps"):
        velocity(np.zeros((3, 1, 3)), times)
