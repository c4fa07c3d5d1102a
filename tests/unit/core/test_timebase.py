"""Take times to scene frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from understudy.core.rotation import axis_angle_to_quaternion
from understudy.core.timebase import is_constant_rate, scene_rate, timing

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("timestamps", "fps", "frames"),
    [
        (np.arange(6) / 25, 25, [1, 2, 3, 4, 5, 6]),
        (3.2 + np.arange(6) * 1001 / 30000, NTSC, [1, 2, 3, 4, 5, 6]),
        (np.round(np.arange(6) / 60, 3), 60, [1, 2, 3, 4, 5, 6]),  # Matroska's milliseconds
        (np.round(np.arange(6) / 240, 3), 240, [1, 2, 3, 4, 5, 6]),
        (np.array([0, 1, 2, 5, 6]) / 30, 30, [1, 2, 3, 6, 7]),  # dropped frames
        (np.array([4.0]), 30, [1]),
    ],
)
def test_frames_of_a_constant_rate_snap(timestamps, fps, frames):
    keys = timing(timestamps, Fraction(fps))
    assert keys.constant
    assert keys.frames.tolist() == frames
    values = np.random.default_rng(0).normal(size=(len(timestamps), 4))
    assert keys.points(values) is values


@pytest.mark.parametrize(
    ("timestamps", "fps"),
    [
        (np.array([0, 0.05, 0.07, 0.15]), 30),  # jitter beyond rounding
        (np.arange(40) / 30, 25),  # another rate
        (np.arange(900) / 30, NTSC),  # a drift of 1.8 frames
        (np.arange(8) / 60, 30),  # two frames a scene frame
    ],
)
def test_other_times_are_resampled_to_every_whole_frame(timestamps, fps):
    keys = timing(timestamps, Fraction(fps))
    assert not keys.constant and not is_constant_rate(timestamps, Fraction(fps))
    span = timestamps[-1] - timestamps[0]
    assert np.array_equal(keys.frames, 1 + np.arange(int(np.floor(span * fps + 1e-6)) + 1))
    # A linear signal is met exactly, and a steady turn at its angle.
    moments = timestamps[0] + (keys.frames - 1) / float(fps)
    assert np.allclose(keys.points(timestamps[:, None])[:, 0], moments, atol=1e-9)
    turn = axis_angle_to_quaternion(np.stack([timestamps, 0 * timestamps, 0 * timestamps], 1))
    expected = axis_angle_to_quaternion(np.stack([moments, 0 * moments, 0 * moments], 1))
    assert np.allclose(np.abs(np.sum(keys.quaternions(turn) * expected, 1)), 1, atol=1e-12)


def test_nearest_takes_values_that_have_no_between():
    keys = timing(np.array([0.0, 0.09, 0.1]), Fraction(30))
    assert keys.nearest(np.array([True, False, True])).tolist() == [True, True, False, True]


@pytest.mark.parametrize(
    ("fps", "expected"),
    [
        (NTSC, (30, 1.001)),
        (Fraction(24), (24, 1.0)),
        (Fraction(25, 2), (12, 0.96)),
        (Fraction(1, 2), (1, 2.0)),
        (Fraction(47952, 1000), (48, 1.001001)),
    ],
)
def test_scene_rate_is_exact(fps, expected):
    whole, base = scene_rate(fps)
    assert (whole, round(base, 6)) == expected
    assert whole / base == pytest.approx(float(fps), rel=1e-12)


@pytest.mark.parametrize(
    ("times", "fps", "constant"),
    [
        (np.arange(50) / 30, 30, True),
        (np.round(np.arange(50) / 30, 3), 30, True),  # Matroska
        (7.2 + np.arange(50) * 1001 / 30000, Fraction(30000, 1001), True),
        (np.delete(np.arange(50) / 30, [7, 8]), 30, True),  # frames left out still play in step
        (np.arange(50) / 29, 30, False),
        (np.arange(50) / 60, 30, False),  # two frames on one
        (np.cumsum(np.random.default_rng(0).uniform(0.02, 0.05, 50)), 30, False),
        (np.array([3.0]), 30, True),
    ],
)
def test_is_constant_rate(times, fps, constant):
    assert is_constant_rate(times, Fraction(fps)) is constant


def test_formats_without_gaps_get_every_frame():
    times = np.round(np.array([0, 1, 2, 5, 6]) / 30, 3)
    keys = timing(times, Fraction(30), 0, every_frame=True)
    assert keys.frames.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert keys.points(np.array([[0.0], [1], [2], [5], [6]]))[:, 0] == pytest.approx(range(7), abs=0.05)
