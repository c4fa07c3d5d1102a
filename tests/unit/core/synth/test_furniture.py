"""Furniture stands on the floor, between a camera and somebody, in nobody's way."""

from __future__ import annotations

import numpy as np

from understudy.core.synth.furniture import draw_piece
from understudy.core.synth.visibility import box_triangles

CAMERA = np.array([0.0, -5.0, 1.4])
STANDING = np.zeros((10, 1, 2))


def pieces(count: int = 40, tracks: np.ndarray = STANDING) -> list:
    cameras = np.stack([CAMERA, [4.0, 4.0, 1.2]])
    return [draw_piece(CAMERA, cameras, tracks, np.random.default_rng(k)) for k in range(count)]


def test_every_piece_stands_on_the_floor_before_the_camera() -> None:
    for piece in pieces():
        assert piece
        corners = box_triangles(piece).reshape(-1, 3)
        assert abs(corners[:, 2].min()) < 1e-9 and 0.3 < corners[:, 2].max() < 2.8
        middle = corners[:, :2].mean(axis=0)
        assert -3.2 < middle[1] < 0 and abs(middle[0]) < 1.2
        assert np.linalg.norm(corners[:, :2], axis=1).min() > 0.1


def test_all_kinds_come_up() -> None:
    assert len({len(piece) for piece in pieces()}) >= 3  # one box, a sofa's four, a table's five


def test_without_room_there_is_nothing() -> None:
    grid = np.stack(np.meshgrid(np.linspace(-4, 4, 60), np.linspace(-6, 3, 60)), axis=-1).reshape(1, -1, 2)
    assert all(piece == () for piece in pieces(10, grid))
