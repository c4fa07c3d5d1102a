"""People chosen by a box: how they are written, read and checked."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from understudy.core.errors import BadInputError
from understudy.core.picks import Pick, parse_pick
from understudy.core.settings import CaptureSettings

PICK = Pick(1.5, 100, 50, 300, 600)


def settings(**options):
    return CaptureSettings(Path("walk.mp4"), Path("walk.take.npz"), **options)


def test_text_and_json_come_back():
    assert parse_pick(PICK.text) == PICK
    made = settings(picks=(PICK, Pick(0, 1.5, 2, 3, 4)))
    assert CaptureSettings.from_json(json.loads(json.dumps(made.to_json()))) == made


@pytest.mark.parametrize("text", ["", "1.5", "1.5:1,2,3", "1.5:1,2,3,4,5", "now:1,2,3,4", "100,50,300,600"])
def test_what_is_no_pick(text):
    with pytest.raises(ValueError):
        parse_pick(text)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"picks": (Pick(1, 30, 0, 20, 10),)}, "not a box"),  # left is right of right
        ({"picks": (Pick(1, 0, 0, math.nan, 10),)}, "not a box"),
        ({"picks": (PICK,), "start": 2.0}, "outside"),
        ({"picks": (PICK,), "end": 1.5}, "outside"),  # the end is not captured any more
        ({"picks": (PICK,), "people": 2}, "exclude"),
        ({"step": 0}, "--step 0"),
    ],
)
def test_what_makes_no_sense_is_refused(options, named):
    with pytest.raises(BadInputError, match=named):
        settings(**options)


@pytest.mark.parametrize("rows", [3, [[1, 2, 3]], [["a", 1, 2, 3, 4]], [None]])
def test_json_that_is_no_list_of_boxes_is_refused(rows):
    with pytest.raises(BadInputError, match="picks"):
        CaptureSettings.from_json({"source": "a.mp4", "output": "a.take.npz", "picks": rows})
