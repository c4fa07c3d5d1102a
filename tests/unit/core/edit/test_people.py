"""Two people, two takes."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.evaluation import no_library
from understudy.core.edit.identity import SwapPeople
from understudy.core.edit.place import turned
from understudy.core.edit.stitch import Stitch, alignment, best_cut
from understudy.core.errors import BadInputError


def test_people_exchange_their_motion_in_the_range(make_motion):
    people = {"1": make_motion(60), "2": make_motion(60, seed=4)}
    swapped = SwapPeople(person="1", other="2", start=1.0).apply(people, no_library)
    assert np.array_equal(swapped["1"].rotations[30:], people["2"].rotations[30:])
    assert np.array_equal(swapped["2"].rotations[30:], people["1"].rotations[30:])
    assert np.array_equal(swapped["1"].rotations[:30], people["1"].rotations[:30])
    assert np.array_equal(swapped["1"].confidence[30:], people["2"].confidence[30:])
    assert np.array_equal(swapped["1"].rest, people["1"].rest)
    assert np.allclose(swapped["1"].pelvis[40, :2], people["2"].pelvis[40, :2])


@pytest.mark.parametrize(("one", "two"), [("1", "1"), ("1", "7"), ("", "2")])
def test_a_swap_needs_two_people(make_motion, one, two):
    people = {"1": make_motion(20), "2": make_motion(20)}
    with pytest.raises(BadInputError):
        SwapPeople(person=one, other=two).apply(people, no_library)


def test_alignment_undoes_a_turn_and_a_shift():
    rng = np.random.default_rng(2)
    points = rng.normal(size=(40, 3))
    c, s = np.cos(0.7), np.sin(0.7)
    moved = points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]) + [2.0, -1.0, 0]
    turn, shift = alignment(moved, points)
    assert turn == pytest.approx(0.7)
    assert np.allclose(shift, [2, -1])


def test_a_take_goes_on_in_the_other_where_poses_match(make_motion):
    """The other take is the same walk, cut earlier and standing elsewhere: the cut must find itself again."""
    whole = make_motion(150)
    first = whole.take(np.arange(80))
    spin = np.array([np.cos(0.6), 0, 0, np.sin(0.6)])
    second = turned(whole.take(np.arange(60, 150)), spin)
    second = second.replace(timestamps=second.timestamps - 2.0, pelvis=second.pelvis + np.array([3.0, 1.0, 0.0]))
    out, into = best_cut(first, second, 80, 30)
    assert out == into + 60
    stitched = Stitch(take="other").stitched(first, second)
    assert stitched.frame_count == 150
    assert np.abs(stitched.joints() - whole.joints()).max() < 1e-3
    assert np.allclose(np.diff(stitched.timestamps), 1 / 30)


def test_stitching_needs_a_take_that_is_there(make_motion):
    people = {"1": make_motion(60)}
    with pytest.raises(BadInputError, match="no take is chosen"):
        Stitch().apply(people, no_library)
    with pytest.raises(BadInputError, match="'gone' is not at hand"):
        Stitch(take="gone").apply(people, no_library)
    with pytest.raises(BadInputError, match="too short"):
        Stitch(take="short").apply(people, lambda take, person: make_motion(4))
