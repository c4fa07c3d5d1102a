"""The contact sheet over a clip made on the spot, whose first frame is not at time 0."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.errors import BadInputError
from understudy.core.view.overlay import draw_solve, footage_frames, write_contact_sheet


def test_frames_are_found_by_their_time(filmed):
    take, path = filmed
    images = footage_frames(take, path, np.array([0, 3, 11]))
    assert [int(image[0, 0, 0]) for image in images] == [10, 70, 230]


def test_the_body_lies_where_the_camera_sees_it(filmed):
    take, path = filmed
    image = footage_frames(take, path, np.array([11]))[0]  # nearly white
    drawn = draw_solve(take, image, 11, load_free_body())
    changed = np.abs(drawn.astype(int) - image).max(axis=-1) > 3
    pose, K = take.cameras.world_from_camera[0], take.cameras.K[0]
    for person in take.people:
        pelvis = load_free_body().joints()[0] + person.smpl.transl[11]
        x, y, z = (pelvis - pose[:3, 3]) @ pose[:3, :3]
        column, row = K[0, 0] * x / z + K[0, 2], K[1, 1] * y / z + K[1, 2]
        assert changed[round(row) - 5 : round(row) + 5, round(column) - 5 : round(column) + 5].all()
    assert changed.mean() < 0.3


def test_sheet_holds_six_tiles(filmed):
    take, path = filmed
    out = write_contact_sheet(take, path, path.with_name("sheet.png"))
    sheet = cv2.imread(str(out))
    assert sheet.shape == (2 * 480 + 6, 3 * 640 + 12, 3)


def test_fewer_frames_than_tiles(filmed):
    take, path = filmed
    assert write_contact_sheet(take, path, path.with_name("sheet.jpg"), frames=50).is_file()


def test_missing_footage_and_wrong_ending_are_named(filmed):
    take, path = filmed
    with pytest.raises(BadInputError, match="gif"):
        write_contact_sheet(take, path, path.with_name("sheet.gif"))
    (path.parent / "clip.mkv").unlink()
    with pytest.raises(BadInputError, match=r"clip\.mkv"):
        write_contact_sheet(take, path, path.with_name("sheet.png"))
    assert not list(path.parent.glob("sheet*"))
