from __future__ import annotations

import dataclasses

import pytest

from understudy.core.take import PERSON_SHAPES, TakePerson


@pytest.mark.parametrize(("flags", "commercial"), [([True, True], True), ([True, False], False), ([None], False)])
def test_commercial_only_if_every_model_is(make_take, flags, commercial):
    models = [{"name": "m"} | ({} if flag is None else {"commercial": flag}) for flag in flags]
    assert dataclasses.replace(make_take(), models=models).commercial is commercial


def test_every_array_of_a_person_is_checked():
    names = {f.name for f in dataclasses.fields(TakePerson)}
    assert names - {"id", "name", "height", "smpl", "left_hand", "right_hand"} == set(PERSON_SHAPES)
