"""cameras.toml: Pose2Sim's layout, read back by tomllib and by the project's own reader."""

from __future__ import annotations

import tomllib

import cv2
import numpy as np
import pytest

from understudy.core.errors import CannotWriteError
from understudy.core.files.read_cameras import read_cameras
from understudy.core.files.write_cameras import write_cameras
from understudy.core.synth.cameras import intrinsics, look_at
from understudy.core.take import TakeCameras

POSES = np.stack([
    look_at(np.array([0.0, 0, 1.4]), np.array([0.0, 5, 1])),
    look_at(np.array([3.0, 1, 1.8]), np.array([0.0, 5, 1]), np.array(0.2)),
])  # fmt: skip


def cameras(poses: np.ndarray) -> TakeCameras:
    K = np.stack([intrinsics(35, (640, 480)), intrinsics(50, (480, 640))])
    return TakeCameras(np.zeros((2, 3)), K, np.zeros((2, 4)), np.array([[640, 480], [480, 640]]), poses)


def test_tables_hold_what_opencv_wants(tmp_path) -> None:
    path = write_cameras(cameras(POSES), ["cam01", "cam02"], tmp_path / "cameras.toml")
    tables = tomllib.loads(path.read_text())
    assert list(tables) == ["cam01", "cam02", "metadata"]
    points = np.array([[0.2, 4.5, 1.1], [-0.3, 5.2, 0.4]])
    for c, name in enumerate(("cam01", "cam02")):
        table = tables[name]
        assert table["name"] == name and table["fisheye"] is False
        assert table["size"] == cameras(POSES).size[c].tolist()
        pixels, _ = cv2.projectPoints(
            points, np.array(table["rotation"]), np.array(table["translation"]), np.array(table["matrix"]),
            np.array(table["distortions"]),
        )  # fmt: skip
        local = (points - POSES[c, :3, 3]) @ POSES[c, :3, :3]
        K = cameras(POSES).K[c]
        assert np.allclose(pixels[:, 0], local[:, :2] / local[:, 2:] * K[0, 0] + K[:2, 2], atol=1e-6)


def test_the_reader_gives_back_what_was_written(tmp_path) -> None:
    path = write_cameras(cameras(POSES), ["cam01", "cam02"], tmp_path / "cameras.toml")
    back = read_cameras(path)
    assert np.allclose(back.world_from_camera, POSES, atol=1e-12) and np.array_equal(back.K, cameras(POSES).K)


def test_of_moving_cameras_it_holds_the_first_frame_and_says_so(tmp_path) -> None:
    moving = np.stack([POSES, POSES @ np.diag([1.0, -1, -1, 1])], axis=1)
    path = write_cameras(cameras(moving), ["a", "b"], tmp_path / "cameras.toml")
    still = write_cameras(cameras(POSES), ["a", "b"], tmp_path / "still.toml")
    a, b = (tomllib.loads(p.read_text()) for p in (path, still))
    assert "move" in a["metadata"].pop("note") and a == b


def test_no_folder_no_file(tmp_path) -> None:
    with pytest.raises(CannotWriteError):
        write_cameras(cameras(POSES), ["a", "b"], tmp_path / "gone" / "cameras.toml")
