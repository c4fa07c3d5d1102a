"""The smoother against what a zero-phase second-order Butterworth must do, over uneven times, weights and gaps."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.rotation import axis_angle_to_quaternion, quaternion_to_axis_angle
from understudy.core.smooth.filter import fill_gaps, smooth, smooth_rotations


def gain(frequency: float, cutoff: float, timestamps: np.ndarray) -> float:
    wave = np.sin(2 * np.pi * frequency * timestamps)[:, None, None]
    out = smooth(wave, timestamps, cutoff)[:, 0, 0]
    inner = slice(len(out) // 4, -len(out) // 4)
    return float(out[inner] @ wave[inner, 0, 0] / (wave[inner, 0, 0] @ wave[inner, 0, 0]))


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        (1.0, 1 / (1 + (1 / 6) ** 4)),  # far below the cutoff: untouched
        (6.0, 0.5),  # at the cutoff: half
        (12.0, 1 / 17),  # an octave above: fourth-order fall
    ],
)
def test_response_is_that_of_a_butterworth_run_both_ways(frequency: float, expected: float) -> None:
    assert gain(frequency, 6.0, np.arange(960) / 240) == pytest.approx(expected, abs=0.01)


def test_response_holds_on_uneven_times() -> None:
    times = np.cumsum(np.random.default_rng(0).uniform(0.5, 1.5, 960)) / 240
    assert gain(6.0, 6.0, times) == pytest.approx(0.5, abs=0.05)
    assert gain(1.0, 6.0, times) > 0.99


def test_no_phase_shift() -> None:
    times = np.arange(121) / 60
    pulse = np.exp(-(((times - 1.0) / 0.1) ** 2))[:, None, None]
    out = smooth(pulse, times, 5.0)[:, 0, 0]
    assert np.argmax(out) == 60
    np.testing.assert_allclose(out, out[::-1], atol=1e-9)


def test_straight_lines_pass_unchanged_and_weights_choose() -> None:
    times = np.arange(50) / 30
    line = (2 * times + 1)[:, None, None]
    np.testing.assert_allclose(smooth(line, times, 2.0), line, atol=1e-9)
    spoilt = line.copy()
    spoilt[20:23] += 5.0
    weights = np.ones((50, 1))
    weights[20:23] = 0.0
    np.testing.assert_allclose(smooth(spoilt, times, 2.0, weights), line, atol=0.02)


def test_gaps_are_bridged_ends_are_held_and_nothing_measured_stays_nan() -> None:
    times = np.arange(40) / 30
    values = np.stack([np.broadcast_to(times[:, None], (40, 3)), np.full((40, 3), np.nan)], axis=1)
    values[:5, 0] = values[15:25, 0] = values[35:, 0] = np.nan
    out = smooth(values, times, 6.0)
    assert np.isfinite(out[:, 0]).all() and np.isnan(out[:, 1]).all()
    np.testing.assert_allclose(out[15:25, 0, 0], times[15:25], atol=0.01)
    np.testing.assert_allclose(out[:5, 0, 0], out[5, 0, 0])
    np.testing.assert_allclose(out[35:, 0, 0], out[34, 0, 0])


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_very_short_signals(frames: int) -> None:
    values = np.ones((frames, 2, 3))
    np.testing.assert_allclose(smooth(values, np.arange(frames) / 30, 6.0), values)


def test_rotations_stay_unit_and_turn_through_the_sign_of_quaternions() -> None:
    times = np.arange(90) / 30
    angle = 3.0 * np.sin(times)  # passes close to a half turn, where q and −q meet
    quaternions = axis_angle_to_quaternion(np.stack([0 * angle, 0 * angle, angle], -1))[:, None]
    quaternions[::2] *= -1
    out = smooth_rotations(quaternions, times, 6.0)
    np.testing.assert_allclose(np.linalg.norm(out, axis=-1), 1, atol=1e-9)
    np.testing.assert_allclose(quaternion_to_axis_angle(out)[:, 0, 2], angle, atol=0.01)


def test_fill_gaps_uses_time_not_frames() -> None:
    times = np.array([0.0, 0.1, 1.0])
    values = np.array([[[0.0]], [[np.nan]], [[1.0]]])
    filled = fill_gaps(values, np.array([[True], [False], [True]]), times)
    assert filled[1, 0, 0] == pytest.approx(0.1)
