"""Feet that glide and hover are planted: flat, on the floor, in one place, and the legs still reach."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.body.numpy_model import load_free_body
from understudy.core.rotation import matrix_to_axis_angle
from understudy.core.synth.footing import SIDES, Soles, plant_feet, resting, runs

BODY = load_free_body()
BETAS = BODY.betas_for_height(1.7)
SOLES = Soles.of(BODY, BETAS)
FPS = 30.0


def standing(frames: int, drift: float, hover: float, tilt: float) -> tuple[np.ndarray, np.ndarray]:
    """A standing body, knees a little bent, that slides by ``drift`` m, ``hover`` m up, its toes ``tilt`` rad up."""
    rotations = np.tile(np.eye(3), (frames, 22, 1, 1))
    rotations[:, 0] = Rotation.from_euler("x", 90, degrees=True).as_matrix()
    for side, hip, knee, ankle in (("left", 1, 4, 7), ("right", 2, 5, 8)):
        del side
        rotations[:, hip] = Rotation.from_euler("x", -15, degrees=True).as_matrix()
        rotations[:, knee] = Rotation.from_euler("x", 30, degrees=True).as_matrix()
        rotations[:, ankle] = Rotation.from_euler("x", -15 - np.degrees(tilt), degrees=True).as_matrix()
    transl = np.zeros((frames, 3))
    transl[:, 0] = np.linspace(0, drift, frames)
    transl[:, 2] = -SOLES.sole - 0.03 + hover
    return rotations, transl


def feet_of(rotations: np.ndarray, transl: np.ndarray) -> np.ndarray:
    """Contact points (T, 4, 3) of the soles."""
    pose = np.zeros((len(transl), 52, 3))
    pose[:, :22] = matrix_to_axis_angle(rotations)
    return BODY.forward(BETAS, pose, transl, vertex_ids=BODY.contact_vertices[:4])[0]


@pytest.mark.parametrize(("drift", "hover", "tilt"), [(0.04, 0.0, 0.0), (0.0, 0.03, 0.0), (0.03, -0.02, 0.08)])
def test_resting_feet_lie_still_on_the_floor(drift, hover, tilt):
    rotations, transl = standing(40, drift, hover, tilt)
    planted = feet_of(*plant_feet(rotations, transl, SOLES, {side: np.ones(40, bool) for side in SIDES}, FPS))
    assert np.abs(planted[..., 2]).max() < 0.005
    assert np.ptp(planted, axis=0).max() < 0.001


def test_feet_in_the_air_keep_their_motion():
    rotations, transl = standing(40, 0.5, 0.4, 0.3)
    nowhere = {side: np.zeros(40, bool) for side in SIDES}
    after, moved = plant_feet(rotations, transl, SOLES, nowhere, FPS)
    assert np.abs(feet_of(after, moved) - feet_of(rotations, transl)).max() < 0.002


def test_a_sunken_foot_in_the_air_is_lifted():
    rotations, transl = standing(40, 0.0, -0.05, 0.0)
    after = feet_of(*plant_feet(rotations, transl, SOLES, {side: np.zeros(40, bool) for side in SIDES}, FPS))
    assert after[..., 2].min() > -0.005


def test_a_raised_heel_turns_about_a_ball_that_stays():
    rotations, transl = standing(60, 0.0, 0.0, 0.0)
    pitch = np.radians(np.concatenate([np.zeros(20), np.linspace(0, 22, 20), np.full(20, 22)]))
    for ankle in (7, 8):
        rotations[:, ankle] = rotations[:, ankle] @ Rotation.from_euler("x", pitch[:, None]).as_matrix()
    feet = feet_of(*plant_feet(rotations, transl, SOLES, {side: np.ones(60, bool) for side in SIDES}, FPS))
    heel, ball = feet[:, [0, 2]], feet[:, [1, 3]]
    assert np.ptp(ball[..., :2], axis=0).max() < 0.006
    assert ball[..., 2].max() < 0.012
    assert (heel[-1, :, 2] > 0.04).all()


def test_a_foot_that_slides_far_makes_a_step():
    rotations, transl = standing(90, 0.3, 0.0, 0.0)
    feet = feet_of(*plant_feet(rotations, transl, SOLES, {side: np.ones(90, bool) for side in SIDES}, FPS))
    speed = np.linalg.norm(np.gradient(feet[:, 0, :2], 1 / FPS, axis=0), axis=-1)
    assert (speed < 0.02).mean() > 0.4  # it stands most of the time
    # and gets where it was going, from the middle of its first stand to that of its last
    assert np.ptp(feet[:, 0, 0]) == pytest.approx(0.24, abs=0.04)


def test_a_leg_that_does_not_reach_lowers_the_pelvis():
    rotations, transl = standing(40, 0.0, 0.06, 0.0)
    after, moved = plant_feet(rotations, transl, SOLES, {side: np.ones(40, bool) for side in SIDES}, FPS)
    assert (moved[:, 2] < transl[:, 2]).all()
    feet = feet_of(after, moved)
    assert np.abs(feet[..., 2]).max() < 0.005
    knees = matrix_to_axis_angle(after)[:, [4, 5], 0]
    assert np.degrees(knees).min() > 3  # never straight through


def test_rests_are_low_and_slow():
    t = np.arange(90) / FPS
    z = np.where((t > 1) & (t < 2), 0.2 * np.sin(np.pi * (t - 1)) ** 2, 0.0)
    x = np.clip(t - 1, 0, 1)
    ankle = np.stack([x, 0 * x, z + 0.08], axis=1)
    found = resting(ankle, ankle - [0, 0.1, 0.05], FPS)
    assert found[:28].all()
    assert found[63:].all()
    assert not found[33:57].any()


def test_runs():
    assert runs(np.array([0, 1, 1, 0, 1], bool)) == [(1, 3), (4, 5)]
    assert runs(np.zeros(3, bool)) == []
