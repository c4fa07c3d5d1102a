"""Requests that make no sense are refused by name; streams of random numbers do not touch each other."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.synth.plan import Request, stream


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"people": 0}, "--people 0"),
        ({"people": 5}, "--people 5"),
        ({"cameras": 7}, "--cameras 7"),
        ({"cameras": 0}, "--cameras 0"),
        ({"frames": 0}, "--frames 0"),
        ({"seed": -1}, "--seed -1"),
        ({"size": (8, 640)}, "--size 8x640"),
        ({"size": (640, 100_000)}, "--size 640x100000"),
        ({"size": (641, 640)}, "odd"),
        ({"fps": Fraction(0)}, "--fps 0"),
        ({"fps": Fraction(1000)}, "--fps 1000"),
        ({"mode": "pretty"}, "--mode pretty"),
        ({"camera_motion": "drone"}, "--camera-motion drone"),
        ({"occluders": 9}, "--occluders 9"),
        ({"rotation": 45}, "--rotation 45"),
    ],
)
def test_nonsense_is_refused_by_name_with_a_cure(options: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInputError) as caught:
        Request(**{"seed": 1, **options})
    assert named in caught.value.message and caught.value.hint


def test_the_limits_themselves_are_allowed() -> None:
    assert Request(0, people=4, cameras=6, frames=1, fps=Fraction(240), size=(64, 4096), occluders=4).people == 4


def test_streams_are_repeatable_and_unlike_each_other() -> None:
    draws = [stream(3, "camera", 1), stream(3, "camera", 1), stream(3, "camera", 2), stream(3, "actor", 1)]
    values = [rng.uniform(size=4) for rng in (*draws, stream(4, "camera", 1))]
    assert np.array_equal(values[0], values[1])
    for other in values[2:]:
        assert not np.any(values[0] == other)
