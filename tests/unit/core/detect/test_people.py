from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from understudy.core.detect.people import detect_people, tiles
from understudy.core.nets.anchors import POSE_LAYOUT, anchor_centres
from understudy.core.pose2d.crops import Frame, to_crop


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 480), (500, 500), (4000, 400)])
def test_tiles_cover_every_pixel_at_every_scale(size: tuple[int, int]) -> None:
    width, height = size
    rows = tiles(width, height)
    assert rows[0, 2] == max(size)
    for side in np.unique(rows[1:, 2]):
        centres = rows[rows[:, 2] == side, :2]
        xy = np.stack(np.meshgrid(np.arange(0, width, 7), np.arange(0, height, 7)), -1).reshape(-1, 1, 2)
        assert (np.abs(xy - centres).max(-1).min(1) <= side / 2 + 0.5).all()


@pytest.mark.parametrize(("size", "most"), [((1920, 1080), 13), ((640, 480), 10)])
def test_about_a_dozen_tiles(size: tuple[int, int], most: int) -> None:
    assert len(tiles(*size)) <= most


class FakeDetector:
    """Finds upright people at given hip centres (image px), where their circle lies within the tile at a fit size."""

    spec = SimpleNamespace(size=224)

    def __init__(self, frame: tuple[int, int], people: list[tuple[float, float, float, float]]) -> None:
        self.crops = tiles(*frame)
        self.people = people

    def predict(self, inputs: np.ndarray) -> dict[str, np.ndarray]:
        n = len(inputs)
        boxes, scores = np.zeros((n, 2254, 12), np.float32), np.full((n, 2254, 1), -50, np.float32)
        centres = anchor_centres(POSE_LAYOUT)
        for t, crop in enumerate(self.crops[:n]):
            for x, y, radius, score in self.people:
                points = to_crop(
                    np.array([[[x, y], [x, y - radius], [x, y - radius / 2], [x, y - radius]]]), crop[None], 1
                )[0]
                share = radius / crop[2]
                if not 0.12 < share < 0.6 or (points < 0).any() or (points > 1).any():
                    continue
                anchor = int(np.argmin(np.hypot(*(centres - points[0]).T)))
                boxes[t, anchor, 2:4] = 224 * share / 3
                boxes[t, anchor, 4:] = ((points - centres[anchor]) * 224).reshape(-1)
                scores[t, anchor] = np.log(score / (1 - score))
        return {"boxes": boxes, "scores": scores}


def detect(people: list[tuple[float, float, float, float]], tiled: bool = True) -> list[tuple[int, int, float]]:
    size = (1920, 1080)
    frame = Frame(np.zeros((size[1], size[0], 3), np.uint8))
    found = detect_people([frame], FakeDetector(size, people), tiled)[0]  # type: ignore[arg-type]
    return [(round(float(d.keypoints[0, 0])), round(float(d.keypoints[0, 1])), round(d.score, 2)) for d in found]


def test_a_person_in_many_tiles_is_one() -> None:
    assert detect([(960, 540, 300, 0.9)]) == [(960, 540, 0.9)]


def test_small_people_are_found_in_tiles_only() -> None:
    people = [(960, 540, 400, 0.9), (300, 400, 90, 0.8)]
    assert detect(people) == [(960, 540, 0.9), (300, 400, 0.8)]
    assert detect(people, tiled=False) == [(960, 540, 0.9)]


def test_neighbours_stay_two() -> None:
    assert len(detect([(800, 540, 250, 0.9), (1000, 540, 250, 0.8)])) == 2


def test_nobody() -> None:
    assert detect([]) == []


def test_detection_gives_box_and_crop() -> None:
    frame = Frame(np.zeros((1080, 1920, 3), np.uint8))
    (person,) = detect_people([frame], FakeDetector((1920, 1080), [(960, 540, 300, 0.9)]))[0]  # type: ignore[arg-type]
    np.testing.assert_allclose(person.box, [660, 240, 1260, 840], atol=0.5)
    np.testing.assert_allclose(person.crop, [960, 540, 750, 0], atol=0.5)
