"""Runs, gaps, envelopes, chains and twists."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from understudy.retarget.solve.chains import resample
from understudy.retarget.solve.curves import envelope, runs, smooth_step, through_gaps
from understudy.retarget.solve.twist import about, twist_angle


@pytest.mark.parametrize(
    ("flags", "gap", "expected"),
    [
        ("", 0, []),
        ("0110", 0, [(1, 3)]),
        ("1", 0, [(0, 1)]),
        ("110011", 0, [(0, 2), (4, 6)]),
        ("110011", 2, [(0, 6)]),
        ("1100011", 2, [(0, 2), (5, 7)]),
    ],
)
def test_runs(flags, gap, expected):
    assert runs(np.array([c == "1" for c in flags], bool), gap) == expected


def test_gaps_are_eased_and_known_values_kept():
    known = np.zeros(20, bool)
    known[[3, 4, 12]] = True
    values = np.arange(20.0)[:, None] * known[:, None]
    out = through_gaps(values, known)
    assert np.array_equal(out[known], values[known])
    assert np.all(out[:3] == 3) and np.all(out[13:] == 12)
    assert np.all(np.diff(out[4:13, 0]) > 0)
    faded = through_gaps(values, known, fade=2)
    assert faded[0, 0] == 0 and faded[8, 0] == 0 and faded[19, 0] == 0
    assert not through_gaps(values, np.zeros(20, bool)).any()


def test_smooth_step_is_level_at_both_ends():
    x = np.linspace(-1, 2, 301)
    y = smooth_step(x)
    assert y[0] == 0 and y[-1] == 1 and np.all(np.diff(y) >= 0)
    assert np.abs(np.gradient(y, x)[[100, 200]]).max() < 0.03


@pytest.mark.parametrize("radius", [0, 1, 5, 40])
def test_envelopes_lie_above_and_are_smooth(radius):
    values = np.maximum(np.random.default_rng(radius).normal(size=200), 0) ** 3
    out = envelope(values, radius)
    assert out.shape == values.shape and np.all(out >= values - 1e-12)
    if radius > 1:
        assert np.abs(np.diff(out)).max() < np.abs(np.diff(values)).max()


@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_chains_end_alike_and_lie_on_scipys_slerp(count):
    turns = Rotation.random(4, rng=0)
    base, *links = [m[None] for m in turns.as_matrix()]
    found = resample(base, links, count)
    assert len(found) == count and np.abs(found[-1] - links[-1]).max() < 1e-12
    expected = Slerp(np.arange(4), turns)(np.arange(1, count + 1) * 3 / count).as_matrix()
    assert np.abs(np.concatenate(found) - expected).max() < 1e-7


def test_chains_without_links_stay_with_their_base():
    base = np.eye(3)[None]
    assert all(np.array_equal(f, base) for f in resample(base, [], 3))


def test_twist_is_what_was_put_in_and_never_jumps():
    angle = np.linspace(-1, 5, 100)
    axis = np.array([1.0, 0, 0])
    swing = Rotation.from_rotvec(np.outer(np.linspace(0, 1.2, 100), [0, 1, 0])).as_matrix()
    found = twist_angle(swing @ about(axis, angle), axis)
    assert np.abs(np.diff(found) - np.diff(angle)).max() < 1e-9
