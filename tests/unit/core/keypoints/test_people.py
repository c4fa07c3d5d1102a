from __future__ import annotations

import numpy as np
import pytest

from understudy.core.keypoints.detections import NAMES
from understudy.core.keypoints.landmarks import openpose_confidence, to_landmarks
from understudy.core.keypoints.people import people_of, tracklets_of
from understudy.core.keypoints.reading import read_keypoints
from understudy.core.skeleton import KEYPOINT_INDEX

FPS = 30.0


def read(figures, folder, people, joint_set="BODY_25", **parts):
    return read_keypoints(figures.write_openpose(folder, people, **parts), joint_set)


def times(found):
    return found.frames / FPS


@pytest.mark.parametrize("joint_set", ["BODY_25", "BODY_25B", "COCO-18", "MPI-15"])
def test_points_become_the_landmarks_of_their_name(figures, tmp_path, joint_set):
    joints = figures.walk(2)
    found = read(figures, tmp_path, [figures.detect(joints, joint_set)], joint_set)
    points, confidence = to_landmarks(found)
    checked = 0
    for name in NAMES[joint_set]:
        landmark = name.replace("big_toe", "foot_index")
        if landmark in KEYPOINT_INDEX:
            wanted = figures.project(figures.named(joints, [name]))[:, 0]
            np.testing.assert_allclose(points[:, 0, KEYPOINT_INDEX[landmark]], wanted, atol=1e-6)
            checked += 1
    assert checked == {"BODY_25": 21, "BODY_25B": 21, "COCO-18": 17, "MPI-15": 12}[joint_set]
    assert (np.isfinite(points).all(-1) == (confidence > 0)).all()
    assert (confidence > 0).sum() == 2 * checked


def test_hands_and_face_are_landmarks_too(figures, tmp_path):
    joints = figures.walk(2)
    hand = np.concatenate([figures.hand(joints, "right"), np.full((2, 21, 1), 0.6)], axis=-1)
    face = np.zeros((2, 70, 3))
    face[:, 45] = [300, 200, 0.9]
    found = read(figures, tmp_path, [figures.detect(joints, "BODY_25")],
                 hand_right_keypoints_2d=hand, face_keypoints_2d=face)  # fmt: skip
    points, confidence = to_landmarks(found)
    np.testing.assert_allclose(points[:, 0, KEYPOINT_INDEX["right_hand_wrist"]], hand[:, 0, :2])
    np.testing.assert_allclose(points[:, 0, KEYPOINT_INDEX["right_hand_pinky_tip"]], hand[:, 20, :2])
    np.testing.assert_allclose(points[0, 0, KEYPOINT_INDEX["left_eye_outer"]], [300, 200])
    assert not confidence[:, 0, KEYPOINT_INDEX["left_hand_wrist"]].any()


def test_openpose_scores_become_probabilities():
    score = np.array([0, 0.05, 0.15, 0.25, 0.35, 0.5, 0.9, 1.2])
    got = openpose_confidence(score)
    assert got[0] == 0 and (np.diff(got) >= 0).all() and got.max() < 0.95
    # Shares measured on the four-camera clip.
    np.testing.assert_allclose(got[[2, 3, 4, 5]], [0.08, 0.47, 0.84, 0.94], atol=0.06)


def test_two_people_who_change_rows_keep_their_ids(figures, tmp_path):
    left, right = (figures.detect(figures.walk(40, x=x), "BODY_25") for x in (-1.0, 1.0))
    rows = np.stack([left, right])
    order = np.random.default_rng(0).integers(0, 2, 40)
    mixed = [np.stack([rows[(order[t] + n) % 2, t] for t in range(40)]) for n in range(2)]
    found = read(figures, tmp_path, mixed)
    people = people_of(found, times(found), figures.SIZE)
    assert [person.id for person in people] == ["1", "2"]
    nose = KEYPOINT_INDEX["nose"]
    np.testing.assert_allclose(people[0].keypoints2d[:, nose], left[:, 0, :2], rtol=1e-4)
    np.testing.assert_allclose(people[1].keypoints2d[:, nose], right[:, 0, :2], rtol=1e-4)
    assert all(person.present.all() for person in people)


def test_people_who_cross_keep_their_ids(figures, tmp_path):
    a = figures.detect(figures.walk(60, x=-1.2, speed=1.2), "BODY_25")
    b = figures.detect(figures.walk(60, x=1.2, speed=-1.2) * [1, 1, 1.25], "BODY_25")
    found = read(figures, tmp_path, [a, b])
    first, second = people_of(found, times(found), figures.SIZE)
    nose = KEYPOINT_INDEX["nose"]
    for person, truth in ((first, a), (second, b)):
        there = np.isfinite(person.keypoints2d[:, nose, 0])
        off = np.abs(person.keypoints2d[there, nose, 0] - truth[there, 0, 0])
        assert there.mean() > 0.7 and off.max() < 1


def test_the_files_own_ids_count(figures, tmp_path):
    """Two detections that lie on one another frame by frame, told apart by the file alone."""
    a = figures.detect(figures.walk(20, x=-0.6), "BODY_25")
    b = figures.detect(figures.walk(20, x=0.6), "BODY_25")
    found = read(figures, tmp_path, [a, b], ids=[5, 3])
    numbers = {tracklet.track: tracklet for tracklet in tracklets_of(found, times(found), figures.SIZE)}
    assert set(numbers) == {3, 5} and len(numbers[5]) == 20
    np.testing.assert_allclose(numbers[5].keypoints2d[:, 0], a[:, 0, :2], rtol=1e-4)


def test_a_gap_is_bridged_and_not_measured(figures, tmp_path):
    bodies = figures.detect(figures.walk(60, speed=0.3), "BODY_25")
    bodies[25:40] = np.nan
    found = read(figures, tmp_path, [bodies])
    (person,) = people_of(found, times(found), figures.SIZE)
    assert not person.present[25:40].any() and person.present[:25].all() and person.present[40:].all()
    assert np.isnan(person.keypoints2d[30]).all() and not person.confidence[30].any()


def test_missing_points_stay_missing(figures, tmp_path):
    bodies = figures.detect(figures.walk(20), "BODY_25")
    bodies[:, [8, 9, 10, 11, 12, 13, 14, *range(19, 25)]] = np.nan  # cut at the hips
    found = read(figures, tmp_path, [bodies])
    (person,) = people_of(found, times(found), figures.SIZE)
    hips = [KEYPOINT_INDEX["left_hip"], KEYPOINT_INDEX["right_hip"]]
    assert np.isnan(person.keypoints2d[:, hips]).all() and not person.confidence[:, hips].any()
    assert person.present.all() and np.isnan(person.keypoints3d).all()


def test_a_shadow_is_nobody(figures, tmp_path):
    bodies = figures.detect(figures.walk(30), "BODY_25")
    ghost = figures.detect(figures.walk(30, x=1.5), "BODY_25", score=0.15)
    moment = figures.detect(figures.walk(30, x=-1.5), "BODY_25")
    moment[4:] = np.nan
    found = read(figures, tmp_path, [ghost, bodies, moment])
    people = people_of(found, times(found), figures.SIZE)
    assert len(people) == 1
    np.testing.assert_allclose(people[0].keypoints2d[:, 0], bodies[:, 0, :2], rtol=1e-4)


def test_the_most_visible_are_kept(figures, tmp_path):
    near = figures.detect(figures.walk(20, x=0.8) * [1, 1, 0.6], "BODY_25")
    far = figures.detect(figures.walk(20, x=-1.5), "BODY_25")
    found = read(figures, tmp_path, [far, near])
    (person,) = people_of(found, times(found), figures.SIZE, people=1)
    np.testing.assert_allclose(person.keypoints2d[:, 0], near[:, 0, :2], rtol=1e-4)


def test_a_person_in_two_pieces_is_one(figures, tmp_path):
    """What OpenPose does when its graph of limbs breaks for a frame."""
    whole = figures.detect(figures.walk(40, speed=0.4), "BODY_25")
    bystander = figures.detect(figures.walk(40, x=-1.6), "BODY_25")
    upper, lower = whole.copy(), np.full_like(whole, np.nan)
    legs = [8, 9, 10, 11, 12, 13, 14, *range(19, 25)]
    for t in (15, 16, 30):
        lower[t, legs], upper[t, legs] = whole[t, legs], np.nan
    found = read(figures, tmp_path, [upper, bystander, lower])
    people = people_of(found, times(found), figures.SIZE)
    assert [len(np.flatnonzero(person.present)) for person in people] == [40, 40]
    person = max(people, key=lambda p: p.keypoints2d[0, 0, 0])
    np.testing.assert_allclose(person.keypoints2d[:, KEYPOINT_INDEX["left_knee"]], whole[:, 13, :2], rtol=1e-4)
    np.testing.assert_allclose(person.keypoints2d[:, KEYPOINT_INDEX["nose"]], whole[:, 0, :2], rtol=1e-4)
