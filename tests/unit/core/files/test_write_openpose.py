from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.joint_sets import JOINT_SETS
from understudy.core.files.read_openpose import read_openpose
from understudy.core.files.write_openpose import write_openpose
from understudy.core.keypoints.landmarks import to_landmarks
from understudy.core.keypoints.reading import read_keypoints
from understudy.core.skeleton import KEYPOINT_INDEX, KEYPOINTS

BODY_25 = JOINT_SETS["BODY_25"]


@pytest.fixture
def take(make_take):
    """All but a wrist of two people is measured; the second is out of the first two frames and has no right hand."""
    take = make_take(frames=4, people=2)
    rng = np.random.default_rng(0)
    people = []
    for i, person in enumerate(take.people):
        points = rng.uniform(10, 600, person.keypoints2d.shape).astype(np.float32)
        confidence = rng.uniform(0.3, 0.9, person.keypoints2d_confidence.shape).astype(np.float32)
        lost = np.zeros(confidence.shape, bool)
        lost[..., KEYPOINT_INDEX["left_wrist"]] = True
        if i == 1:
            lost[:, :2] = True
            lost[..., 54:] = True
        points[lost], confidence[lost] = np.nan, 0
        people.append(dataclasses.replace(person, keypoints2d=points, keypoints2d_confidence=confidence))
    return dataclasses.replace(take, people=tuple(people))


def test_what_is_read_back_is_the_take(take, tmp_path):
    (folder,) = write_openpose(take, tmp_path / "json")
    assert len(list(folder.iterdir())) == 4
    found = read_openpose(folder, "BODY_25")
    assert found.frames.tolist() == [0, 1, 2, 3] and found.person_ids[3].tolist() == [1, 2]
    for i, person in enumerate(take.people):
        seen = slice(0, 4) if i == 0 else slice(2, 4)
        for name in ("nose", "right_knee", "left_heel"):
            wanted = person.keypoints2d[0, seen, KEYPOINT_INDEX[name]]
            np.testing.assert_allclose(found.body[seen, i, BODY_25.index(name), :2], wanted, atol=1e-3)
        toe = person.keypoints2d[0, seen, KEYPOINT_INDEX["left_foot_index"]]
        np.testing.assert_allclose(found.body[seen, i, BODY_25.index("left_big_toe"), :2], toe, atol=1e-3)
        for middle, part in (("mid_hip", "hip"), ("mid_shoulder", "shoulder")):
            rows = [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right")]
            place = person.keypoints2d[0, seen][:, rows].mean(1)
            trust = person.keypoints2d_confidence[0, seen][:, rows].min(1)
            np.testing.assert_allclose(found.body[seen, i, BODY_25.index(middle), :2], place, atol=1e-3)
            np.testing.assert_allclose(found.body[seen, i, BODY_25.index(middle), 2], trust, atol=1e-3)
        assert not found.body[:, i, BODY_25.index("left_wrist"), 2].any()
        assert not found.body[:, i, BODY_25.index("left_small_toe"), 2].any()  # nobody measures it
    hand = take.people[0].keypoints2d[0][:, 54:75]
    np.testing.assert_allclose(found.right_hand[:, 0, :, :2], hand, atol=1e-3)
    assert not found.right_hand[:, 1, :, 2].any() and found.left_hand[3, 1, :, 2].all()


def test_missing_is_zero_and_absent_people_are_left_out(take, tmp_path):
    (folder,) = write_openpose(take, tmp_path / "json")
    first, last = (json.loads(file.read_text()) for file in sorted(folder.iterdir())[:: 3])
    assert first["version"] == 1.3 and len(first["people"]) == 1 and len(last["people"]) == 2
    wrist = 3 * BODY_25.index("left_wrist")
    person = last["people"][1]
    assert person["pose_keypoints_2d"][wrist : wrist + 3] == [0, 0, 0] and len(person["pose_keypoints_2d"]) == 75
    assert person["hand_right_keypoints_2d"] == [] and len(person["hand_left_keypoints_2d"]) == 63
    assert person["face_keypoints_2d"] == [] and person["person_id"] == [2]


def test_it_is_input_for_a_capture(take, tmp_path):
    (folder,) = write_openpose(take, tmp_path / "body_25")
    points, confidence = to_landmarks(read_keypoints(folder))
    row = KEYPOINTS.index("right_ankle")
    np.testing.assert_allclose(points[:, 0, row], take.people[0].keypoints2d[0][:, row], atol=1e-3)
    assert (confidence[:, 0, row] > 0).all()


def test_several_cameras_have_a_folder_each(take, tmp_path):
    people = tuple(
        dataclasses.replace(person, **{
            key: np.concatenate([getattr(person, key)] * 2) for key in
            ("keypoints2d", "keypoints2d_confidence", "keypoints3d")})
        for person in take.people
    )  # fmt: skip
    cameras = dataclasses.replace(
        take.cameras, **{f.name: np.concatenate([getattr(take.cameras, f.name)] * 2)
                         for f in dataclasses.fields(take.cameras)}
    )  # fmt: skip
    folders = write_openpose(dataclasses.replace(take, people=people, cameras=cameras), tmp_path / "json")
    assert [folder.name for folder in folders] == ["camera1", "camera2"]
    assert all(len(list(folder.iterdir())) == 4 for folder in folders)


def test_a_folder_with_something_in_it_is_not_touched(take, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInputError, match="not an empty folder"):
        write_openpose(take, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
