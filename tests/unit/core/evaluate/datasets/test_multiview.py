"""Campus, Shelf and CMU Panoptic: several people, several fixed cameras."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets import panoptic, shelf

from .conftest import points, project, turn

# --- Campus and Shelf -------------------------------------------------------------------------------------------------

K = np.array([[1000.0, 2, 520], [0, 990, 390], [0, 0, 1]])
RIG = [(turn(-1.5, 0.2, 0.1), np.array([0.2, 1.1, 5.0])), (turn(-1.6, 0.0, 1.4), np.array([-0.5, 1.0, 6.0]))]


def cell(items: list[Any], column: bool = False) -> np.ndarray:
    array = np.empty((len(items), 1) if column else (1, len(items)), dtype=object)
    array.ravel()[:] = [None] * len(items)
    for i, item in enumerate(items):
        array[(i, 0) if column else (0, i)] = item
    return array


def actors(frames: int, people: int = 2) -> list[list[np.ndarray]]:
    out = [[points(14, 3, seed=10 * p + t) for t in range(frames)] for p in range(people)]
    out[1][2] = np.zeros((0, 0))
    out[0][1] = np.zeros((1, 1))  # the other way of saying that the person is not there
    return out


def write_shelf(folder: Path, frames: int = 4, **more: Any) -> Path:
    folder.mkdir(exist_ok=True)
    content = cell([cell(actor, column=True) for actor in actors(frames)])
    savemat(folder / "actorsGT.mat", {"actor3D": more.get("actor3D", content), "actor2D": np.zeros((1, 1))})
    return folder


def write_projections(folder: Path) -> None:
    (folder / "Calibration").mkdir()
    for c, (R, t) in enumerate(RIG):
        P = -0.3 * K @ np.column_stack([R, t])  # of any scale and sign
        text = "\n".join(",".join(repr(float(v)) for v in row) for row in P)
        (folder / "Calibration" / f"P{c}.txt").write_text(text + "\n")


@pytest.mark.parametrize("reader", [shelf.read_shelf, shelf.read_campus])
def test_shelf_people_frames_and_absence(tmp_path: Path, reader: Any) -> None:
    annotation = reader(write_shelf(tmp_path))
    assert annotation.people == ("1", "2") and annotation.frame == "world" and annotation.cameras is None
    np.testing.assert_allclose(annotation.joints[1, 3], points(14, 3, seed=13))
    assert np.isnan(annotation.joints[1, 2]).all() and np.isnan(annotation.joints[0, 1]).all()
    assert np.isfinite(annotation.joints[0, [0, 2, 3]]).all()


def test_shelf_projection_matrices(tmp_path: Path) -> None:
    write_projections(write_shelf(tmp_path))
    annotation = shelf.read_shelf(tmp_path)
    for c, (R, t) in enumerate(RIG):
        image = (points(14, 3, seed=10) @ R.T + t) @ K.T
        np.testing.assert_allclose(project(annotation, c)[1, 0], image[:, :2] / image[:, 2:])
    assert annotation.cameras is not None
    np.testing.assert_allclose(annotation.cameras.K, [K, K])
    for pose, (R, t) in zip(annotation.cameras.world_from_camera, RIG, strict=True):
        np.testing.assert_allclose(pose[:3, :3], R.T, atol=1e-12)  # no mirror image, though P has another sign
        np.testing.assert_allclose(pose[:3, 3], -R.T @ t)


def test_shelf_calibration_as_voxelpose_has_it(tmp_path: Path) -> None:
    """T is the camera's place in millimetres: x_cam = R (x - T)."""
    write_shelf(tmp_path)
    content = {
        str(c): {
            "R": R.tolist(), "T": (-1000 * R.T @ t)[:, None].tolist(), "fx": 1000.0, "fy": 990.0, "cx": 520.0,
            "cy": 390.0, "k": [[0.1], [0.2], [0.3]], "p": [[0.01], [0.02]],
        }
        for c, (R, t) in enumerate(RIG)
    }  # fmt: skip
    path = tmp_path / "calibration_shelf.json"
    path.write_text(json.dumps(content))
    annotation = shelf.read_shelf(tmp_path)
    x = points(14, 3) @ RIG[1][0].T + RIG[1][1]
    np.testing.assert_allclose(project(annotation, 1)[0, 0], x[:, :2] / x[:, 2:] * [1000, 990] + [520, 390])
    assert annotation.cameras is not None
    np.testing.assert_allclose(annotation.cameras.distortion[0], [0.1, 0.2, 0.01, 0.02, 0.3])  # OpenCV's order
    del content["1"]["fx"]
    path.write_text(json.dumps(content))
    with pytest.raises(BadInputError, match=r"calibration_shelf\.json: camera 1: no 'fx'"):
        shelf.read_shelf(tmp_path)


def test_shelf_test_frames(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="4 frames, the test frames end at 599"):
        shelf.read_shelf(write_shelf(tmp_path), test_frames=True)
    annotation = shelf.read_shelf(write_shelf(tmp_path, 605), test_frames=True)
    assert (annotation.timestamps[0], annotation.timestamps[-1], len(annotation.timestamps)) == (300, 599, 300)
    np.testing.assert_allclose(annotation.joints[0, 0], points(14, 3, seed=300))
    annotation = shelf.read_campus(write_shelf(tmp_path, 751), test_frames=True)
    assert annotation.timestamps.tolist() == [*range(350, 471), *range(650, 751)]


def test_shelf_mistakes(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="not a cell array"):
        shelf.read_shelf(write_shelf(tmp_path, actor3D=np.eye(4)))
    bad = actors(4)
    bad[0][3] = points(13, 3)
    content = cell([cell(actor, column=True) for actor in bad])
    with pytest.raises(BadInputError, match=r"'actor3D\{1\}\{4\}' has shape \(13, 3\), expected \(14, 3\)"):
        shelf.read_shelf(write_shelf(tmp_path, actor3D=content))
    content = cell([cell(actors(4)[0], column=True), cell(actors(3)[0], column=True)])
    with pytest.raises(BadInputError, match=r"people have \[3, 4\] frames"):
        shelf.read_shelf(write_shelf(tmp_path, actor3D=content))
    write_projections(write_shelf(tmp_path))
    (tmp_path / "Calibration" / "P1.txt").write_text("1,2,3\n4,5,6\n")
    with pytest.raises(BadInputError, match=r"P1\.txt: 'P' has shape \(2, 3\), expected \(3, 4\)"):
        shelf.read_shelf(tmp_path)
    (tmp_path / "Calibration" / "P1.txt").write_text("1,2,3,4\n1,2,3,5\n0,0,1,1\n")
    with pytest.raises(BadInputError, match=r"P1\.txt is not a camera's projection"):
        shelf.read_shelf(tmp_path)


# --- Panoptic ---------------------------------------------------------------------------------------------------------


def body(person: int, seed: int) -> dict[str, Any]:
    joints = np.column_stack([100 * points(19, 3, seed=seed), np.full(19, 0.6)])
    joints[4] = [0, 0, 0, -1]  # not reconstructed
    joints[5, 3] = 0.05
    return {"id": person, "joints19": joints.ravel().tolist()}


def studio_camera(name: str, kind: str, R: np.ndarray, t: np.ndarray) -> dict[str, Any]:
    return {
        "name": name, "type": kind, "resolution": [1920, 1080], "panel": 0, "node": 1,
        "K": [[1633.0, 0, 943.3], [0, 1628.8, 557.3], [0, 0, 1]], "distCoef": [-0.22, 0.2, 0.0002, 0.0003, 0.04],
        "R": R.tolist(), "t": t[:, None].tolist(),
    }  # fmt: skip


STUDIO = [(turn(0.1, 0.3, 0), np.array([10.0, 120, 300])), (turn(0, -1.3, 0.1), np.array([-20.0, 100, 280]))]


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    folder = tmp_path / "171204_pose1_sample"
    scenes = folder / "hdPose3d_stage1_coco19"
    scenes.mkdir(parents=True)
    for frame, bodies in {104: [body(7, 1)], 105: [body(7, 2), body(3, 3)], 110: []}.items():
        text = json.dumps({"version": 0.7, "univTime": 53541.5, "fpsType": "hd_29_97", "bodies": bodies})
        (scenes / f"body3DScene_{frame:08d}.json").write_text(text)
    cameras = [studio_camera(f"00_{c:02d}", "hd", *pose) for c, pose in enumerate(STUDIO)]
    cameras.append(studio_camera("01_01", "vga", *STUDIO[0]))
    text = json.dumps({"calibDataSource": "x", "cameras": cameras})
    (folder / "calibration_171204_pose1_sample.json").write_text(text)
    return folder


def test_panoptic_becomes_metres_z_up(sequence: Path) -> None:
    annotation = panoptic.read(sequence)
    assert annotation.people == ("3", "7") and annotation.extra["frame_indices"].tolist() == [104, 105, 110]
    np.testing.assert_allclose(annotation.timestamps, np.array([104, 105, 110]) * 1001 / 30000)
    x, y, z = points(19, 3, seed=3)[0]
    np.testing.assert_allclose(annotation.joints[0, 1, 0], [x, z, -y])  # the studio's y points down
    assert np.isnan(annotation.joints[0, [0, 2]]).all() and np.isnan(annotation.joints[1, 0, 4]).all()
    assert annotation.extra["confidence"][1, 0, 0] == 0.6
    assert np.isnan(panoptic.read(sequence, min_confidence=0.1).joints[1, 0, 5]).all()


def test_panoptic_projects_as_the_studio_does(sequence: Path) -> None:
    annotation = panoptic.read(sequence)
    assert annotation.extra["camera_names"].tolist() == ["00_00", "00_01"]
    for c, (R, t) in enumerate(STUDIO):
        x = 100 * points(19, 3, seed=1) @ R.T + t
        expected = x[:, :2] / x[:, 2:] * [1633.0, 1628.8] + [943.3, 557.3]
        np.testing.assert_allclose(project(annotation, c)[1, 0, :4], expected[:4])
    assert annotation.cameras is not None
    assert annotation.cameras.size.tolist() == [[1920, 1080]] * 2
    np.testing.assert_allclose(annotation.cameras.distortion[0], [-0.22, 0.2, 0.0002, 0.0003, 0.04])


def test_panoptic_choices(sequence: Path) -> None:
    annotation = panoptic.read(sequence, views=("01_01", "00_01"), start=105, end=110)
    assert annotation.extra["camera_names"].tolist() == ["01_01", "00_01"]
    assert annotation.extra["frame_indices"].tolist() == [105]
    with pytest.raises(BadInputError, match=r"no camera '00_30'.*00_00"):
        panoptic.read(sequence, views=("00_30",))
    with pytest.raises(BadInputError, match="no hdPose3d_stage1_coco19"):
        panoptic.read(sequence, start=200)


def test_panoptic_mistakes(sequence: Path) -> None:
    scene = sequence / "hdPose3d_stage1_coco19" / "body3DScene_00000104.json"
    for bodies, message in (
        ([{"id": 1, "joints19": [0.0] * 60}], "'joints19' has 60 numbers, expected 76"),
        ([{"joints19": [0.0] * 76}], "no 'id'"),
        ([{"id": 1, "joints15": []}], "body 1: no 'joints19'"),
    ):
        scene.write_text(json.dumps({"bodies": bodies}))
        with pytest.raises(BadInputError, match=message) as caught:
            panoptic.read(sequence)
        assert str(scene) in str(caught.value)
    scene.write_text('{"bodies": [')
    with pytest.raises(BadInputError, match=r"body3DScene_00000104\.json is not readable JSON"):
        panoptic.read(sequence)
    scene.write_text('{"bodies": []}')
    lenses = sequence / "calibration_171204_pose1_sample.json"
    lenses.write_text(lenses.read_text().replace('"distCoef"', '"lens"'))
    with pytest.raises(BadInputError, match="camera 00_00: no 'distCoef'"):
        panoptic.read(sequence)
    lenses.unlink()
    with pytest.raises(BadInputError, match=r"no files called calibration_\*\.json"):
        panoptic.read(sequence)
