from __future__ import annotations

import cv2
import numpy as np
import pytest

from understudy.core.pose2d.crops import (
    Frame,
    corners,
    crop_difference,
    crops_from_points,
    extract,
    interpolate_crops,
    rotate_xy,
    to_crop,
    to_image,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def random_crops(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.column_stack([
        rng.uniform(-200, 2000, (count, 2)), rng.uniform(5, 1500, count), rng.uniform(-np.pi, np.pi, count)
    ])  # fmt: skip


@pytest.mark.parametrize("side", [1, 224, 256])
def test_crop_and_image_are_inverses(rng: np.random.Generator, side: int) -> None:
    crops = random_crops(rng, 40)
    points = rng.uniform(-0.5 * side, 1.5 * side, (40, 9, 2))
    np.testing.assert_allclose(to_crop(to_image(points, crops, side), crops, side), points, atol=1e-6 * side)


def test_upward_point_lies_above_the_middle(rng: np.random.Generator) -> None:
    centre, up = rng.uniform(0, 500, (2, 30, 2))
    crops = crops_from_points(centre, up, 1.25)
    local = to_crop(np.stack([centre, up], 1), crops, 256)
    np.testing.assert_allclose(local[:, 0], 128, atol=1e-6)
    # 2 · 1.25 radii fill the side, so the rim is 1 / 2.5 of it above the middle.
    np.testing.assert_allclose(local[:, 1], np.tile([128, 128 - 256 / 2.5], (30, 1)), atol=1e-6)


@pytest.mark.parametrize(
    ("delta", "angle"),
    [
        ((0, -1), 0.0),  # upright
        ((1, 0), np.pi / 2),  # lying with the head to the right: turned clockwise
        ((0, 1), np.pi),  # upside down
        ((-1, 0), -np.pi / 2),
    ],
)
def test_angle_is_clockwise(delta: tuple[float, float], angle: float) -> None:
    crop = crops_from_points(np.zeros((1, 2)), np.array([delta], float), 1.0)[0]
    assert crop[3] == pytest.approx(angle)
    assert crop[2] == pytest.approx(2.0)


def test_corners_are_the_inputs_corners(rng: np.random.Generator) -> None:
    crops = random_crops(rng, 5)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float) * 256
    np.testing.assert_allclose(corners(crops), to_image(np.tile(square, (5, 1, 1)), crops, 256), atol=1e-6)


@pytest.mark.parametrize("size", [120.0, 256.0, 700.0, 1900.0])
@pytest.mark.parametrize("angle", [0.0, 0.4, -2.0])
def test_extracted_pixels_lie_where_the_geometry_says(size: float, angle: float) -> None:
    """A soft blob in a frame is found in the crop at the place that ``to_crop`` gives, whatever the reduction."""
    height, width = 1200, 1600
    y, x = np.mgrid[:height, :width]
    blob = np.array([830.3, 611.7])
    sigma = size / 24
    image = 255 * np.exp(-((x - blob[0]) ** 2 + (y - blob[1]) ** 2) / (2 * sigma**2))
    frame = Frame(np.repeat(image[..., None], 3, 2).astype(np.uint8))
    crop = np.array([[blob[0] + 0.1 * size, blob[1] - 0.15 * size, size, angle]])
    out = extract([frame], np.array([0]), crop, 256, cv2.BORDER_REPLICATE)[0, ..., 0].astype(float)
    out[out < 20] = 0
    v, u = np.mgrid[:256, :256]
    found = np.array([(u * out).sum(), (v * out).sum()]) / out.sum()
    np.testing.assert_allclose(found, to_crop(blob[None, None], crop, 256)[0, 0], atol=0.25)


def test_reduction_does_not_alias() -> None:
    """Stripes finer than the crop's pixels come out grey, not as a pattern."""
    stripes = np.zeros((1024, 1024, 3), np.uint8)
    stripes[:, ::2] = 255
    out = extract([Frame(stripes)], np.array([0]), np.array([[511.5, 511.5, 1024.0, 0.0]]), 128, cv2.BORDER_REPLICATE)
    assert out.std() < 2 and abs(out.mean() - 127.5) < 2


@pytest.mark.parametrize(("border", "expected"), [(cv2.BORDER_REPLICATE, 200), (cv2.BORDER_CONSTANT, 0)])
def test_outside_the_frame(border: int, expected: int) -> None:
    frame = Frame(np.full((50, 50, 3), 200, np.uint8))
    out = extract([frame], np.array([0]), np.array([[500.0, 500.0, 40.0, 0.3]]), 32, border)
    assert (out == expected).all()


def test_no_crops() -> None:
    assert extract([Frame(np.zeros((9, 9, 3), np.uint8))], np.zeros(0, int), np.zeros((0, 4)), 64, 0).shape == (
        0,
        64,
        64,
        3,
    )


def test_rotation_keeps_depth_and_lengths(rng: np.random.Generator) -> None:
    vectors, angles = rng.normal(size=(6, 5, 3)), rng.uniform(-3, 3, 6)
    turned = rotate_xy(vectors, angles)
    np.testing.assert_allclose(turned[..., 2], vectors[..., 2])
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(vectors, axis=-1))
    np.testing.assert_allclose(rotate_xy(turned, -angles), vectors, atol=1e-12)
    np.testing.assert_allclose(rotate_xy(np.array([[[0.0, -1.0]]]), np.array([np.pi / 2])), [[[1.0, 0.0]]], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((0, 0, 0, 0), 0.0),
        ((20, 0, 0, 0), 0.4),  # a fifth of the side
        ((0, 0, 100 * (np.e - 1), 0), 1.0),
        ((0, 0, 0, 1.0), 0.7),
        ((0, 0, 0, 2 * np.pi + 0.1), 0.07),  # whole turns do not count
    ],
)
def test_crop_difference(change: tuple[float, ...], expected: float) -> None:
    crop = np.array([[5.0, 6.0, 100.0, 0.2]])
    assert crop_difference(crop, crop + np.array(change))[0] == pytest.approx(expected)


def test_interpolation_passes_the_centres_and_unwraps_angles() -> None:
    known = np.array([0.0, 0.1, 0.2, 0.3])
    crops = np.array([[0, 0, 100, 3.0], [10, 5, 100, -3.1], [20, 10, 100, -3.0], [30, 15, 100, -2.9]], float)
    at = np.array([-1.0, 0.0, 0.05, 0.1, 0.25, 0.3, 9.0])
    result = interpolate_crops(at, known, crops)
    np.testing.assert_allclose(result[:, 0], [0, 0, 5, 10, 25, 30, 30], atol=1e-9)
    np.testing.assert_allclose(result[:, 2], 100)
    # 3.0, 3.18, 3.28, 3.38 once unwrapped: never through zero.
    assert (np.abs(np.angle(np.exp(1j * (result[:, 3] - 3.2)))) < 0.25).all()
    np.testing.assert_allclose(interpolate_crops(at, known[:1], crops[:1]), np.tile(crops[0], (7, 1)))


def test_smoothing_has_no_delay() -> None:
    """Steady growth keeps its phase; trembling of the size is halved at least."""
    known = np.arange(9) / 10.0
    crops = np.column_stack([np.zeros((9, 2)), 100 * np.exp(known), np.zeros(9)])
    np.testing.assert_allclose(interpolate_crops(known, known, crops)[1:-1, 2], crops[1:-1, 2], rtol=1e-9)
    shaken = crops.copy()
    shaken[:, 2] *= np.exp(0.1 * (-1.0) ** np.arange(9))
    left = np.log(interpolate_crops(known, known, shaken)[1:-1, 2] / crops[1:-1, 2])
    assert np.abs(left).max() < 0.05
