"""Runs, gaps, envelopes, chains and twists."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

from understudy.retarget.solve.chains import resample
from understudy.retarget.solve.curves import envelope, paced, paced_around, runs, slowed, smooth_step, through_gaps
from understudy.retarget.solve.twist import about, turned, twist_angle


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


def test_every_known_value_fades_at_its_own_pace():
    known = np.zeros(40, bool)
    known[[10, 30]] = True
    out = through_gaps(np.ones((40, 1)) * known[:, None], known, fade=np.where(np.arange(40) < 20, 2, 8))[:, 0]
    assert out[8] == 0 and out[12] == 0 and out[22] == 0 and out[38] == 0
    assert np.all(out[[9, 11, 23, 29, 37]] > 0)


@pytest.mark.parametrize("seed", range(3))
def test_paced_curves_keep_the_pace_and_change_what_is_too_quick_alone(seed):
    rng = np.random.default_rng(seed)
    values, steps = np.cumsum(rng.normal(size=300)), rng.uniform(0.1, 2, 299)
    for curve in (paced(values, steps), slowed(values, steps)):
        assert np.all(np.abs(np.diff(curve)) <= steps + 1e-9)
    above = slowed(values, steps)
    assert np.all(above >= values - 1e-9) and np.isclose(above, values).any()
    slow = np.cumsum(np.concatenate([[0], steps * rng.uniform(-1, 1, 299)]))
    for same in (paced, slowed):
        assert np.abs(same(slow, steps) - slow).max() < 1e-9
    fixed = np.zeros(300, bool)
    fixed[[50, 51, 200]] = True
    held = slow + np.where(fixed, 0.0, rng.normal(size=300))
    near = paced_around(held, fixed, steps)
    assert np.all(np.abs(np.diff(near)) <= steps + 1e-9) and np.abs(near - held)[fixed].max() < 1e-9
    step = np.repeat([0.0, 1.0], 20)
    assert paced(step, np.full(39, 0.25))[[15, 19, 20, 24]] == pytest.approx([0, 0.375, 0.625, 1])


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


def test_how_far_turns_go_is_scipys():
    turns = Rotation.random(20, rng=3)
    expected = (turns[:-1].inv() * turns[1:]).magnitude()
    assert np.abs(turned(turns.as_matrix()) - expected).max() < 1e-9
