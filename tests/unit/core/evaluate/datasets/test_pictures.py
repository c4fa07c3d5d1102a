"""MPII (MATLAB and json) and COCO: points in pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets import coco, mpii

from .conftest import points

# --- MPII -------------------------------------------------------------------------------------------------------------


def structs(items: list[dict[str, Any]]) -> np.ndarray:
    """MATLAB's struct array (1,n); a missing field is empty, as MATLAB leaves it."""
    names = sorted({name for item in items for name in item})
    array = np.empty((1, len(items)), dtype=[(name, object) for name in names])
    for i, item in enumerate(items):
        for name in names:
            array[name][0, i] = item.get(name, np.zeros((0, 0)))
    return array


def person(joints: dict[int, tuple[float, float, Any]], **more: Any) -> dict[str, Any]:
    listed = structs([{"id": j, "x": x, "y": y, "is_visible": v} for j, (x, y, v) in joints.items()])
    head = {"x1": 627.0, "y1": 100.0, "x2": 706.0, "y2": 198.0}
    place = structs([{"x": 594.0, "y": 257.0}])
    return {"annopoints": structs([{"point": listed}]), "scale": 3.02, "objpos": place, **head, **more}


@pytest.fixture
def release(tmp_path: Path) -> Path:
    two = structs([person({0: (620.0, 394.5, 1), 9: (637.0, 190.0, np.zeros((0, 0)))}),
                   person({6: (10.5, 20.0, "0"), 7: (11.0, 21.0, 0)}, scale=2.0)])  # fmt: skip
    bare = structs([{"x1": 1.0, "scale": 1.0}])  # a head box without points, as in the test pictures
    annolist = structs([
        {"image": structs([{"name": "015601864.jpg"}]), "annorect": two},
        {"image": structs([{"name": "000000001.jpg"}]), "annorect": bare},
        {"image": structs([{"name": "015599452.jpg"}]), "annorect": structs([person({15: (5.0, 6.0, 1)})])},
    ])  # fmt: skip
    savemat(tmp_path / "mpii.mat", {"RELEASE": structs([{"annolist": annolist, "img_train": [1, 0, 1]}])})
    return tmp_path / "mpii.mat"


def test_mpii_matlab(release: Path) -> None:
    annotation = mpii.read(release)
    assert annotation.extra["images"].tolist() == ["015601864.jpg", "015599452.jpg"]
    flat = annotation.joints2d
    assert flat is not None and flat.shape == (1, 2, 2, 16, 2)
    np.testing.assert_allclose(flat[0, 0, 0, 0], [619.0, 393.5])  # MATLAB counts from 1
    np.testing.assert_allclose(flat[0, 1, 0, 6], [9.5, 19.0])
    np.testing.assert_allclose(flat[0, 0, 1, 15], [4.0, 5.0])
    assert np.isfinite(flat).all(-1).sum() == 5 and np.isnan(annotation.joints).all()
    assert annotation.extra["occluded"].nonzero()[2].tolist() == [6, 7]
    np.testing.assert_allclose(annotation.extra["head_box"][0, 0], [626, 99, 705, 197])
    np.testing.assert_allclose(annotation.extra["scale"], [[3.02, 3.02], [2.0, np.nan]])
    np.testing.assert_allclose(annotation.extra["center"][0, 1], [593, 256])
    masked = mpii.read(release, hidden="mask").joints2d
    assert masked is not None and np.isfinite(masked).all(-1).sum() == 3


def test_mpii_json(tmp_path: Path) -> None:
    joints = 100 + points(16, 2)
    visible = [0, 0, *[1] * 14]
    entries = [
        {"image": "b.jpg", "joints": joints.tolist(), "joints_vis": visible, "scale": 3.0, "center": [594.0, 257.0]},
        {"image": "a.jpg", "joints": joints.tolist(), "joints_vis": [1] * 16, "scale": 4.0, "center": [1.0, 2.0]},
        {"image": "b.jpg", "joints": (joints + 1).tolist(), "joints_vis": [1] * 16},
    ]
    path = tmp_path / "train.json"
    path.write_text(json.dumps(entries))
    annotation = mpii.read(path)
    assert annotation.extra["images"].tolist() == ["b.jpg", "a.jpg"] and annotation.people == ("1", "2")
    assert annotation.joints2d is not None
    np.testing.assert_allclose(annotation.joints2d[0, 0, 0, 2:], joints[2:] - 1)
    np.testing.assert_allclose(annotation.joints2d[0, 1, 0], joints)
    assert np.isnan(annotation.joints2d[0, 0, 0, :2]).all() and np.isnan(annotation.joints2d[0, 1, 1]).all()
    for change, message in (
        ({"joints": joints[:15].tolist()}, r"entry 1: 'joints' has shape \(15, 2\), expected \(16, 2\)"),
        ({"joints_vis": [1] * 15}, "entry 1: 'joints_vis' has 15 numbers, expected 16"),
    ):
        path.write_text(json.dumps([entries[0], entries[1] | change]))
        with pytest.raises(BadInputError, match=message) as caught:
            mpii.read(path)
        assert str(path) in str(caught.value)
    path.write_text("{}")
    with pytest.raises(BadInputError, match="not a list of people"):
        mpii.read(path)


def test_mpii_matlab_mistakes(release: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="hidden is 'yes'"):
        mpii.read(release, hidden="yes")
    wrong = structs([{"image": structs([{"name": "a.jpg"}]), "annorect": structs([person({16: (1.0, 2.0, 1)})])}])
    savemat(release, {"RELEASE": structs([{"annolist": wrong}])})
    with pytest.raises(BadInputError, match=r"annolist\(1\): joint id 16"):
        mpii.read(release)
    savemat(release, {"RELEASE": structs([{"img_train": [1]}])})
    with pytest.raises(BadInputError, match=r"mpii\.mat: no 'annolist'"):
        mpii.read(release)
    savemat(release, {"X": 1})
    with pytest.raises(BadInputError, match=r"mpii\.mat: no 'RELEASE'"):
        mpii.read(release)
    savemat(release, {"RELEASE": structs([{"annolist": structs([{"annorect": np.zeros((0, 0))}])}])})
    with pytest.raises(BadInputError, match="no annotated people"):
        mpii.read(release)


# --- COCO -------------------------------------------------------------------------------------------------------------

NAMES = ["nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
         "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
         "right_ankle"]  # fmt: skip


def keypoints(start: int, hidden: tuple[int, ...] = (), missing: tuple[int, ...] = ()) -> list[int]:
    values: list[int] = []
    for j in range(17):
        values += [0, 0, 0] if j in missing else [start + j, start + 2 * j, 1 if j in hidden else 2]
    return values


@pytest.fixture
def coco_file(tmp_path: Path) -> Path:
    content = {
        "images": [{"id": i, "file_name": f"{i:012d}.jpg", "width": 640, "height": 480} for i in (785, 139, 40036)],
        "annotations": [
            {"id": 1, "image_id": 785, "keypoints": keypoints(10, (3,), (4, 5)), "num_keypoints": 15,
             "bbox": [1.5, 2, 30, 40], "area": 600.5, "iscrowd": 0, "category_id": 1},
            {"id": 2, "image_id": 139, "keypoints": keypoints(50), "num_keypoints": 17, "bbox": [0, 0, 1, 1]},
            {"id": 3, "image_id": 139, "keypoints": keypoints(90), "num_keypoints": 17},
            {"id": 4, "image_id": 139, "keypoints": [0] * 51, "num_keypoints": 0, "bbox": [0, 0, 1, 1], "area": 1},
            {"id": 5, "image_id": 40036, "keypoints": keypoints(1), "num_keypoints": 17, "iscrowd": 1},
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": NAMES, "skeleton": [[16, 14]]}],
    }  # fmt: skip
    path = tmp_path / "person_keypoints_val2017.json"
    path.write_text(json.dumps(content))
    return path


def test_coco(coco_file: Path) -> None:
    annotation = coco.read(coco_file)
    assert annotation.extra["image_ids"].tolist() == [139, 785]
    assert annotation.extra["images"].tolist() == ["000000000139.jpg", "000000000785.jpg"]
    flat = annotation.joints2d
    assert flat is not None and flat.shape == (1, 2, 2, 17, 2)
    np.testing.assert_allclose(flat[0, 0, 1, 16], [26, 42])
    np.testing.assert_allclose(flat[0, 1, 0, 0], [90, 90])
    assert np.isnan(flat[0, 0, 1, 4:6]).all() and np.isnan(flat[0, 1, 1]).all()
    assert annotation.extra["occluded"].sum() == 1 and annotation.extra["occluded"][0, 1, 3]
    np.testing.assert_allclose(annotation.extra["box"][0, 1], [1.5, 2, 30, 40])
    assert annotation.extra["area"][0, 1] == 600.5
    masked = coco.read(coco_file, hidden="mask").joints2d
    assert masked is not None and np.isnan(masked[0, 0, 1, 3]).all() and np.isfinite(flat[0, 0, 1, 3]).all()


BROKEN = [
    (lambda c: c["annotations"][0].update(keypoints=[1, 2, 2]), "annotation 0: 'keypoints' has 3 numbers, expected 51"),
    (lambda c: c["annotations"][1].pop("keypoints"), "annotation 1: no 'keypoints'"),
    (lambda c: c["annotations"][1].update(image_id=3), "annotation 1: no image 3"),
    (lambda c: c["annotations"][1].update(image_id="a"), "'image_id' is not an array of numbers"),
    (lambda c: c["categories"][0]["keypoints"].reverse(), "not COCO's 17"),
    (lambda c: c.pop("images"), "no 'images'"),
    (lambda c: c.update(annotations=[]), "no annotated people"),
]


@pytest.mark.parametrize(("change", "message"), BROKEN, ids=[message for _, message in BROKEN])
def test_coco_mistakes(coco_file: Path, change: Any, message: str) -> None:
    content = json.loads(coco_file.read_text())
    change(content)
    coco_file.write_text(json.dumps(content))
    with pytest.raises(BadInputError, match=message):
        coco.read(coco_file)


def test_coco_cut(coco_file: Path) -> None:
    coco_file.write_text(coco_file.read_text()[:300])
    with pytest.raises(BadInputError, match=r"person_keypoints_val2017\.json is not readable JSON"):
        coco.read(coco_file)
