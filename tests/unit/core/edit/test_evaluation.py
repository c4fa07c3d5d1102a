"""Lists of edits on a whole take: order, what is remembered, what goes wrong."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from understudy.core import skeleton
from understudy.core.body.numpy_model import load_free_body
from understudy.core.edit.evaluation import EditError, Evaluation, evaluate, parse
from understudy.core.edit.smoothing import Smooth
from understudy.core.edit.timing import Reverse, Trim
from understudy.core.take import Take, TakeCameras


@pytest.fixture
def take(person):
    count = 60
    people = []
    import dataclasses

    for index in (1, 2):
        one = person(count, person=str(index), seed=index)
        empty = np.zeros((1, count, len(skeleton.KEYPOINTS), 3), np.float32)
        people.append(
            dataclasses.replace(
                one, keypoints2d=empty[..., :2], keypoints2d_confidence=empty[..., 0], keypoints3d=empty
            )
        )
    times = np.arange(count) / 30
    cameras = TakeCameras(times[None], np.eye(3)[None], np.zeros((1, 5)), np.ones((1, 2)), np.eye(4)[None])
    names = (skeleton.KEYPOINTS, skeleton.TAKE_JOINTS, skeleton.TAKE_PARENTS)
    return Take(times, Fraction(30), cameras, tuple(people), *names)


def test_edits_come_one_after_another(take):
    result = Evaluation(take, load_free_body()).result([Trim(end=1.0), Reverse()])
    plain = Evaluation(take, load_free_body()).result([])
    assert np.array_equal(result["1"].pelvis, plain["1"].pelvis[:31][::-1])


def test_one_person_alone_gives_the_same(take):
    edits = [Smooth(arms=0.7), Trim(end=1.0)]
    whole = Evaluation(take, load_free_body()).result(edits)["2"]
    alone = evaluate(take.people[1], take.timestamps, edits, 30, load_free_body())
    assert np.array_equal(whole.rotations, alone.rotations)


def test_what_was_computed_is_kept(take, monkeypatch):
    seen = []
    original = Smooth.edited
    monkeypatch.setattr(Smooth, "edited", lambda self, m: seen.append(self.arms) or original(self, m))
    evaluation = Evaluation(take, load_free_body())
    first = evaluation.result([Smooth(arms=0.2)])
    evaluation.result([Smooth(arms=0.2), Smooth(arms=0.5)])
    assert seen == [0.2, 0.2, 0.5, 0.5]  # two people each
    assert evaluation.result([Smooth(arms=0.2), Smooth(arms=0.9, enabled=False)])["1"] is first["1"]
    assert len(seen) == 4


def test_the_memory_is_bounded(take):
    evaluation = Evaluation(take, load_free_body(), kept=3)
    for strength in np.linspace(0.1, 0.9, 9):
        evaluation.result([Smooth(arms=float(strength))])
    assert len(evaluation._stages) == 3
    assert () in evaluation._stages


def test_the_edit_that_cannot_be_applied_is_named(take):
    with pytest.raises(EditError, match="no frame lies between") as caught:
        Evaluation(take, load_free_body()).result([Smooth(), Trim(start=9.0)])
    assert caught.value.index == 1


def test_a_list_from_json(take):
    edits = parse('[{"kind": "trim", "person": "1", "end": 0.5}, {"kind": "mirror"}]')
    result = Evaluation(take, load_free_body()).result(edits)
    assert (result["1"].frame_count, result["2"].frame_count) == (16, 60)
