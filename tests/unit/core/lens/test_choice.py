"""Whom the solve believes about the lens, and what is said of it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from understudy.core.lens.choice import Lens, choose_lens, focal_of_fov, fov_of_focal
from understudy.core.lens.estimate import EDGES, TURNS, WORTH, LensEstimate, estimate_lens
from understudy.core.lens.segments import find_segments
from understudy.core.settings import DEFAULT_FOV

SIZE = (1920, 1080)
PICTURES = Path(__file__).parents[3] / "data" / "lens"


def never() -> None:
    raise AssertionError("the footage is asked though the lens was told")


@pytest.mark.parametrize(
    ("told", "focal", "source"),
    [
        ({"focal": 1500.0}, 1500.0, "focal"),
        ({"fov": 90.0}, 960.0, "fov"),  # 1920 px / 2 / tan 45°
        ({"metadata": 1400.0}, 1400.0, "metadata"),
        ({"focal": 1500.0, "metadata": 1400.0}, 1500.0, "focal"),  # the user knows better than the file
        ({"fov": 90.0, "metadata": 1400.0}, 960.0, "fov"),
    ],
)
def test_who_was_told_does_not_guess(told: dict[str, float], focal: float, source: str) -> None:
    said: list[str] = []
    values = {"fov": None, "focal": None, "metadata": None} | told
    lens = choose_lens(values["fov"], values["focal"], SIZE, values["metadata"], never, said.append)
    assert lens == Lens(pytest.approx(focal), source, None)
    assert said == []


def test_the_footage_is_asked_next() -> None:
    said: list[str] = []
    lens = choose_lens(None, None, SIZE, None, lambda: LensEstimate(1234.0, 0.04, (EDGES,)), said.append)
    assert lens == Lens(1234.0, "estimated", 0.04, (EDGES,)) and said == []
    known = {"focal_source": "estimated", "focal_spread": 0.04, "focal_told_by": [EDGES]}
    assert lens.notes() == known | {"focal": 1234.0} and lens.summary() == known | {"focal_px": 1234.0}


def test_without_a_word_the_default_is_assumed_and_said() -> None:
    said: list[str] = []
    lens = choose_lens(None, None, SIZE, None, lambda: None, said.append)
    assert lens.source == "default" and lens.focal_px == pytest.approx(focal_of_fov(DEFAULT_FOV, SIZE))
    assert lens.spread is not None and lens.spread > WORTH
    (text,) = said
    assert f"{DEFAULT_FOV:g}°" in text and "--fov" in text and "--focal" in text


@pytest.mark.parametrize("fov", [20.0, 55.0, 120.0])
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)])
def test_angles_and_focal_lengths_go_both_ways(fov: float, size: tuple[int, int]) -> None:
    assert fov_of_focal(focal_of_fov(fov, size), size) == pytest.approx(fov)


def test_pictures_of_one_place_make_nobody_surer() -> None:
    known = json.loads((PICTURES / "lenses.json").read_text("utf-8"))["room"]
    image = cv2.cvtColor(cv2.imread(str(PICTURES / "room.jpg")), cv2.COLOR_BGR2RGB)
    edges = find_segments(image, np.array([known["box"]]))
    size = (image.shape[1], image.shape[0])
    once = estimate_lens((edges,), None, np.arange(30) / 30, size)
    often = estimate_lens((edges,) * 5, None, np.arange(30) / 30, size)
    assert once is not None and often is not None and often.spread == pytest.approx(once.spread)
    assert once.told_by == (EDGES,) and TURNS not in once.told_by
    assert once.focal_px == pytest.approx(known["focal_px"], rel=0.06)


def test_footage_that_shows_nothing_has_no_estimate() -> None:
    assert estimate_lens((), None, np.arange(30) / 30, SIZE) is None
    assert estimate_lens((np.zeros((0, 4)),), None, np.arange(30) / 30, SIZE) is None
