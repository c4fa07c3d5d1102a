from __future__ import annotations

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from understudy.core.lift import camera


def test_screen_normalisation_agrees(parity):
    case, given, wanted = parity.case("screen_normalise")
    width, height = map(float, given["wh"])
    got = camera.screen_normalise(torch.from_numpy(given["px"]), width, height)
    parity.check_case(case, {"norm": got.numpy()}, wanted)
    back = camera.normalised_to_pixels(got, width, height)
    np.testing.assert_allclose(back, given["px"], atol=1e-9)


def test_projection_agrees(parity):
    case, given, wanted = parity.case("project")
    points, cameras = torch.from_numpy(given["points"]).float(), torch.from_numpy(given["cam"])
    got = {
        "nonlinear": camera.project(points, cameras).numpy(),
        "linear": camera.project(points, cameras, distorted=False).numpy(),
    }
    parity.check_case(case, got, wanted)


def test_world_and_camera_agree(parity):
    case, given, wanted = parity.case("world_camera")
    points, quaternion, position = (torch.from_numpy(given[key]) for key in ("points", "quaternion", "translation"))
    got = {
        "world_to_camera": camera.world_to_camera(points, quaternion, position).numpy(),
        "camera_to_world": camera.camera_to_world(points, quaternion, position).numpy(),
    }
    parity.check_case(case, got, wanted)


def test_world_to_camera_against_scipy():
    rng = np.random.default_rng(0)
    points, turn, position = rng.normal(size=(5, 4, 3)), Rotation.random(rng=rng), rng.normal(size=3)
    quaternion = torch.from_numpy(turn.as_quat(scalar_first=True))
    got = camera.world_to_camera(torch.from_numpy(points), quaternion, torch.from_numpy(position))
    wanted = turn.inv().apply((points - position).reshape(-1, 3)).reshape(points.shape)
    np.testing.assert_allclose(got, wanted, atol=1e-12)
    back = camera.camera_to_world(got, quaternion, torch.from_numpy(position))
    np.testing.assert_allclose(back, points, atol=1e-12)
