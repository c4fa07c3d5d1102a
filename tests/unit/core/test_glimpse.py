"""What is seen on the way, as a file between the engine and Blender."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from understudy.core.errors import BadInputError, CannotWriteError
from understudy.core.glimpse import Glimpse, pictures


@pytest.fixture
def glimpse():
    images = np.arange(2 * 4 * 6 * 3, dtype=np.uint8).reshape(2, 4, 6, 3)
    return dataclasses.replace(
        pictures(images, np.array([0.5, 1.0]), (60, 40)),
        picture=np.array([1]),
        boxes=np.array([[1, 2, 30, 40]], np.float32),
        points=np.full((1, 33, 2), 7, np.float32),
        confidence=np.full((1, 33), 0.5, np.float32),
    )


def test_comes_back_from_its_file(tmp_path, glimpse):
    path = tmp_path / "new" / "seen.npz"
    glimpse.save(path)
    back = Glimpse.load(path)
    for field in dataclasses.fields(Glimpse):
        np.testing.assert_array_equal(getattr(back, field.name), getattr(glimpse, field.name))
    glimpse.save(path)  # over the one that is there
    assert [file.name for file in path.parent.iterdir()] == ["seen.npz"]


def test_shapes_are_checked(glimpse):
    with pytest.raises(ValueError, match="boxes"):
        dataclasses.replace(glimpse, boxes=glimpse.boxes[:, :3])


@pytest.mark.parametrize("content", [b"", b"no numbers", b"PK\x03\x04 cut short"])
def test_a_file_that_is_none(tmp_path, content):
    path = tmp_path / "seen.npz"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"seen\.npz"):
        Glimpse.load(path)


def test_where_nothing_can_be_written(tmp_path, glimpse):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWriteError, match="Cannot write"):
        glimpse.save(tmp_path / "file" / "seen.npz")
