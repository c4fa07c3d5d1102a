"""Edited motions as takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from understudy.core.edit.evaluation import Evaluation
from understudy.core.edit.identity import SwapPeople
from understudy.core.edit.place import Scale
from understudy.core.edit.taking import edited_take
from understudy.core.edit.timing import Retime, Reverse, Trim
from understudy.core.errors import BadInputError
from understudy.core.skeleton import JOINT_INDEX
from understudy.core.take_file import load, save

FOLDER = Path("/takes")


def made(take, body, *edits):
    return edited_take(take, Evaluation(take, body).result(edits), FOLDER, FOLDER / "cleaned")


def test_without_edits_it_is_the_same_take(two_people, body, tmp_path):
    take = two_people
    again = made(take, body)
    assert np.array_equal(again.timestamps, take.timestamps)
    for person, before in zip(again.people, take.people, strict=True):
        assert np.allclose(person.smpl.transl, before.smpl.transl, atol=1e-6)
        assert np.array_equal(person.keypoints2d, before.keypoints2d)
    assert load(save(again, tmp_path / "again.take.npz")).frame_count == take.frame_count


def test_trimmed_frames_keep_what_was_measured_in_them(two_people, body):
    take = two_people
    trimmed = made(take, body, Trim(start=0.5, end=1.0))
    assert np.allclose(trimmed.timestamps, take.timestamps[15:31])
    assert np.array_equal(trimmed.people[0].keypoints2d_confidence, take.people[0].keypoints2d_confidence[:, 15:31])


def test_frames_between_the_measured_ones_have_no_measurement(two_people, body):
    slower = made(two_people, body, Retime(speed=0.5))
    confidence = slower.people[0].keypoints2d_confidence[0, :, 0]
    assert slower.frame_count == 119
    # A slower motion is not what the footage shows at that time, but for its first frame.
    assert confidence[0] == 0.5
    assert np.all(confidence[1:] == 0)
    assert np.isnan(slower.people[0].keypoints2d[0, 1:]).all()


def test_after_a_reversed_range_the_footage_matches_again(two_people, body):
    confidence = made(two_people, body, Reverse(start=0.5, end=1.0)).people[0].keypoints2d_confidence[0, :, 0]
    assert np.flatnonzero(confidence == 0).tolist() == list(range(15, 31))


def test_people_who_were_swapped_keep_no_points_of_the_other(two_people, body):
    swapped = made(two_people, body, SwapPeople(person="1", other="2", start=1.0))
    assert np.all(swapped.people[0].keypoints2d_confidence[0, 30:] == 0)
    assert np.all(swapped.people[0].keypoints2d_confidence[0, :30] == 0.5)


def test_hands_follow_the_wrists(two_people, body):
    take = made(two_people, body)
    person = take.people[0]
    from understudy.core.body.numpy_model import load_free_hand

    rest = load_free_hand("left").joints(person.left_hand.betas)[0]
    assert np.allclose(person.left_hand.transl + rest, person.joints_world[:, JOINT_INDEX["left_wrist"]], atol=1e-5)


def test_footage_is_named_from_the_new_folder(two_people, body):
    import dataclasses

    take = dataclasses.replace(two_people, sources=[{"path": "clip.mp4", "sha256": ""}])
    assert made(take, body).sources[0]["path"] == "../clip.mp4"


def test_what_a_take_cannot_hold_is_refused(two_people, body):
    with pytest.raises(BadInputError, match="person 1 was scaled"):
        made(two_people, body, Scale(height_m=1.2))
    with pytest.raises(BadInputError, match="one time line"):
        made(two_people, body, Trim(person="1", end=1.0))
