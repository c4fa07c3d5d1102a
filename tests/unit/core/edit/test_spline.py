"""The numpy spline against the engine's with scipy, and its response."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit import spline
from understudy.core.smooth import filter as reference

RNG = np.random.default_rng(3)
# Enough frames for the filter's ends to be settled.
FRAMES = 300


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("cutoff", [0.7, 5.0])
def test_it_is_the_engines_filter(weighted, cutoff):
    times = np.cumsum(RNG.uniform(0.02, 0.05, FRAMES))
    values = RNG.normal(size=(FRAMES, 5, 3)).cumsum(0)
    weights = RNG.uniform(0.1, 1, (FRAMES, 5)) if weighted else None
    expected = reference.smooth(values, times, cutoff, weights)
    assert np.allclose(spline.smooth(values, times, cutoff, weights), expected, atol=1e-9)


def test_a_cutoff_per_channel():
    times = np.arange(FRAMES) / 30
    values = RNG.normal(size=(FRAMES, 2, 1))
    both = spline.smooth(values, times, np.array([1.0, 6.0]))
    for channel, cutoff in enumerate((1.0, 6.0)):
        alone = spline.smooth(values[:, [channel]], times, cutoff)
        assert np.allclose(both[:, [channel]], alone)


@pytest.mark.parametrize(("frequency", "gain"), [(2.0, 0.5), (0.5, 1 / (1 + 0.25**4)), (4.0, 1 / (1 + 2.0**4))])
def test_gain_at_and_around_the_cutoff(frequency, gain):
    times = np.arange(1200) / 120
    wave = np.sin(2 * np.pi * frequency * times)
    middle = slice(400, 800)
    out = spline.smooth(wave[:, None, None], times, 2.0)[middle, 0, 0]
    assert out @ wave[middle] / (wave[middle] @ wave[middle]) == pytest.approx(gain, abs=0.02)


def test_a_line_passes_and_a_gap_in_it_is_filled():
    times = np.arange(60) / 30
    line = np.stack([3 * times, 1 - times], axis=1)[:, None]
    weights = np.ones((60, 1))
    weights[20:35] = 0
    broken = line.copy()
    broken[20:35] = 9.0
    assert np.abs(spline.smooth(line, times, 0.7) - line).max() < 1e-6
    assert np.abs(spline.smooth(broken, times, 2e3, weights) - line).max() < 1e-4


@pytest.mark.parametrize("frames", [1, 2])
def test_too_short_to_smooth(frames):
    values = RNG.normal(size=(frames, 2, 3))
    assert np.array_equal(spline.smooth(values, np.arange(frames) / 30, 1.0), values)
