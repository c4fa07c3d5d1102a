"""Smoothing takes noise away and leaves punches."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.parts import part_joints
from understudy.core.edit.smoothing import Smooth, cutoff_hz, keep_peaks
from understudy.core.skeleton import JOINT_INDEX

NONE = {"root": 0.0, "torso": 0.0, "arms": 0.0, "legs": 0.0, "hands": 0.0}


def shake(motion):
    """Angle (T - 2, 52) between each frame and the middle of its neighbours."""
    q = motion.rotations
    return np.linalg.norm(q[1:-1] - (q[:-2] + q[2:]) / 2, axis=-1)


def test_noise_goes(make_motion, angles):
    clean, noisy = make_motion(150), make_motion(150, noise=0.03)
    smooth = Smooth(root=0.4, torso=0.4, arms=0.4, legs=0.4, hands=0.4).edited(noisy)
    before, after = angles(noisy.rotations, clean.rotations), angles(smooth.rotations, clean.rotations)
    assert after.mean() < 0.6 * before.mean()


@pytest.mark.parametrize("part", ["root", "torso", "arms", "legs", "hands"])
def test_each_strength_moves_its_own_joints_only(make_motion, part):
    motion = make_motion(90, noise=0.02)
    changed = np.any(Smooth(**{**NONE, part: 0.5}).edited(motion).rotations != motion.rotations, axis=(0, 2))
    assert set(np.flatnonzero(changed)) == set(part_joints(part))


def test_a_side_alone(make_motion):
    motion = make_motion(90, noise=0.02)
    smooth = Smooth(**{**NONE, "arms": 0.5}, side="left").edited(motion)
    changed = np.any(smooth.rotations != motion.rotations, axis=(0, 2))
    assert set(np.flatnonzero(changed)) == set(part_joints("arms", "left"))


def test_a_punch_keeps_its_reach():
    """0.2 s out and back among noise, at a strength that would flatten it."""
    rng = np.random.default_rng(1)
    times = np.arange(240) / 60
    punch = np.exp(-0.5 * ((times - 2) / 0.05) ** 2)
    noisy = (punch + 0.01 * rng.normal(size=240))[:, None, None]
    cutoff = cutoff_hz(np.array([0.6]))
    flat = keep_peaks(noisy, times, cutoff, 0.0)[:, 0, 0]
    kept = keep_peaks(noisy, times, cutoff, 1.0)[:, 0, 0]
    assert flat.max() < 0.6
    assert kept.max() > 0.9
    quiet = np.abs(times - 2) > 0.6
    assert kept[quiet].std() < 0.5 * noisy[quiet].std()


def test_strength_grows(make_motion):
    motion = make_motion(150, noise=0.03)
    arm = JOINT_INDEX["left_elbow"]
    jitter = [shake(Smooth(**{**NONE, "arms": s}, peaks=0).edited(motion))[:, arm].mean() for s in (0.1, 0.4, 0.8)]
    assert jitter[0] > jitter[1] > jitter[2]


def test_outside_the_range_nothing_moves(make_motion):
    motion = make_motion(150, noise=0.02)
    smooth = Smooth(start=2.0, end=3.0).edited(motion)
    assert np.array_equal(smooth.rotations[:50], motion.rotations[:50])
    assert not np.allclose(smooth.rotations[70], motion.rotations[70])


def test_zero_strength_and_short_takes_are_left_alone(make_motion):
    motion = make_motion(60)
    assert Smooth(**NONE).edited(motion) is motion
    short = make_motion(2)
    assert Smooth().edited(short) is short
