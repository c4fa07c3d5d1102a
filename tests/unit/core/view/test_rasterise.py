"""The painter: who hides whom, what is left out, and that points land where OpenCV puts them."""

from __future__ import annotations

import cv2
import numpy as np

from understudy.core.view.rasterise import draw_bones, draw_meshes, project

K = np.array([[100.0, 0, 50], [0, 100, 50], [0, 0, 1]])
LENS = np.zeros(4)


def _square(z: float, half: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Two triangles whose normals point at the camera (axes: x right, y down, z away)."""
    vertices = np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]])
    return vertices, np.array([[0, 2, 1], [0, 3, 2]])


def test_near_hides_far_whatever_the_order():
    picture = np.zeros((100, 100, 3), np.uint8)
    near, far = (*_square(1.0, 0.1), [255, 0, 0]), (*_square(2.0, 0.6), [0, 255, 0])
    for meshes in ([near, far], [far, near]):
        drawn = draw_meshes(picture, meshes, K, LENS, 1.0)
        assert drawn[50, 50, 0] > 80 and drawn[50, 50, 1] == 0
        assert drawn[50, 75, 1] > 80 and drawn[50, 75, 0] == 0
        assert not drawn[5, 5].any()


def test_faces_turned_away_and_behind_are_left_out():
    picture = np.full((100, 100, 3), 7, np.uint8)
    vertices, faces = _square(1.0)
    assert (draw_meshes(picture, [(vertices, faces[:, ::-1], [255] * 3)], K, LENS, 1.0) == 7).all()
    assert (draw_meshes(picture, [(*_square(-1.0), [255] * 3)], K, LENS, 1.0) == 7).all()


def test_alpha_blends_and_the_input_stays():
    picture = np.full((100, 100, 3), 200, np.uint8)
    half = draw_meshes(picture, [(*_square(1.0), [0, 0, 0])], K, LENS, 0.5)
    assert half[50, 50].tolist() == [100, 100, 100]
    assert (picture == 200).all()


def test_projection_with_a_lens_is_opencvs():
    rng = np.random.default_rng(1)
    points = rng.normal([0, 0, 3], 0.4, (30, 3))
    lens = np.array([-0.2, 0.05, 0.001, -0.002, 0.01])
    expected = cv2.projectPoints(points, np.zeros(3), np.zeros(3), K, lens)[0][:, 0]
    assert np.allclose(project(points, K, lens), expected)
    assert np.isnan(project(np.array([[0, 0, -1.0]]), K, lens)).all()


def test_bones_with_unknown_or_wild_ends_are_left_out():
    picture = np.zeros((100, 100, 3), np.uint8)
    pixels = np.array([[10.0, 50], [90, 50], [np.nan, 3], [1e9, 3]])
    draw_bones(picture, pixels, [(0, 2), (1, 3)], np.array([255, 255, 255]), 2)
    assert not picture.any()
    draw_bones(picture, pixels, [(0, 1)], np.array([255, 255, 255]), 2)
    assert picture[50, 50].tolist() == [255, 255, 255]
