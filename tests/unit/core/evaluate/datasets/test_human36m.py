"""Human3.6M in VideoPose3D's npz and in 3DMPPE's json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets.human36m import read_json_layout, read_npz_layout

from .conftest import points, project, turn

# Places of the 17 joints among the 32, as VideoPose3D and Martinez et al. keep them.
KEPT = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]


@pytest.fixture
def npz(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    positions = {
        "S9": {"Directions 1": points(4, 32, 3).astype(np.float32), "Walking": points(2, 32, 3, seed=1)},
        "S11": {"Walking": points(3, 32, 3, seed=2)},
    }
    np.savez_compressed(tmp_path / "data_3d_h36m.npz", positions_3d=positions)
    return tmp_path, positions


def write_2d(folder: Path, frames: int, layout: str = "h36m") -> tuple[Path, np.ndarray]:
    views = [points(frames, 17, 2, seed=c) for c in range(4)]
    path = folder / "data_2d_h36m_gt.npz"
    metadata = {"layout_name": layout, "num_joints": 17, "keypoints_symmetry": [[4], [1]]}
    np.savez_compressed(path, positions_2d={"S9": {"Directions 1": views}}, metadata=metadata)
    return path, np.array(views)


def test_metres_world_and_the_17_joints(npz: tuple[Path, dict[str, Any]]) -> None:
    folder, positions = npz
    annotation = read_npz_layout(folder, "S9", "Directions 1")
    np.testing.assert_allclose(annotation.joints[0], positions["S9"]["Directions 1"][:, KEPT])
    assert annotation.frame == "world" and annotation.people == ("S9",) and annotation.cameras is None
    np.testing.assert_allclose(annotation.timestamps, [0, 0.02, 0.04, 0.06])
    assert annotation.joint_names[8:11] == ("thorax", "neck_nose", "head_top")


def test_the_whole_tree_on_demand(npz: tuple[Path, dict[str, Any]]) -> None:
    annotation = read_npz_layout(npz[0] / "data_3d_h36m.npz", "S11", joint_set="H36M-32")
    np.testing.assert_allclose(annotation.joints[0], npz[1]["S11"]["Walking"])


def test_keypoints_of_four_cameras(npz: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path, views = write_2d(tmp_path, 6)  # longer than the motion, as some videos are
    flat = read_npz_layout(npz[0], "S9", "Directions 1", keypoints2d=path).joints2d
    assert flat is not None and flat.shape == (4, 1, 4, 17, 2)
    np.testing.assert_allclose(flat[:, 0], views[:, :4])


def test_coco_detections_are_not_taken_for_human36m(npz: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    path, views = write_2d(tmp_path, 4, "coco")
    flat = read_npz_layout(npz[0], "S9", "Directions 1", keypoints2d=path).joints2d
    assert flat is not None
    np.testing.assert_allclose(flat[:, 0, :, 11], views[:, :, 5])  # left shoulder
    assert np.isnan(flat[:, :, :, 0]).all()  # COCO has no pelvis


def test_choices_and_mistakes_in_npz(npz: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, _ = npz
    with pytest.raises(BadInputError, match=r"which subject\?.*S9, S11"):
        read_npz_layout(folder)
    with pytest.raises(BadInputError, match=r"no action of S9 'Eating'.*Directions 1, Walking"):
        read_npz_layout(folder, "S9", "Eating")
    path, _ = write_2d(tmp_path, 3)
    with pytest.raises(BadInputError, match="camera 0 has 3 frames, the motion 4"):
        read_npz_layout(folder, "S9", "Directions 1", keypoints2d=path)
    with pytest.raises(BadInputError, match="no 'Walking'"):
        read_npz_layout(folder, "S9", "Walking", keypoints2d=path)
    path, _ = write_2d(tmp_path, 4, "halpe")
    with pytest.raises(BadInputError, match="layout 'halpe'"):
        read_npz_layout(folder, "S9", "Directions 1", keypoints2d=path)
    other = tmp_path / "other"
    other.mkdir()
    np.savez(other / "data_3d_h36m.npz", positions_3d={"S1": {"Walking": points(4, 20, 3)}})
    with pytest.raises(BadInputError, match="S1, Walking: 20 joints, expected 32 or 17"):
        read_npz_layout(other)
    np.savez(other / "data_3d_h36m.npz", positions_2d={})
    with pytest.raises(BadInputError, match="no 'positions_3d'"):
        read_npz_layout(other)
    np.savez(other / "data_3d_h36m.npz", positions_3d=np.eye(3))
    with pytest.raises(BadInputError, match="not a dictionary of subjects"):
        read_npz_layout(other)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInputError, match=r"empty: no files called data_3d_h36m\.npz"):
        read_npz_layout(tmp_path / "empty")


CAMERAS = {
    "1": {"R": turn(-1.5, 0.1, 0.4), "t": [-346.0, 547.0, 5474.0], "f": [1145.0, 1144.0], "c": [512.5, 515.4]},
    "2": {"R": turn(-1.6, 0.0, -1.2), "t": [100.0, 420.0, 5200.0], "f": [1149.0, 1147.0], "c": [508.8, 508.1]},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Frames 10, 5 and 100 of one action; numbers in millimetres, near the origin of the room."""
    joints = {"2": {"1": {str(f): (300 * points(17, 3, seed=f)).tolist() for f in (10, 5, 100)}}}
    cameras = {n: {k: np.asarray(v).tolist() for k, v in c.items()} for n, c in CAMERAS.items()}
    (tmp_path / "Human36M_subject9_joint_3d.json").write_text(json.dumps(joints))
    (tmp_path / "Human36M_subject9_camera.json").write_text(json.dumps(cameras))
    return tmp_path


def test_json_values_times_and_projection(folder: Path) -> None:
    annotation = read_json_layout(folder)
    assert annotation.extra["frame_indices"].tolist() == [5, 10, 100]
    np.testing.assert_allclose(annotation.timestamps, [0.1, 0.2, 2.0])
    np.testing.assert_allclose(annotation.joints[0, 1], 0.3 * points(17, 3, seed=10))
    for c, camera in enumerate(CAMERAS.values()):
        x = 300 * points(17, 3, seed=5) @ np.asarray(camera["R"]).T + camera["t"]
        expected = x[:, :2] / x[:, 2:] * camera["f"] + camera["c"]
        np.testing.assert_allclose(project(annotation, c)[0, 0], expected)
    assert annotation.cameras is not None and annotation.cameras.size.tolist() == [[0, 0], [0, 0]]


def test_json_sizes_come_from_the_pictures(folder: Path) -> None:
    images = [{"cam_idx": c, "width": 1000, "height": 1000 + c} for c in (1, 2)]
    (folder / "Human36M_subject9_data.json").write_text(json.dumps({"images": images, "annotations": []}))
    lens = read_json_layout(folder, 9, 2, 1).cameras
    assert lens is not None and lens.size.tolist() == [[1000, 1001], [1000, 1002]]


def edit(folder: Path, name: str, change: Any) -> None:
    path = folder / f"Human36M_subject9_{name}.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


BROKEN = [
    ("camera", lambda c: c["2"].pop("t"), r"camera\.json: camera 2: no 't'"),
    ("camera", lambda c: c["1"].update(R=[[1, 0], [0, 1]]), r"'R' has shape \(2, 2\), expected \(3, 3\)"),
    ("camera", lambda c: c["1"].update(t=[0, 0, -9000]), "camera 1 has the person behind it"),
    ("joint_3d", lambda c: c["2"]["1"]["10"].pop(), r"'frame 10' has shape \(16, 3\), expected \(17, 3\)"),
    ("joint_3d", lambda c: c["2"]["1"].clear(), "no frames"),
    ("joint_3d", lambda c: c.update({"3": {}}), r"which action\?.*2, 3"),
]


@pytest.mark.parametrize(("name", "change", "message"), BROKEN, ids=[message for *_, message in BROKEN])
def test_json_mistakes_are_named(folder: Path, name: str, change: Any, message: str) -> None:
    edit(folder, name, change)
    with pytest.raises(BadInputError, match=message) as caught:
        read_json_layout(folder)
    assert f"Human36M_subject9_{name}.json" in str(caught.value)


def test_json_cut_or_missing(folder: Path) -> None:
    with pytest.raises(BadInputError, match=r"no subject 1\..*9"):
        read_json_layout(folder, 1)
    path = folder / "Human36M_subject9_joint_3d.json"
    path.write_text(path.read_text()[:200])
    with pytest.raises(BadInputError, match=r"joint_3d\.json is not readable JSON"):
        read_json_layout(folder)
    (folder / "Human36M_subject9_camera.json").unlink()
    path.write_text(json.dumps({"2": {"1": {"5": points(17, 3).tolist()}}}))
    with pytest.raises(BadInputError, match=r"no file .*subject9_camera\.json"):
        read_json_layout(folder)
