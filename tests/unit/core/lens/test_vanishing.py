"""Edges tell the lens: on pictures that ``understudy synth`` rendered through known ones, and on lines made up here."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from understudy.core.lens.grid import LOG_FOCALS, middle_and_spread, prior
from understudy.core.lens.segments import find_segments, looks_of
from understudy.core.lens.vanishing import likelihood_of_segments
from understudy.core.rotation import axis_angle_to_matrix

PICTURES = Path(__file__).parents[3] / "data" / "lens"
RENDERED = json.loads((PICTURES / "lenses.json").read_text("utf-8"))
SIZE = (1280, 720)


def picture(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(PICTURES / f"{name}.jpg")), cv2.COLOR_BGR2RGB)


@pytest.mark.parametrize("name", [name for name in RENDERED if name != "steppe"])
def test_a_rendered_place_with_right_angles_tells_its_lens(name: str) -> None:
    image = picture(name)
    height, width = image.shape[:2]
    told = likelihood_of_segments(find_segments(image, np.array([RENDERED[name]["box"]])), (width, height))
    log, spread = middle_and_spread(told + prior())
    true = np.log(RENDERED[name]["focal_px"] / (max(width, height) / 2))
    assert abs(log - true) < 0.06
    assert spread < 0.12 and abs(log - true) < 3 * spread
    assert abs(log - true) < abs(middle_and_spread(prior())[0] - true) or abs(log - true) < 0.02


def test_a_rendered_landscape_tells_nothing() -> None:
    image = picture("steppe")
    height, width = image.shape[:2]
    told = likelihood_of_segments(find_segments(image, np.array([RENDERED["steppe"]["box"]])), (width, height))
    assert np.ptp(told) < 0.1


def lines(focal: float, turn: tuple[float, float, float], axes: tuple[int, ...], count: int) -> np.ndarray:
    """(N, 4) px of ``count`` edges along each of ``axes`` of a box turned by ``turn`` (rad), ends off by 0.4 px."""
    rng = np.random.default_rng(3)
    rotation = np.eye(3)
    for vector in np.diag(turn)[[1, 0, 2]]:
        rotation = axis_angle_to_matrix(vector) @ rotation
    ends = []
    middle = (np.array(SIZE) - 1) / 2
    while len(ends) < count * len(axes):
        axis = rotation[:, axes[len(ends) % len(axes)]]
        start = np.array([*rng.uniform(-4, 4, 2), rng.uniform(4, 10)])
        points = np.stack([start, start + axis * rng.uniform(0.5, 2)])
        if points[:, 2].min() < 1:
            continue
        pixels = points[:, :2] / points[:, 2:] * focal + middle
        if (pixels > 0).all() and (pixels < SIZE).all() and np.linalg.norm(pixels[1] - pixels[0]) > 40:
            ends.append((pixels + rng.normal(0, 0.4, (2, 2))).reshape(-1))
    return np.array(ends)


@pytest.mark.parametrize("focal", [560.0, 900.0, 1600.0])
@pytest.mark.parametrize("turn", [(0.1, 0.6, 0.0), (0.25, 0.4, 0.04)])
def test_lines_along_three_directions_tell_the_focal_length(focal: float, turn: tuple[float, float, float]) -> None:
    told = likelihood_of_segments(lines(focal, turn, (0, 1, 2), 20), SIZE)
    log, spread = middle_and_spread(told + prior())
    assert np.exp(log) * SIZE[0] / 2 == pytest.approx(focal, rel=0.05)
    assert spread < 0.1


@pytest.mark.parametrize(
    ("name", "segments"),
    [
        # One vanishing point is the same point through any lens.
        ("one direction", lines(900.0, (0.1, 0.6, 0.0), (2,), 30)),
        ("few", lines(900.0, (0.1, 0.6, 0.0), (0, 1, 2), 2)),
        ("anywhere", np.random.default_rng(0).uniform(0, 700, (60, 4))),
        ("none", np.zeros((0, 4))),
    ],
)
def test_what_does_not_tell_says_nothing_sure(name: str, segments: np.ndarray) -> None:
    log, spread = middle_and_spread(likelihood_of_segments(segments, SIZE) + prior())
    before, unsure = middle_and_spread(prior())
    assert spread > 0.8 * unsure, name
    assert abs(log - before) < 0.5 * unsure, name


def test_edges_of_people_are_left_out() -> None:
    image = np.full((400, 600, 3), 200, np.uint8)
    cv2.rectangle(image, (50, 50), (150, 300), (20, 20, 20), -1)
    cv2.rectangle(image, (400, 100), (500, 350), (20, 20, 20), -1)
    everything = find_segments(image, np.zeros((0, 4)))
    background = find_segments(image, np.array([[40.0, 40, 160, 310]]))
    assert len(everything) >= 8 and everything[:, [0, 2]].min() < 160
    assert len(background) >= 4 and background[:, [0, 2]].min() > 350
    # Middles of pixels: the rectangle covers 400 to 500, both included.
    np.testing.assert_allclose(np.unique(np.round(background[:, 0] / 100)), [4, 5])
    lengths = np.hypot(background[:, 2] - background[:, 0], background[:, 3] - background[:, 1])
    assert (np.diff(lengths) <= 1e-3).all()


@pytest.mark.parametrize(
    ("chunk", "frames", "looks"),
    [(0, 96, [0, 95]), (0, 1, [0]), (1, 96, [0]), (2, 5, [0]), (3, 96, []), (4, 96, [0]), (12, 96, [])],
)
def test_hours_of_footage_are_looked_at_a_few_times(chunk: int, frames: int, looks: list[int]) -> None:
    assert looks_of(chunk, frames) == looks


def test_the_prior_is_the_default_and_covers_what_people_film_with() -> None:
    share = np.exp(prior())
    share /= share.sum()
    within = (LOG_FOCALS > 0.2) & (LOG_FOCALS < 1.4)  # 79° to 28°
    assert share[within].sum() > 0.85
    assert share[LOG_FOCALS > 1.5].sum() > 0.01
