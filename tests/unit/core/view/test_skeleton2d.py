from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest

from understudy.core.cli import main
from understudy.core.errors import BadInputError
from understudy.core.skeleton import KEYPOINT_INDEX
from understudy.core.take_file import save
from understudy.core.view.palette import colour
from understudy.core.view.skeleton2d import draw_skeletons, write_skeleton_sheet

# Ends of one forearm and one finger, px of a picture of 640 x 480.
ELBOW, WRIST, KNUCKLE, TIP = (100, 100), (300, 100), (400, 300), (500, 300)


@pytest.fixture
def take(make_take):
    """Somebody of whom only a forearm (sure), a shin (unsure) and the end of a finger were measured."""
    take = make_take(frames=6)
    (person,) = take.people
    points = np.full(person.keypoints2d.shape, np.nan, np.float32)
    confidence = np.zeros(person.keypoints2d_confidence.shape, np.float32)
    for name, place, trust in (("left_elbow", ELBOW, 0.9), ("left_wrist", WRIST, 0.8), ("left_knee", (100, 400), 0.9),
                               ("left_ankle", (300, 400), 0.2), ("right_knee", (100, 200), 0.9),
                               ("right_ankle", (300, 200), 0.05), ("right_hand_index_dip", KNUCKLE, 0.9),
                               ("right_hand_index_tip", TIP, 0.9)):  # fmt: skip
        points[:, :, KEYPOINT_INDEX[name]], confidence[:, :, KEYPOINT_INDEX[name]] = place, trust
    person = dataclasses.replace(person, keypoints2d=points, keypoints2d_confidence=confidence)
    return dataclasses.replace(take, people=(person,))


def test_bones_lie_where_they_were_measured(take):
    drawn = draw_skeletons(take, np.zeros((480, 640, 3), np.uint8), 2)
    bright = np.minimum(255, np.array(colour(0)) * 0.5 + 128)
    np.testing.assert_allclose(drawn[100, 200], bright, atol=12)  # the sure forearm
    np.testing.assert_allclose(drawn[300, 450], bright, atol=12)  # the finger
    np.testing.assert_allclose(drawn[400, 200], 150, atol=20)  # the unsure shin
    assert not drawn[200, 200].any()  # what is hardly more than a guess
    assert not drawn[100, 400].any() and not drawn[50].any()


def test_the_picture_shows_through(take):
    image = np.full((480, 640, 3), 77, np.uint8)
    drawn = draw_skeletons(take, image, 0)
    assert (drawn[20] == 77).all() and (image == 77).all()


def test_a_take_without_footage_is_drawn_on_grey(take, tmp_path):
    sheet = cv2.imread(str(write_skeleton_sheet(take, tmp_path / "x.take.npz", tmp_path / "s.png", frames=2)))
    assert sheet.shape == (2 * 480 + 6, 640, 3) or sheet.shape == (480, 2 * 640 + 6, 3)
    assert (sheet[10, 10] == 40).all() and sheet[100, 200].max() > 150


def test_footage_that_is_gone_is_named(take, tmp_path):
    take.sources.append({"path": "gone.mp4"})
    with pytest.raises(BadInputError, match=r"gone\.mp4"):
        write_skeleton_sheet(take, tmp_path / "x.take.npz", tmp_path / "s.png")
    with pytest.raises(BadInputError, match=r"neither \.png nor \.jpg"):
        write_skeleton_sheet(take, tmp_path / "x.take.npz", tmp_path / "s.gif")


def test_from_the_command_line(take, tmp_path, capsys):
    path = save(take, tmp_path / "x.take.npz")
    assert main(["view", str(path), "--skeleton", str(tmp_path / "s.png"), "--openpose", str(tmp_path / "j")]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "s.png"), str(tmp_path / "j")]
    assert (tmp_path / "s.png").is_file() and len(list((tmp_path / "j").iterdir())) == 6
    assert main(["view", str(path)]) == 2
    assert "--skeleton" in capsys.readouterr().err
