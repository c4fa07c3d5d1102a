"""Lists of edits on a whole take: order, what is remembered, what goes wrong."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.edit.evaluation import EditError, Evaluation, evaluate, parse
from understudy.core.edit.smoothing import Smooth
from understudy.core.edit.timing import Reverse, Trim


def test_edits_come_one_after_another(two_people):
    result = Evaluation(two_people, load_free_body()).result([Trim(end=1.0), Reverse()])
    plain = Evaluation(two_people, load_free_body()).result([])
    assert np.array_equal(result["1"].pelvis, plain["1"].pelvis[:31][::-1])


def test_one_person_alone_gives_the_same(two_people):
    edits = [Smooth(arms=0.7), Trim(end=1.0)]
    whole = Evaluation(two_people, load_free_body()).result(edits)["2"]
    alone = evaluate(two_people.people[1], two_people.timestamps, edits, 30, load_free_body())
    assert np.array_equal(whole.rotations, alone.rotations)


def test_what_was_computed_is_kept(two_people, monkeypatch):
    seen = []
    original = Smooth.edited
    monkeypatch.setattr(Smooth, "edited", lambda self, m: seen.append(self.arms) or original(self, m))
    evaluation = Evaluation(two_people, load_free_body())
    first = evaluation.result([Smooth(arms=0.2)])
    evaluation.result([Smooth(arms=0.2), Smooth(arms=0.5)])
    assert seen == [0.2, 0.2, 0.5, 0.5]  # two people each
    assert evaluation.result([Smooth(arms=0.2), Smooth(arms=0.9, enabled=False)])["1"] is first["1"]
    assert len(seen) == 4


def test_the_memory_is_bounded(two_people):
    evaluation = Evaluation(two_people, load_free_body(), kept=3)
    for strength in np.linspace(0.1, 0.9, 9):
        evaluation.result([Smooth(arms=float(strength))])
    assert len(evaluation._stages) == 3
    assert () in evaluation._stages


def test_the_edit_that_cannot_be_applied_is_named(two_people):
    with pytest.raises(EditError, match="no frame lies between") as caught:
        Evaluation(two_people, load_free_body()).result([Smooth(), Trim(start=9.0)])
    assert caught.value.index == 1


def test_a_list_from_json(two_people):
    edits = parse('[{"kind": "trim", "person": "1", "end": 0.5}, {"kind": "mirror"}]')
    result = Evaluation(two_people, load_free_body()).result(edits)
    assert (result["1"].frame_count, result["2"].frame_count) == (16, 60)
