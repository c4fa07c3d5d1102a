"""Camera files: hand-written ones against OpenCV, the shipped rig against another system's triangulation."""

from __future__ import annotations

import itertools
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.files.read_cameras import camera_names, read_cameras
from understudy.core.files.read_openpose import read_openpose
from understudy.core.files.read_trc import read_trc
from understudy.core.files.write_cameras import write_cameras

CAMERA = """[cam_01]
name = "left one"
size = [ 1088.0, 1920.0]
matrix = [ [ 1681.2, 0.0, 532.9], [ 0.0, 1681.1, 948.1], [ 0.0, 0.0, 1.0]]
distortions = [ -0.1, 0.02, 0.003, 0.001]
rotation = [ 1.6, 1.0, -0.4]
translation = [ 0.3, 0.9, 2.9]
fisheye = false

"""
SECOND = CAMERA.replace("[cam_01]", "[cam_02]").replace('name = "left one"\n', "")
TAIL = "[metadata]\nadjusted = false\nerror = 0.0\n"


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "cal.toml"
    path.write_text(text)
    return path


def test_points_project_as_opencv_projects_them(tmp_path: Path) -> None:
    cameras = read_cameras(write(tmp_path, CAMERA + TAIL))
    point = np.array([[0.2, -0.1, 0.4]])
    expected, _ = cv2.projectPoints(
        point, np.array([1.6, 1.0, -0.4]), np.array([0.3, 0.9, 2.9]), cameras.K[0], np.array([-0.1, 0.02, 0.003, 0.001])
    )
    camera_from_world = np.linalg.inv(cameras.world_from_camera[0])
    in_camera = point @ camera_from_world[:3, :3].T + camera_from_world[:3, 3]
    ours, _ = cv2.projectPoints(in_camera, np.zeros(3), np.zeros(3), cameras.K[0], cameras.distortion[0])
    np.testing.assert_allclose(ours, expected, atol=1e-9)
    assert cameras.size.tolist() == [[1088, 1920]]
    assert cameras.timestamps.shape == (1, 0)


def test_order_names_and_times(tmp_path: Path) -> None:
    path = write(tmp_path, CAMERA + SECOND + TAIL)
    assert camera_names(path) == ("left one", "cam_02")
    cameras = read_cameras(path, timestamps=np.array([0.0, 0.5]))
    assert cameras.timestamps.tolist() == [[0.0, 0.5], [0.0, 0.5]]
    assert cameras.world_from_camera.shape == (2, 4, 4)


def test_shorter_lenses_are_filled_with_zeros(tmp_path: Path) -> None:
    five = SECOND.replace("0.003, 0.001]", "0.003, 0.001, 0.5]")
    assert read_cameras(write(tmp_path, CAMERA + five)).distortion.tolist() == [
        [-0.1, 0.02, 0.003, 0.001, 0.0],
        [-0.1, 0.02, 0.003, 0.001, 0.5],
    ]


def test_what_we_write_we_read(tmp_path: Path) -> None:
    before = read_cameras(write(tmp_path, CAMERA + SECOND + TAIL))
    path = write_cameras(before, ["cam_01", "cam_02"], tmp_path / "again.toml")
    after = read_cameras(path)
    assert camera_names(path) == ("cam_01", "cam_02")
    for name in ("K", "distortion", "size", "world_from_camera"):
        np.testing.assert_allclose(getattr(after, name), getattr(before, name), atol=1e-12)


BROKEN = [
    ("rotation = [ 1.6, 1.0, -0.4]\n", "", r"\[cam_01\] has no rotation"),
    ("translation = [ 0.3, 0.9, 2.9]", "translation = [ 0.3, 0.9]", r"translation has shape \(2,\), expected \(3,\)"),
    ("fisheye = false", "fisheye = true", "fisheye"),
    ("0.003, 0.001]", "0.003]", "3 distortions"),
    ("[ 0.0, 0.0, 1.0]]", "[ 0.0, 0.0, 2.0]]", "not a camera matrix"),
    ("[ 1681.2,", "[ nan,", "matrix holds values that are not numbers"),
    ("size = [ 1088.0,", 'size = [ "a",', "size is not numbers"),
    ("matrix = ", "K = ", r"\[cam_01\] has no matrix"),
    ("[cam_01]", "[cam_01", "not readable TOML"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN, ids=[message for *_, message in BROKEN])
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write(tmp_path, CAMERA.replace(old, new) + TAIL)
    with pytest.raises(BadInputError, match=message) as caught:
        read_cameras(path)
    assert str(path) in str(caught.value)


def test_no_cameras_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="there are no cameras"):
        read_cameras(write(tmp_path, TAIL))
    with pytest.raises(BadInputError, match="no camera file"):
        read_cameras(tmp_path / "none.toml")


# Places of the reference's markers in BODY_25B.
BODY_25B = {
    "RHip": 12, "RKnee": 14, "RAnkle": 16, "RBigToe": 22, "RSmallToe": 23, "RHeel": 24, "LHip": 11, "LKnee": 13,
    "LAnkle": 15, "LBigToe": 19, "LSmallToe": 20, "LHeel": 21, "Neck": 17, "Head": 18, "Nose": 0, "RShoulder": 6,
    "RElbow": 8, "RWrist": 10, "LShoulder": 5, "LElbow": 7, "LWrist": 9,
}  # fmt: skip


def triangulate(P: np.ndarray, points: np.ndarray) -> tuple[float, np.ndarray]:
    """Confidence-weighted linear triangulation of (C,3); mean reprojection error in pixels and the point."""
    rows = [w * (axis - x * p[2]) for p, (u, v, w) in zip(P, points, strict=True) for axis, x in ((p[0], u), (p[1], v))]
    X = np.linalg.svd(np.array(rows))[2][-1]
    image = P @ (X / X[3])
    return float(np.linalg.norm(image[:, :2] / image[:, 2:] - points[:, :2], axis=1).mean()), X[:3] / X[3]


def best(P: np.ndarray, points: np.ndarray) -> tuple[float, np.ndarray]:
    """Of cameras with confidence above 0.3; one camera is dropped when the error else exceeds 15 px."""
    seen = np.flatnonzero(points[:, 2] > 0.3)
    if len(seen) < 2:
        return np.inf, np.full(3, np.nan)
    found = triangulate(P[seen], points[seen])
    if found[0] > 15 and len(seen) > 2:
        fewer = [np.delete(seen, i) for i in range(len(seen))]
        found = min((triangulate(P[some], points[some]) for some in fewer), key=lambda pair: pair[0])
    return found


def test_the_shipped_detections_give_the_shipped_markers(shared_dir: Path, tmp_path: Path) -> None:
    """../shared/media/README.md: 0.1 mm median. Calibration, detections and markers are three files of one rig."""
    folder = shared_dir / "media" / "balance_4cam"
    if not folder.is_dir():
        pytest.skip("the clips balance_4cam are not in ../shared/media")
    with tarfile.open(folder / "reference" / "keypoints2d_body25b_json.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    cameras = read_cameras(folder / "Calib_qualisys.toml")
    P = np.array([K @ np.linalg.inv(pose)[:3] for K, pose in zip(cameras.K, cameras.world_from_camera, strict=True)])
    views = [read_openpose(tmp_path / "pose" / f"cam0{c}_json", "BODY_25B").body for c in range(1, 5)]
    assert [len(view) for view in views] == [100] * 4
    markers = read_trc(folder / "reference" / "triangulated.trc")
    truth = markers.in_world()
    order = [BODY_25B[name] for name in markers.names]
    errors = []
    for t in range(0, 100, 10):
        choices = [[n for n in range(len(view[t])) if (view[t, n, :, 2] > 0).any()] for view in views]

        def people(choice: tuple[int, ...], joint: int, t: int = t) -> np.ndarray:
            return np.array([view[t, n, joint] for view, n in zip(views, choice, strict=True)])

        def disagreement(choice: tuple[int, ...]) -> float:
            return float(np.median([triangulate(P, np.nan_to_num(people(choice, joint)))[0] for joint in order]))

        chosen = min(itertools.product(*choices), key=disagreement)  # the acrobat in all views
        for m, joint in enumerate(order):
            errors.append(np.linalg.norm(best(P, people(chosen, joint))[1] - truth[t, m]))
    assert len(errors) == 210
    assert np.nanmedian(errors) < 1e-4
    assert np.nanpercentile(errors, 90) < 1e-4
