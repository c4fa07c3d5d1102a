"""Values, ranges and JSON of edits."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from understudy.core.edit.base import dump_edits, frames_in, influence
from understudy.core.edit.evaluation import KINDS, no_library, parse
from understudy.core.edit.smoothing import Smooth
from understudy.core.edit.timing import Trim
from understudy.core.errors import BadInputError


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_survives_json(kind):
    edit = KINDS[kind](enabled=False, person="2", start=0.5, end=1.5)
    assert parse(dump_edits([edit])) == (edit,)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_name_for_people_and_numbers_have_bounds(kind):
    assert KINDS[kind].label
    for entry in dataclasses.fields(KINDS[kind]):
        if isinstance(entry.default, float):
            assert entry.metadata["low"] <= entry.default <= entry.metadata["high"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("{}", "not a list"),
        ('[{"kind": "melt"}]', "'melt' is unknown"),
        ('[{"kind": "smooth", "arms": 1.5}]', "arms is 1.5, outside 0 to 1"),
        ('[{"kind": "smooth", "arms": "much"}]', "arms cannot be 'much'"),
        ('[{"kind": "smooth", "arms": NaN}]', "arms cannot be nan"),
        ('[{"kind": "smooth", "enabled": 1}]', "enabled cannot be 1"),
        ('[{"kind": "smooth", "side": "up"}]', "side cannot be 'up'"),
        ('[{"kind": "smooth", "colour": 1}]', "no value 'colour'"),
        ('[{"kind": "trim", "start": 2, "end": 1}]', "ends at 1.00 s, before it starts at 2.00 s"),
    ],
)
def test_bad_lists_are_refused_naming_what_is_wrong(text, said):
    with pytest.raises(BadInputError, match=said):
        parse(text)


def test_what_an_entry_leaves_out_has_its_default():
    assert parse('[{"kind": "smooth", "arms": 1}]') == (Smooth(arms=1),)


def test_the_range_includes_its_end(make_motion):
    motion = make_motion(90)
    assert frames_in(motion, Trim(start=1.0, end=2.0)) == slice(30, 61)
    assert frames_in(motion, Trim()) == slice(0, 90)
    with pytest.raises(BadInputError, match=r"no frame lies between 5.00 s and 6.00 s"):
        frames_in(motion, Trim(start=5.0, end=6.0))


def test_influence_is_full_inside_and_fades_outside(make_motion):
    weight = influence(make_motion(90), Trim(start=1.0, end=2.0), fade_s=0.2)
    assert np.all(weight[30:61] == 1)
    assert np.all(weight[:24] == 0)
    assert np.all(np.diff(weight[23:31]) >= 0)
    assert 0 < weight[27] < 1
    assert np.all(influence(make_motion(90), Trim()) == 1)


def test_only_the_chosen_person_is_edited(make_motion):
    people = {"1": make_motion(60), "2": make_motion(60, seed=1)}
    edited = Trim(person="2", end=1.0).apply(people, no_library)
    assert edited["1"] is people["1"]
    assert edited["2"].frame_count == 31
    with pytest.raises(BadInputError, match="no person '3'"):
        Trim(person="3").apply(people, no_library)
