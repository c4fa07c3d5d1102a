"""Lenses by name, against the geometry of a 36 mm film."""

from __future__ import annotations

import math

import pytest

from understudy.addon import lenses
from understudy.core.checks import FOV_RANGE
from understudy.core.video.focal import FILM_WIDTH_MM, focal_px_from_35mm


def test_the_film_is_that_of_the_metadata() -> None:
    assert lenses.FILM_WIDTH_MM == FILM_WIDTH_MM


@pytest.mark.parametrize("lens", lenses.LENSES, ids=lambda lens: lens.identifier)
def test_fov_and_focal_length_agree(lens: lenses.Lens) -> None:
    focal = focal_px_from_35mm(lens.millimetres, 1920, 1080)
    assert focal is not None
    assert math.degrees(2 * math.atan(960 / focal)) == pytest.approx(lens.fov)
    assert lenses.equivalent(focal, 1080, 1920) == pytest.approx(lens.millimetres)
    assert FOV_RANGE[0] < lens.fov < FOV_RANGE[1]
    assert lenses.find(lens.identifier) is lens


def test_other_choices_are_no_lenses() -> None:
    assert lenses.find("AUTO") is None and lenses.find("FOV") is None
