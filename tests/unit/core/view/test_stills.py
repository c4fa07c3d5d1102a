"""Pictures for the page, from footage made on the spot: the right frames, small, and said why there are none."""

from __future__ import annotations

import base64
import dataclasses

import cv2
import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.view import stills


def grey(jpeg: bytes) -> tuple[int, tuple[int, ...]]:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    return int(image[100, 100, 0]), image.shape[:2]


def test_frames_by_their_times_made_small(filmed):
    take, path = filmed
    found = stills.footage_stills(take, path, np.array([0, 3, 11]))
    assert found.frames.tolist() == [0, 3, 11]
    for jpeg, level in zip(found.jpegs, (10, 70, 230), strict=True):
        value, shape = grey(jpeg)
        assert abs(value - level) <= 2 and shape == (360, 480)
    [first, *_] = found.to_json()["images"]
    assert base64.b64decode(first.removeprefix("data:image/jpeg;base64,")) == found.jpegs[0]


def test_long_takes_have_fewer_pictures(filmed, monkeypatch):
    take, path = filmed
    monkeypatch.setattr(stills, "MAX_STILLS", 4)
    assert stills.footage_stills(take, path, np.arange(12)).frames.tolist() == [0, 3, 6, 9]


def test_many_bytes_are_halved_until_they_fit(filmed, monkeypatch):
    take, path = filmed
    size = len(stills.footage_stills(take, path, np.array([0])).jpegs[0])
    monkeypatch.setattr(stills, "BUDGET", int(size * 5))
    found = stills.footage_stills(take, path, np.arange(12))
    assert 0 in found.frames and len(found.frames) < 6 and sum(map(len, found.jpegs)) <= 5 * size


@pytest.mark.parametrize("sources", [[], [{"path": "gone.mp4"}]])
def test_footage_that_is_gone(filmed, sources):
    take, path = filmed
    with pytest.raises(BadInputError, match="is not where the take has it") as caught:
        stills.footage_stills(dataclasses.replace(take, sources=sources), path, np.arange(12))
    assert str(path.parent) not in str(caught.value), "a page is passed on"


def test_other_footage_under_the_same_name(filmed):
    take, path = filmed
    cameras = dataclasses.replace(take.cameras, size=np.array([[320, 240]]))
    with pytest.raises(BadInputError, match="640 × 480 pixels, the take 320 × 240"):
        stills.footage_stills(dataclasses.replace(take, cameras=cameras), path, np.arange(12))
    late = dataclasses.replace(take.cameras, timestamps=take.cameras.timestamps + 100)
    with pytest.raises(BadInputError, match="no frame at"):
        stills.footage_stills(dataclasses.replace(take, cameras=late), path, np.arange(12))
