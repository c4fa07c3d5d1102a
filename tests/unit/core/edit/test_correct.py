"""A solved correction in the list: exact where it was solved, nothing elsewhere, and along when the person is moved."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.correct import Change, Correct, applied, change_between, made_exact
from understudy.core.edit.place import Place
from understudy.core.edit.timing import Retime, Reverse, Trim
from understudy.core.errors import BadInputError
from understudy.core.rotation import axis_angle_to_quaternion, quaternion_multiply


@pytest.fixture
def motion(make_motion):
    return make_motion(90)


@pytest.fixture
def answer(motion):
    """What a solve says of frames 30 to 49: other turns, another place, the left foot standing."""
    rng = np.random.default_rng(3)
    rotations = motion.rotations[30:50].copy()
    rotations[:, :22] = quaternion_multiply(
        rotations[:, :22], axis_angle_to_quaternion(rng.normal(0, 0.3, (20, 22, 3)))
    )
    pelvis = motion.pelvis[30:50] + rng.normal(0, 0.05, (20, 3))
    contacts = motion.contacts[30:50].copy()
    contacts[:, :2] = 1.0
    return rotations, pelvis, contacts


def step(motion, answer, **more):
    return Correct(solved=change_between(motion, *answer, 30).to_text(), **more)


def test_the_solve_s_answer_comes_back_and_the_rest_is_untouched(motion, answer, angles):
    after = step(motion, answer).edited(motion)
    rotations, pelvis, contacts = answer
    assert angles(after.rotations[30:50], rotations).max() < 1e-5
    assert np.abs(after.pelvis[30:50] - pelvis).max() < 1e-6
    assert np.abs(after.contacts[30:50] - contacts).max() < 1e-6
    rest = np.setdiff1d(np.arange(90), np.arange(30, 50))
    for name in ("rotations", "pelvis", "contacts"):
        assert np.array_equal(getattr(after, name)[rest], getattr(motion, name)[rest])


def test_strength_is_a_share_of_the_turn(motion, answer, angles):
    half, whole = (step(motion, answer, strength=s).edited(motion) for s in (0.5, 1.0))
    turned, halfway = (angles(m.rotations[30:50], motion.rotations[30:50])[:, :22] for m in (whole, half))
    assert np.allclose(halfway, turned / 2, atol=1e-4)
    assert step(motion, answer, strength=0.0).edited(motion) is motion


def test_it_goes_along_when_the_person_is_turned_and_moved(motion, answer, angles):
    placed = Place(level=False, turn=1.1, move_x=2.0)
    one = placed.edited(step(motion, answer).edited(motion))
    other = step(motion, answer).edited(placed.edited(motion))
    assert angles(one.rotations, other.rotations).max() < 1e-4
    # The place is turned about where the person starts, which the correction does not move.
    assert np.abs(one.pelvis - other.pelvis).max() < 1e-4


@pytest.mark.parametrize(
    ("edit", "close"),
    [
        (Trim(start=0.5, end=2.0), 1e-3),
        (Reverse(), 1e-3),
        (Retime(speed=2.0), 0.05),  # at the ends, between frames, the sum of two turns is not quite their blend
    ],
)
def test_it_stays_with_its_footage_when_time_changes(motion, answer, angles, edit, close):
    one = edit.edited(step(motion, answer).edited(motion))
    other = step(motion, answer).edited(edit.edited(motion))
    assert angles(one.rotations, other.rotations).max() < close


def test_frames_that_show_other_footage_are_left_alone(motion, answer):
    foreign = motion.replace(source=np.full(90, np.nan))
    assert applied(foreign, Change.from_text(step(motion, answer).solved)) is foreign


def test_two_seconds_are_a_few_kilobytes_of_text(motion, answer):
    assert len(step(motion, answer).solved) < 12_000


@pytest.mark.parametrize("text", ["nonsense!", "AAAA", "eJwDAAAAAAE="])
def test_text_that_holds_no_change_is_refused(motion, text):
    with pytest.raises(BadInputError):
        Correct(solved=text).edited(motion)


def test_an_answer_for_other_frames_is_refused(motion, answer):
    with pytest.raises(BadInputError, match="other frames"):
        change_between(motion, *answer, 80)


def test_asked_must_be_an_object():
    with pytest.raises(BadInputError):
        Correct(asked="[1]")


def test_what_was_posed_is_exact_and_what_is_far_from_it_stays(motion, answer, angles):
    posed = {"left_elbow": {5: np.array([0.1, 0.9, -0.3]), 8: np.array([0.0, -0.4, 0.2])}}
    rotations, seconds = answer[0], motion.source[30:50]
    exact = made_exact(rotations, seconds, posed)
    for frame, wanted in posed["left_elbow"].items():
        assert angles(exact[frame, 18], axis_angle_to_quaternion(wanted)) < 1e-6
    assert np.array_equal(exact[14:], rotations[14:])
    assert np.array_equal(np.delete(exact, 18, axis=1), np.delete(rotations, 18, axis=1))
