"""Trim, speed, reverse, loop."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.timing import Loop, Retime, Reverse, Trim
from understudy.core.errors import BadInputError


def test_trim_leaves_frames_in_their_places(make_motion):
    motion = make_motion(90)
    trimmed = Trim(start=1.0, end=2.0).edited(motion)
    assert np.array_equal(trimmed.timestamps, motion.timestamps[30:61])
    assert np.array_equal(trimmed.rotations, motion.rotations[30:61])


@pytest.mark.parametrize("speed", [0.5, 2.0, 1.3])
def test_speed_changes_the_length_and_keeps_the_poses(make_motion, speed):
    motion = make_motion(91)
    changed = Retime(speed=speed).edited(motion)
    assert changed.duration == pytest.approx(3.0 / speed, abs=0.51 / 30)
    assert np.allclose(np.diff(changed.timestamps), 1 / 30)
    assert np.allclose(changed.pelvis[[0, -1]], motion.pelvis[[0, -1]])
    middle = changed.pelvis[changed.frame_count // 2]
    assert np.abs(middle - motion.pelvis[45]).max() < 0.05


def test_after_a_slower_range_the_rest_moves_along(make_motion):
    motion = make_motion(91)
    changed = Retime(start=1.0, end=2.0, speed=0.5).edited(motion)
    assert changed.frame_count == 121
    assert np.array_equal(changed.pelvis[:31], motion.pelvis[:31])
    assert np.allclose(changed.pelvis[-30:], motion.pelvis[-30:])
    assert np.all(np.diff(changed.timestamps) > 0)


def test_reverse_twice_is_nothing(make_motion):
    motion = make_motion(60)
    once = Reverse(start=0.5, end=1.5).edited(motion)
    assert np.array_equal(once.pelvis[15:46], motion.pelvis[15:46][::-1])
    assert np.array_equal(once.pelvis[:15], motion.pelvis[:15])
    assert np.allclose(Reverse(start=0.5, end=1.5).edited(once).rotations, motion.rotations)


def test_a_loop_ends_in_its_first_pose(make_motion, angles):
    motion = make_motion(90)
    loop = Loop(travel=False, blend_s=0.5).edited(motion)
    assert angles(loop.rotations[0], loop.rotations[-1]).max() < 1e-6
    assert np.allclose(loop.pelvis[0], loop.pelvis[-1])
    assert np.array_equal(loop.rotations[:70], motion.rotations[:70])


def test_a_travelling_loop_goes_on(make_motion, angles):
    motion = make_motion(90)
    one, three = Loop(blend_s=0.5).edited(motion), Loop(blend_s=0.5, repeats=3).edited(motion)
    assert three.frame_count == 3 * 89 + 1
    assert np.allclose(np.diff(three.timestamps), 1 / 30)
    # The pose repeats, the hips keep their height, and every cycle covers as much ground.
    assert angles(three.rotations[20, 1:], three.rotations[20 + 89, 1:]).max() < 1e-6
    assert np.allclose(three.pelvis[[0, 89, 178], 2], three.pelvis[0, 2])
    steps = np.linalg.norm(three.pelvis[[89, 178]] - three.pelvis[[0, 89]], axis=1)
    assert steps[0] == pytest.approx(steps[1])
    assert steps[0] == pytest.approx(np.linalg.norm(one.pelvis[-1] - one.pelvis[0]))
    # No jump where cycles meet.
    assert np.linalg.norm(np.diff(three.pelvis, axis=0), axis=1).max() < 0.06


def test_a_cycle_needs_frames(make_motion):
    with pytest.raises(BadInputError, match="three frames"):
        Loop(start=0.0, end=0.04).edited(make_motion(90))
