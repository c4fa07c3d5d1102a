"""Fitting the pose prior: to postures whose distribution is known."""

from __future__ import annotations

import json

import numpy as np
import pytest

from understudy.core.cli import main
from understudy.core.fit.prior import PRIOR_JOINTS, load_prior, turns
from understudy.core.rotation import axis_angle_to_matrix
from understudy.core.train.prior import PriorSettings, fit_prior, held_out_figures, mirrored, save_prior

KNEE, HIP = PRIOR_JOINTS.index("left_knee"), PRIOR_JOINTS.index("left_hip")
SHOULDER = PRIOR_JOINTS.index("left_shoulder")


def clips(seed: int, count: int = 6, frames: int = 300) -> list[np.ndarray]:
    """Half of them sit, half stand; knees follow hips, and the left arm the left hip."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        pose = 0.02 * rng.normal(size=(frames, len(PRIOR_JOINTS), 3))
        swing = np.cumsum(rng.normal(size=frames)) * 0.05
        swing -= swing.mean()
        for side, sign in (("left", 1), ("right", -1)):
            hip, knee = PRIOR_JOINTS.index(f"{side}_hip"), PRIOR_JOINTS.index(f"{side}_knee")
            pose[:, hip, 0] += sign * 0.3 * swing - (1.5 if i % 2 else 0)
            pose[:, knee, 0] += 0.2 * sign * swing + (1.5 if i % 2 else 0)
            pose[:, PRIOR_JOINTS.index(f"{side}_shoulder"), 1] += 0.5 * swing
        made.append(axis_angle_to_matrix(pose))
    return made


def test_two_ways_to_hold_oneself_are_found():
    prior = fit_prior(clips(0), PriorSettings(components=2, noise=0.02), 0)
    assert sorted(prior.weights) == pytest.approx([0.5, 0.5], abs=0.02)
    knees = sorted(turns(prior.means, np.tile(np.eye(3), (len(PRIOR_JOINTS), 1, 1)))[:, 3 * KNEE])
    assert knees == pytest.approx([0.0, 1.5], abs=0.06)


def test_one_limb_tells_of_another():
    prior = fit_prior(clips(0), PriorSettings(components=2, noise=0.02), 0)
    figures = held_out_figures(prior, clips(9))
    assert figures["told_degrees"] < 0.5 * figures["mean_posture_degrees"]


def test_left_and_right_are_alike():
    prior = fit_prior(clips(0), PriorSettings(components=1), 0)
    np.testing.assert_allclose(mirrored(prior.means), prior.means, atol=1e-9)
    rotations = clips(3)[0]
    np.testing.assert_allclose(mirrored(mirrored(rotations)), rotations)
    bent = axis_angle_to_matrix(np.eye(len(PRIOR_JOINTS))[SHOULDER][:, None] * [0.1, 0.2, 0.3])
    other = mirrored(bent)
    assert np.allclose(other[SHOULDER], np.eye(3))
    expected = axis_angle_to_matrix(np.array([0.1, -0.2, -0.3]))
    np.testing.assert_allclose(other[PRIOR_JOINTS.index("right_shoulder")], expected)


def test_what_is_saved_is_read(tmp_path):
    prior = fit_prior(clips(0, count=2, frames=60), PriorSettings(components=2), 0)
    path = tmp_path / "prior.safetensors"
    save_prior(prior, path, {"data": "drawn"})
    again = load_prior(path)
    for name, value in vars(prior).items():
        np.testing.assert_array_equal(getattr(again, name), value)


def test_from_the_command_line(tmp_path, data_file, capsys):
    arguments = ["train", "prior", "--data", str(data_file), "--out", str(tmp_path / "run"), "--steps", "1"]
    assert main([*arguments, "--set", "longest=2", "--set", "components=2", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert load_prior(tmp_path / "run" / "prior.safetensors").weights.sum() == pytest.approx(1)
    assert set(summary["held_out"]) == {"distance_per_number", "told_degrees", "mean_posture_degrees"}
