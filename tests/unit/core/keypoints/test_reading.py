from __future__ import annotations

import json
import tarfile

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.keypoints.detections import NAMES, WHOLE_BODY
from understudy.core.keypoints.reading import FORMATS, check_places, find_format, read_keypoints


@pytest.mark.parametrize("joint_set", ["BODY_25", "BODY_25B", "COCO-18", "MPI-15"])
@pytest.mark.parametrize("facing", [0.0, 1.2, 2.9])
def test_a_folder_of_openpose_is_told_from_the_people_in_it(figures, tmp_path, joint_set, facing):
    wanted = figures.detect(figures.walk(6, facing=facing), joint_set, noise=3.0)
    found = read_keypoints(figures.write_openpose(tmp_path / "json", [wanted]))
    assert found.joint_set == joint_set
    np.testing.assert_allclose(found.body[:, 0], wanted, atol=1e-6)
    assert len(found.told) == (1 if joint_set.startswith("BODY_25") else 0)


def test_which_of_the_two_is_said_with_the_reason(figures, tmp_path):
    bodies = figures.detect(figures.walk(4), "BODY_25B")
    (told,) = read_keypoints(figures.write_openpose(tmp_path / "a", [bodies])).told
    assert "taken for BODY_25B, by bone lengths" in told and "--keypoints-format" in told


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("body_25b", "BODY_25B"),
        ("cam1-BODY25B-json", "BODY_25B"),
        ("body25", "BODY_25"),
        ("out_BODY_25_run", "BODY_25"),
        ("BODY_25B/json", "BODY_25B"),  # the folder above
    ],
)
def test_the_folders_name_comes_before_the_bones(figures, tmp_path, folder, name):
    other = "BODY_25" if name == "BODY_25B" else "BODY_25B"
    found = read_keypoints(figures.write_openpose(tmp_path / folder, [figures.detect(figures.walk(4), other)]))
    assert found.joint_set == name and "by the name of the folder" in found.told[0]


def test_the_option_comes_before_all(figures, tmp_path):
    folder = figures.write_openpose(tmp_path / "body_25b", [figures.detect(figures.walk(4), "BODY_25B")])
    found = read_keypoints(folder, "body25")
    assert found.joint_set == "BODY_25" and found.told == ()


@pytest.mark.parametrize("joint_set", ["BODY_25", "BODY_25B"])
def test_half_a_person_tells_too(figures, tmp_path, joint_set):
    bodies = figures.detect(figures.walk(4), joint_set)
    below = [j for j, name in enumerate(NAMES[joint_set])
             if any(part in name for part in ("hip", "knee", "ankle", "toe", "heel"))]  # fmt: skip
    bodies[:, below] = np.nan
    assert read_keypoints(figures.write_openpose(tmp_path / "a", [bodies])).joint_set == joint_set


def test_people_who_do_not_tell_are_not_guessed(figures, tmp_path):
    bodies = figures.detect(figures.walk(4), "BODY_25")
    bodies[:, 3:] = np.nan  # a face and a shoulder
    with pytest.raises(BadInputError, match="--keypoints-format BODY_25 or BODY_25B"):
        read_keypoints(figures.write_openpose(tmp_path / "a", [bodies]))
    noise = np.random.default_rng(0).uniform(0, 700, (4, 25, 2))
    noise = np.concatenate([noise, np.ones((4, 25, 1))], axis=-1)
    with pytest.raises(BadInputError, match="do not tell"):
        read_keypoints(figures.write_openpose(tmp_path / "b", [noise]))


def test_the_real_folders_are_body_25b(shared_dir, tmp_path):
    archive = shared_dir / "media" / "balance_4cam" / "reference" / "keypoints2d_body25b_json.tar.gz"
    if not archive.is_file():
        pytest.skip("the clips balance_4cam are not in ../shared/media")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    folders = sorted(path for path in tmp_path.glob("*/*") if path.is_dir())
    assert len(folders) == 8
    for folder in folders:
        found = read_keypoints(folder)
        assert found.joint_set == "BODY_25B", folder
        check_places(found, (1088, 1920))


def test_hands_face_and_what_is_missing(figures, tmp_path):
    joints = figures.walk(3)
    bodies = figures.detect(joints, "BODY_25")
    bodies[:, 4] = np.nan
    hand = np.concatenate([figures.hand(joints, "left"), np.full((3, 21, 1), 0.6)], axis=-1)
    face = np.random.default_rng(0).uniform(1, 700, (3, 70, 3))
    folder = figures.write_openpose(tmp_path / "a", [bodies], hand_left_keypoints_2d=hand, face_keypoints_2d=face)
    found = read_keypoints(folder, "BODY_25")
    np.testing.assert_allclose(found.left_hand[:, 0], hand)
    np.testing.assert_allclose(found.face[:, 0], face)
    assert found.right_hand is None
    assert np.isnan(found.body[:, 0, 4, :2]).all() and not found.body[:, 0, 4, 2].any()  # never x = 0


def coco(bodies: np.ndarray, first: int = 1, **more) -> list[dict]:
    return [
        {"image_id": first + t, "category_id": 1, "keypoints": np.nan_to_num(body).reshape(-1).tolist(), "score": 0.9}
        | {key: value[t] for key, value in more.items()}
        for t, body in enumerate(bodies)
    ]


def test_coco_results(figures, tmp_path):
    bodies = figures.detect(figures.walk(5), "COCO-17", score=0.83)
    bodies[2, 9] = np.nan
    entries = coco(bodies, track_id=[7] * 5)
    (tmp_path / "results.json").write_text(json.dumps(entries))
    for path in (tmp_path / "results.json", tmp_path):  # the file, or a folder that holds it alone
        found = read_keypoints(path)
        assert found.joint_set == "COCO-17" and not found.openpose
        assert found.frames.tolist() == [1, 2, 3, 4, 5] and (found.person_ids == 7).all()
        np.testing.assert_allclose(found.body[0, 0], bodies[0])
        assert np.isnan(found.body[2, 0, 9, :2]).all()


def test_frames_without_anybody_are_kept(figures, tmp_path):
    entries = coco(figures.detect(figures.walk(5), "COCO-17"))
    del entries[2]
    (tmp_path / "r.json").write_text(json.dumps(entries))
    found = read_keypoints(tmp_path / "r.json")
    assert found.frames.tolist() == [1, 2, 3, 4, 5]
    assert not found.body[2, ..., 2].any()
    for entry in entries:
        entry["image_id"] = f"frame{entry['image_id']:04d}.jpg"
    (tmp_path / "r.json").write_text(json.dumps(entries))
    assert read_keypoints(tmp_path / "r.json").frames.tolist() == [1, 2, 3, 4, 5]


def test_coco_annotations_with_flags(figures, tmp_path):
    bodies = figures.detect(figures.walk(3), "COCO-17", score=2)
    bodies[:, 5, 2], bodies[:, 6] = 1, 0
    images = [{"id": 10 + t, "file_name": f"clip/{t:05d}.jpg"} for t in range(4)]
    annotations = [entry | {"id": t, "iscrowd": 0} for t, entry in enumerate(coco(bodies, first=10))]
    annotations.append(annotations[0] | {"iscrowd": 1, "id": 9})
    (tmp_path / "a.json").write_text(json.dumps({"images": images, "annotations": annotations}))
    found = read_keypoints(tmp_path / "a.json")
    assert found.frames.tolist() == [0, 1, 2, 3] and found.body.shape == (4, 1, 17, 3)
    assert found.body[0, 0, [0, 5, 6], 2].tolist() == [1.0, 0.5, 0.0]


def whole_body(figures, joints: np.ndarray) -> dict[str, np.ndarray]:
    bodies = figures.detect(joints, WHOLE_BODY)
    hands = {
        side: np.concatenate([figures.hand(joints, side), np.full((len(joints), 21, 1), 0.5)], axis=-1)
        for side in ("left", "right")
    }
    face = np.random.default_rng(0).uniform(1, 700, (len(joints), 68, 3))
    return {"body": bodies[:, :17], "feet": bodies[:, 17:], "face": face, **hands}


@pytest.mark.parametrize("layout", ["parts", "one array", "mmpose"])
def test_whole_bodies(figures, tmp_path, layout):
    parts = whole_body(figures, figures.walk(3))
    whole = np.concatenate([parts[key] for key in ("body", "feet", "face", "left", "right")], axis=1)
    assert whole.shape == (3, 133, 3)
    if layout == "parts":
        keys = {"foot_kpts": "feet", "face_kpts": "face", "lefthand_kpts": "left", "righthand_kpts": "right"}
        content = coco(parts["body"], **{key: parts[name].reshape(3, -1).tolist() for key, name in keys.items()})
    elif layout == "one array":
        content = coco(whole)
    else:
        content = {"meta_info": {}, "instance_info": [
            {"frame_id": t + 1, "instances": [{"keypoints": r[:, :2].tolist(), "keypoint_scores": r[:, 2].tolist()}]}
            for t, r in enumerate(whole)
        ]}  # fmt: skip
    (tmp_path / "w.json").write_text(json.dumps(content))
    found = read_keypoints(tmp_path / "w.json")
    assert found.joint_set == WHOLE_BODY and found.body.shape == (3, 1, len(NAMES[WHOLE_BODY]), 3)
    np.testing.assert_allclose(found.body[:, 0], np.concatenate([parts["body"], parts["feet"]], axis=1))
    for name, array in (("face", found.face), ("left", found.left_hand), ("right", found.right_hand)):
        np.testing.assert_allclose(array[:, 0], parts[name])
    plain = read_keypoints(tmp_path / "w.json", "COCO-17")
    assert plain.body.shape == (3, 1, 17, 3) and plain.left_hand is None


def test_names_of_formats():
    assert find_format("body_25b") == "BODY_25B" and find_format("coco18") == "COCO-18"
    assert find_format("coco-wholebody") == WHOLE_BODY and len(FORMATS) == 6
    with pytest.raises(BadInputError, match="Known: BODY_25, BODY_25B"):
        find_format("body26")


def test_mistakes_are_named(figures, tmp_path):
    bodies = figures.detect(figures.walk(2), "COCO-17")
    folder = figures.write_openpose(tmp_path / "openpose", [figures.detect(figures.walk(2), "COCO-18")])
    (tmp_path / "coco.json").write_text(json.dumps(coco(bodies)))

    def written(content):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        path.write_text(json.dumps(content))
        return path

    for path, name, message in (
        (tmp_path / "none", None, "no keypoints at"),
        (folder, "COCO-17", "no file in COCO's layout"),
        (folder, "MPI-15", "54 numbers, expected 45"),
        (tmp_path / "coco.json", "BODY_25", "in COCO's layout, not BODY_25"),
        (tmp_path / "coco.json", "COCO-WholeBody", "17 joints only"),
        (written([{"image_id": 1, "keypoints": [1, 2, 3] * 16}]), None, "has 16 points"),
        (written([{"keypoints": [1, 2, 3] * 17}]), None, "no image_id"),
        (written([{"image_id": "frame", "keypoints": [1, 2, 3] * 17}]), None, "no number"),
        (written([{"image_id": 1, "keypoints": [1, 2] * 17}]), None, "not a list of x, y, score"),
        (written([{"image_id": 1, "keypoints": "abc"}]), None, "not a list of x, y, score"),
        (written({"annotations": []}), None, "nobody"),
        (written({"annotations": [3]}), None, "no list of people"),
        (written({"images": [{}], "annotations": []}), None, "image without an id"),
        (written({"images": [{"id": 1}], "annotations": [{"image_id": 2, "keypoints": [1] * 51}]}), None, "no image 2"),
        (written({"instance_info": [{"instances": []}]}), None, "frame_id"),
        (written({"instance_info": [{"frame_id": 1, "instances": [{}]}]}), None, "no keypoints"),
    ):
        with pytest.raises(BadInputError, match=message):
            read_keypoints(path, name)


def test_points_that_cannot_be_pixels(figures, tmp_path):
    bodies = figures.detect(figures.walk(2), "COCO-18")
    found = read_keypoints(figures.write_openpose(tmp_path / "a", [bodies]))
    check_places(found, figures.SIZE)
    with pytest.raises(BadInputError, match="outside a picture of 640x360"):
        check_places(found, (640, 360))
    bodies[..., :2] /= 1280
    with pytest.raises(BadInputError, match="keypoint_scale 0"):
        check_places(read_keypoints(figures.write_openpose(tmp_path / "b", [bodies])), figures.SIZE)
    with pytest.raises(BadInputError, match="nobody"):
        empty = figures.write_openpose(tmp_path / "c", [np.full((2, 18, 3), np.nan)])
        check_places(read_keypoints(empty, "COCO-18"), figures.SIZE)
