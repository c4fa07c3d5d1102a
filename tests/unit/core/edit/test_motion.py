"""Motions against the body model, and their time."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.edit.motion import from_person
from understudy.core.errors import BadInputError


def pose_of(smpl):
    return np.concatenate([smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], 1)


def test_joints_are_the_body_models(person):
    one = person(20)
    motion = from_person(one, np.arange(20) / 30, 30, load_free_body())
    expected = load_free_body().forward(one.smpl.betas, pose_of(one.smpl), one.smpl.transl)[1]
    assert np.abs(motion.joints() - expected).max() < 1e-6


def test_smpl_parameters_come_back(person):
    one = person(20)
    smpl = from_person(one, np.arange(20) / 30, 30, load_free_body()).to_smpl(one.smpl.betas)
    body = load_free_body()
    before = body.forward(one.smpl.betas, pose_of(one.smpl), one.smpl.transl)[1]
    assert np.abs(body.forward(smpl.betas, pose_of(smpl), smpl.transl)[1] - before).max() < 1e-5


def test_time_begins_at_zero_and_height_is_the_stature(make_motion, person):
    motion = make_motion()
    assert motion.timestamps[0] == 0
    assert motion.height == pytest.approx(float(load_free_body().stature(person(90).smpl.betas)))


def test_frames_without_a_solve_are_filled(person):
    one = person(12)
    for values in (one.smpl.body_pose, one.smpl.transl):
        values[4:7] = np.nan
    motion = from_person(one, np.arange(12) / 30, 30, load_free_body())
    assert np.isfinite(motion.rotations).all()
    assert np.allclose(motion.pelvis[5], (motion.pelvis[3] + motion.pelvis[7]) / 2)


def test_at_its_own_times_nothing_changes(make_motion):
    motion = make_motion()
    again = motion.at(motion.timestamps)
    assert np.array_equal(again.rotations, motion.rotations)
    assert np.allclose(again.pelvis, motion.pelvis)


def test_at_half_a_frame_is_half_way_and_ends_are_held(make_motion, angles):
    motion = make_motion()
    between = motion.at(np.array([-1.0, motion.timestamps[3] + 0.5 / 30, 99.0]))
    assert np.allclose(between.pelvis[1], motion.pelvis[3:5].mean(0))
    half = angles(between.rotations[1], motion.rotations[3])
    assert np.allclose(half, angles(motion.rotations[3], motion.rotations[4]) / 2, atol=1e-5)
    assert np.allclose(between.rotations[0], motion.rotations[0])
    assert np.allclose(between.rotations[2], motion.rotations[-1])


def test_a_motion_without_frames_or_with_wrong_shapes_is_refused(make_motion):
    motion = make_motion()
    with pytest.raises(BadInputError, match="no frame"):
        motion.take([])
    with pytest.raises(BadInputError, match="pelvis has shape"):
        motion.replace(pelvis=motion.pelvis[:-1])
