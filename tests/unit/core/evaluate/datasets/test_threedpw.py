"""3DPW's sequence files, pickled as Python 2 did."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets.threedpw import read

from .conftest import Attack, points, project, turn

FRAMES = 4
K = np.array([[1961.85, 0, 540.0], [0, 1969.23, 960.0], [0, 0, 1]])


def camera_poses() -> np.ndarray:
    poses = np.tile(np.eye(4), (FRAMES, 1, 1))
    for t in range(FRAMES):
        poses[t, :3, :3] = turn(0.1 * t, -0.2, 3.0)
        poses[t, :3, 3] = [0.1, -0.2 * t, 5.0]
    return poses


def content() -> dict[str, Any]:
    people = range(2)
    flat = [np.concatenate([500 + points(FRAMES, 2, 18, seed=p), np.ones((FRAMES, 1, 18))], axis=1) for p in people]
    flat[1][2, :, 5] = 0  # not found
    return {
        "sequence": "courtyard_test_00",
        "betas": [points(10, seed=p) for p in people],
        "poses": [points(FRAMES, 72, seed=p) for p in people],
        "trans": [points(FRAMES, 3, seed=p) for p in people],
        "jointPositions": [points(FRAMES, 72, seed=5 + p) for p in people],
        "cam_poses": camera_poses(),
        "campose_valid": [np.ones(FRAMES, bool), np.array([True, False, True, True])],
        "cam_intrinsics": K,
        "img_frame_ids": np.arange(FRAMES) * 2,
        "genders": ["m", "f"],
        "poses2d": flat,
    }


def test_joints_in_the_moving_cameras_axes(write_pickle) -> None:
    annotation = read(write_pickle("courtyard_test_00.pkl", content()))
    world = points(FRAMES, 72, seed=5).reshape(FRAMES, 24, 3)
    for t, pose in enumerate(camera_poses()):
        expected = np.column_stack([world[t], np.ones(24)]) @ pose.T
        np.testing.assert_allclose(annotation.joints[0, t], expected[:, :3])
    assert annotation.frame == "camera" and annotation.people == ("1", "2")
    np.testing.assert_allclose(annotation.timestamps, np.arange(FRAMES) / 30)
    assert annotation.name == "3DPW courtyard_test_00"


def test_the_camera_brings_joints_back_to_the_files_world(write_pickle) -> None:
    annotation = read(write_pickle("a.pkl", content()))
    lens = annotation.cameras
    assert lens is not None and lens.world_from_camera.shape == (1, FRAMES, 4, 4)
    back = np.einsum("tij,tnj->tni", lens.world_from_camera[0, :, :3, :3], annotation.joints[0])
    back += lens.world_from_camera[0, :, None, :3, 3]
    np.testing.assert_allclose(back, annotation.extra["joints_file_world"][0])
    image = annotation.joints[0, 2] @ K.T
    np.testing.assert_allclose(project(annotation, 0)[0, 2], image[:, :2] / image[:, 2:])


def test_frames_without_a_camera_are_masked_and_zeros_are_missing(write_pickle) -> None:
    annotation = read(write_pickle("a.pkl", content()))
    assert np.isnan(annotation.joints[1, 1]).all()
    assert np.isfinite(np.delete(annotation.joints[1], 1, axis=0)).all() and np.isfinite(annotation.joints[0]).all()
    assert np.isnan(annotation.extra["coco18"][1, 2, 5]).all()
    np.testing.assert_allclose(annotation.extra["coco18"][0, 1, 7, :2], 500 + points(FRAMES, 2, 18)[1, :, 7])


def test_parameters_go_along(write_pickle) -> None:
    extra = read(write_pickle("a.pkl", content() | {"betas": [points(300, seed=p) for p in range(2)]})).extra
    assert {k: extra[k].shape for k in ("betas", "poses", "trans")} == {
        "betas": (2, 10), "poses": (2, FRAMES, 72), "trans": (2, FRAMES, 3)
    }  # fmt: skip


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"jointPositions": [points(FRAMES, 72)]}, "'campose_valid' has 2 entries for 1 people"),
    ({"jointPositions": []}, "'jointPositions' has no people"),
    ({"jointPositions": np.eye(3)}, "'jointPositions' has shape"),
    ({"cam_poses": np.eye(4)}, r"'cam_poses' has shape \(4, 4\), expected \(4, 4, 4\)"),
    ({"campose_valid": [np.ones(3), np.ones(3)]}, r"'campose_valid' has shape \(3,\), expected \(4,\)"),
    ({"betas": [np.zeros(4), np.zeros(4)]}, r"'betas' has shape \(4,\), expected \(10,\)"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_mistakes_are_named(write_pickle, change: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError, match=message) as caught:
        read(write_pickle("a.pkl", content() | change))
    assert "a.pkl" in str(caught.value)


@pytest.mark.parametrize("name", ["jointPositions", "cam_poses", "campose_valid", "cam_intrinsics", "trans"])
def test_missing_keys_are_named(write_pickle, name: str) -> None:
    data = content()
    del data[name]
    with pytest.raises(BadInputError, match=rf"a\.pkl: no '{name}'"):
        read(write_pickle("a.pkl", data))


def test_code_in_the_file_is_not_run(write_pickle, tmp_path) -> None:
    with pytest.raises(BadInputError, match="system"):
        read(write_pickle("a.pkl", content() | {"sequence": Attack(tmp_path / "ran")}))
    assert not (tmp_path / "ran").exists()
