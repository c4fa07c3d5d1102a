"""OpenPose's JSON: written by hand, the shipped detections, mistakes."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.files.read_openpose import read_openpose


def person(count: int, start: float = 10.0, **more: Any) -> dict[str, Any]:
    """Point k at (start + k, start + 2 k) with confidence 0.5."""
    points = [value for k in range(count) for value in (start + k, start + 2 * k, 0.5)]
    return {"person_id": [-1], "pose_keypoints_2d": points, "hand_left_keypoints_2d": [], **more}


def write(folder: Path, frame: int, people: list[Any]) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"clip_{frame:012d}_keypoints.json"
    path.write_text(json.dumps({"version": 1.3, "people": people}))
    return path


@pytest.mark.parametrize(("count", "name"), [(25, "BODY_25"), (18, "COCO-18"), (15, "MPI-15")])
def test_the_joint_set_is_told_by_the_length(tmp_path: Path, count: int, name: str) -> None:
    detections = read_openpose(write(tmp_path / "a", 3, [person(count)]))
    assert (detections.joint_set, detections.body.shape) == (name, (1, 1, count, 3))
    np.testing.assert_allclose(detections.body[0, 0, 4], [14, 18, 0.5])
    assert detections.frames.tolist() == [3] and detections.left_hand is None and detections.face is None


def test_a_folder_in_order_with_zeros_as_missing(tmp_path: Path) -> None:
    folder = tmp_path / "json"
    missing = person(25)
    missing["pose_keypoints_2d"][9:12] = [0, 0, 0]
    write(folder, 10, [person(25, 50), missing])
    write(folder, 9, [])
    write(folder, 2, [person(25, 100)])
    detections = read_openpose(folder)
    assert detections.frames.tolist() == [2, 9, 10]
    assert detections.body.shape == (3, 2, 25, 3)
    assert detections.body[0, 0, 0, 0] == 100
    assert np.isnan(detections.body[1, :, :, :2]).all() and (detections.body[1, ..., 2] == 0).all()
    assert np.isnan(detections.body[2, 1, 3, :2]).all() and detections.body[2, 1, 3, 2] == 0
    assert np.isfinite(np.delete(detections.body[2, 1], 3, axis=0)).all()


def test_hands_face_and_identities(tmp_path: Path) -> None:
    hand, face = person(21, 7)["pose_keypoints_2d"], person(70, 1)["pose_keypoints_2d"]
    one = person(25, hand_right_keypoints_2d=hand, face_keypoints_2d=face, person_id=[4])
    detections = read_openpose(write(tmp_path / "a", 0, [person(25), one]))
    assert detections.person_ids.tolist() == [[-1, 4]]
    assert detections.left_hand is None
    assert detections.right_hand is not None and detections.face is not None
    np.testing.assert_allclose(detections.right_hand[0, 1, 20], [27, 47, 0.5])
    assert np.isnan(detections.right_hand[0, 0, :, :2]).all()
    assert detections.face.shape == (1, 2, 70, 3)


def test_body_25b_must_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a", 0, [person(25)])
    assert read_openpose(path, "BODY_25B").joint_set == "BODY_25B"
    assert read_openpose(write(tmp_path / "b", 0, []), "COCO-18").body.shape == (1, 0, 18, 3)


def test_the_shipped_detections(shared_dir: Path, tmp_path: Path) -> None:
    archive = shared_dir / "media" / "balance_4cam" / "reference" / "keypoints2d_body25b_json.tar.gz"
    if not archive.is_file():
        pytest.skip("the clips balance_4cam are not in ../shared/media")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, [m for m in file.getmembers() if "cam01" in m.name], filter="data")
    detections = read_openpose(tmp_path / "pose" / "cam01_json", "BODY_25B")
    assert detections.frames.tolist() == list(range(100))
    assert detections.body.shape == (100, 3, 25, 3)
    np.testing.assert_allclose(detections.body[10, 0, 0], [584.118, 447.471, 0.657867])
    assert np.isnan(detections.body[10, 0, 3, :2]).all()  # 0, 0, 0 in the file


def test_mistakes_are_named(tmp_path: Path) -> None:
    cases: list[tuple[Any, str]] = [
        ([person(24)], "has 72 numbers, expected 45 or 54 or 75"),
        ([{"person_id": [-1]}], "no 'pose_keypoints_2d'"),
        ([person(25, hand_left_keypoints_2d=[1.0, 2.0, 3.0])], "'hand_left_keypoints_2d' has 3 numbers, expected 63"),
        ([person(25) | {"pose_keypoints_2d": ["a"] * 75}], "not a list of numbers"),
        ([], "no file has a person"),
        ([3], "no list 'people'"),
    ]
    for number, (people, message) in enumerate(cases):
        path = write(tmp_path / str(number), 0, people)
        with pytest.raises(BadInputError, match=message) as caught:
            read_openpose(path)
        assert str(path) in str(caught.value)
    path.write_text('{"people": [')
    with pytest.raises(BadInputError, match="not readable JSON"):
        read_openpose(path)
    with pytest.raises(BadInputError, match="other files 75"):
        write(tmp_path / "mixed", 0, [person(25)])
        write(tmp_path / "mixed", 1, [person(18)])
        read_openpose(tmp_path / "mixed")
    with pytest.raises(BadInputError, match=r"has 54 numbers, expected 75"):
        read_openpose(write(tmp_path / "named", 0, [person(18)]), "BODY_25")
    with pytest.raises(BadInputError, match="no joint set 'BODY_26'"):
        read_openpose(path, "BODY_26")
    with pytest.raises(BadInputError, match=r"no \.json files"):
        (tmp_path / "empty").mkdir()
        read_openpose(tmp_path / "empty")
    with pytest.raises(BadInputError, match="no OpenPose output"):
        read_openpose(tmp_path / "none")
    with pytest.raises(BadInputError, match="same frame number"):
        (tmp_path / "twice").mkdir()
        for name in ("a_01.json", "b_1.json"):
            (tmp_path / "twice" / name).write_text('{"people": []}')
        read_openpose(tmp_path / "twice")


def test_an_empty_person_keeps_a_place_and_is_nobody(tmp_path: Path) -> None:
    detections = read_openpose(write(tmp_path / "a", 0, [{}, person(25)]))
    assert detections.body.shape == (1, 1, 25, 3)
