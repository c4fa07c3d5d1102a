"""Training of the contact network: shots that were never filmed, solved as footage would be."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.cli import main
from understudy.core.contact.network import load_contact_net
from understudy.core.errors import BadInputError
from understudy.core.fit.root import project
from understudy.core.lift.default_input import LANDMARKS
from understudy.core.skeleton import KEYPOINT_INDEX, TAKE_JOINTS
from understudy.core.train.noise import load_noise
from understudy.core.train.shots import simulate


def test_a_simulated_shot_is_its_motion_with_a_networks_errors() -> None:
    shot = simulate("walk", 3, 30, 30.0, load_free_body(), load_noise())
    again = simulate("walk", 3, 30, 30.0, load_free_body(), load_noise())
    np.testing.assert_array_equal(shot.track.keypoints2d, again.track.keypoints2d)
    assert shot.contacts.shape == (30, 6) and 0 < shot.contacts[:, :4].mean() < 1
    pose = shot.world_from_camera
    local = np.einsum("tji,tnj->tni", pose[:, :3, :3], shot.joints_world - pose[:, None, :3, 3])
    pixels = project(local, shot.camera)
    side = (shot.track.boxes[:, 3] - shot.track.boxes[:, 1])[:, None]
    names = [n for n in LANDMARKS if n.endswith(("wrist", "knee", "elbow"))]
    seen = shot.track.keypoints2d[:, [KEYPOINT_INDEX[n] for n in names]]
    off = np.linalg.norm(seen - pixels[:, [TAKE_JOINTS.index(n) for n in names]], axis=-1) / side
    assert 0.002 < np.median(off) < 0.04
    assert np.isnan(shot.track.keypoints3d).all()
    with pytest.raises(BadInputError):
        simulate("no such motion", 3, 30, 30.0, load_free_body(), load_noise())


def test_trains_and_goes_on_from_its_shots(data_file, tmp_path, capsys) -> None:
    arguments = ["train", "contacts", "--data", str(data_file), "--out", str(tmp_path / "run"), "--steps", "30"]
    small = ["--set", "shots=2", "--set", "test_shots=1", "--set", "seconds=0.8", "--set", "authored=1.0"]
    assert main([*arguments, *small]) == 0
    weights = tmp_path / "run" / "contacts.safetensors"
    net = load_contact_net(weights)
    assert net.weights[-1].shape == (2, 32)
    shots = sorted((tmp_path / "run" / "shots").iterdir())
    assert [path.name for path in shots] == ["test.00000.npz", "train.00000.npz", "train.00001.npz"]
    written = [path.stat().st_mtime_ns for path in shots]
    assert main([*arguments[:-1], "40", *small, "--resume"]) == 0
    assert [path.stat().st_mtime_ns for path in shots] == written  # solved once
    assert "f1" in capsys.readouterr().out
