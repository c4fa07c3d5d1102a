"""Spikes and gaps."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.repair import Repair, short_runs
from understudy.core.rotation import quaternion_multiply
from understudy.core.skeleton import JOINT_INDEX

ELBOW = JOINT_INDEX["left_elbow"]


def with_spike(motion, frame, angle=0.8, length=1):
    rotations = motion.rotations.copy()
    jump = np.array([np.cos(angle / 2), np.sin(angle / 2), 0, 0])
    rotations[frame : frame + length, ELBOW] = quaternion_multiply(rotations[frame : frame + length, ELBOW], jump)
    return motion.replace(rotations=rotations)


@pytest.mark.parametrize("length", [1, 2])
def test_a_spike_is_taken_out_and_nothing_else(make_motion, angles, length):
    clean = make_motion(90)
    repaired = Repair(unclear=0).edited(with_spike(clean, 40, length=length))
    assert angles(repaired.rotations, clean.rotations).max() < 0.06
    untouched = np.setdiff1d(np.arange(90), np.arange(36, 46))
    assert np.array_equal(repaired.rotations[untouched], clean.rotations[untouched])


def test_a_swing_is_no_spike(make_motion):
    motion = make_motion(150)
    assert np.array_equal(Repair(unclear=0, spikes=1).edited(motion).rotations, motion.rotations)


def test_the_pelvis_is_put_back(make_motion):
    clean = make_motion(90)
    pelvis = clean.pelvis.copy()
    pelvis[30] += [0.0, 0.4, 0.2]
    repaired = Repair(unclear=0).edited(clean.replace(pelvis=pelvis))
    assert np.abs(repaired.pelvis - clean.pelvis).max() < 0.01


def test_joints_nobody_saw_come_from_the_frames_around(make_motion, angles):
    clean = make_motion(90)
    confidence = clean.confidence.copy()
    confidence[40:52, ELBOW] = 0.05
    rotations = clean.rotations.copy()
    rotations[40:52, ELBOW] = [0.0, 1, 0, 0]
    broken = clean.replace(confidence=confidence, rotations=rotations)
    repaired = Repair(spikes=0).edited(broken)
    assert angles(repaired.rotations, clean.rotations).max() < 0.15
    # A gap longer than asked for is not guessed at.
    assert np.array_equal(Repair(spikes=0, gap_s=0.3).edited(broken).rotations, rotations)


def test_outside_the_range_spikes_stay(make_motion):
    spiky = with_spike(make_motion(90), 20)
    assert np.array_equal(Repair(start=1.5, unclear=0).edited(spiky).rotations, spiky.rotations)


def test_short_runs():
    times = np.arange(10) / 10
    flags = np.array([1, 0, 1, 1, 0, 1, 1, 1, 1, 0], bool)[:, None]
    kept = short_runs(flags, times, 0.35)
    assert kept[:, 0].tolist() == [True, False, True, True] + [False] * 6
