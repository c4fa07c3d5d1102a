"""Only pictures that truly did not change are passed over."""

from __future__ import annotations

import numpy as np

from understudy.core.pose2d.crops import Frame
from understudy.core.pose2d.still import still_rows

CROP = np.array([80.0, 60.0, 70.0, 0.2])


def _frames(count: int) -> list[np.ndarray]:
    """One textured picture, with the noise of a camera in each frame."""
    rng = np.random.default_rng(0)
    blocks = np.kron(rng.integers(40, 215, (15, 20, 3)), np.ones((8, 8, 1)))
    return [np.clip(blocks + rng.normal(0, 1, blocks.shape), 0, 255).astype(np.uint8) for _ in range(count)]


def _rows(images: list[np.ndarray], crops: np.ndarray) -> list[int]:
    return still_rows([Frame(image) for image in images], np.arange(len(images)), crops).tolist()


def test_noise_alone_is_no_change() -> None:
    assert _rows(_frames(4), np.tile(CROP, (4, 1))) == [0, 0, 0, 0]


def test_a_small_thing_that_moves_is_a_change() -> None:
    images = _frames(4)
    for n in (2, 3):
        images[n][55:61, 75:79] = 255  # the size of a fingertip
    assert _rows(images, np.tile(CROP, (4, 1))) == [0, 0, 2, 2]


def test_a_crop_that_drifts_is_looked_at_again() -> None:
    crops = np.tile(CROP, (4, 1))
    crops[:, 0] += np.arange(4) * 1.0  # each step is small, two are not
    assert _rows(_frames(4), crops) == [0, 0, 2, 2]


def test_nothing_and_one() -> None:
    assert _rows([], np.zeros((0, 4))) == []
    assert _rows(_frames(1), CROP[None]) == [0]
