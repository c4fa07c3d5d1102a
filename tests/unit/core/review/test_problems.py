"""Each kind of problem is found where it was put, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.sides import SwapSides
from understudy.core.joint_limits import beyond_limits, hinge_angle
from understudy.core.review.problems import REASONS, Problem, find_problems, joint_words, runs
from understudy.core.review.score import score, verdict
from understudy.core.skeleton import JOINT_INDEX, SMPLH_JOINTS


def about(axis, angle):
    return np.array([np.cos(angle / 2), *(np.sin(angle / 2) * np.array(axis))])


def only(motion, reason):
    found = find_problems(motion)
    assert {problem.reason for problem in found} <= {reason}, found
    return found


def test_a_calm_person_has_no_problem(calm):
    assert find_problems(calm) == ()
    assert score(calm, ()) == pytest.approx(100)
    assert score(calm.replace(confidence=calm.confidence * 0 + 0.25), ()) == pytest.approx(50)


def test_a_hidden_arm(calm):
    confidence = calm.confidence.copy()
    arm = [JOINT_INDEX[f"left_{n}"] for n in ("collar", "shoulder", "elbow", "wrist")]
    confidence[20:50, arm] = 0.2
    confidence[33, JOINT_INDEX["left_wrist"]] = 0.01
    confidence[60:62, arm] = 0.1  # too short to visit
    (problem,) = only(calm.replace(confidence=confidence), "occluded")
    assert (problem.start, problem.end, problem.frame) == (20, 49, 33)
    assert SMPLH_JOINTS[problem.joint] == "left_wrist"
    assert problem.text == "Left wrist: hidden or unclear"


def test_a_person_who_is_away_is_missing_not_occluded(calm):
    present, confidence = calm.present.copy(), calm.confidence.copy()
    present[30:60] = 0
    confidence[30:60] = 0
    (problem,) = only(calm.replace(present=present, confidence=confidence), "missing")
    assert (problem.start, problem.end) == (30, 59)


def test_a_jump_is_fast(calm):
    pelvis = calm.pelvis.copy()
    pelvis[40:] += [1.5, 0, 0]  # 45 m/s
    found = only(calm.replace(pelvis=pelvis), "fast")
    assert {problem.frame for problem in found} == {40}


def test_running_is_not_fast(calm):
    pelvis = calm.pelvis + np.stack([8 * calm.timestamps, 0 * calm.timestamps, 0 * calm.timestamps], axis=1)
    assert find_problems(calm.replace(pelvis=pelvis)) == ()


def test_legs_that_change_places(calm):
    rotations = calm.rotations.copy()
    # A long step, one leg before, one behind.
    rotations[:, JOINT_INDEX["left_hip"]] = about([1, 0, 0], -0.6)
    rotations[:, JOINT_INDEX["right_hip"]] = about([1, 0, 0], 0.6)
    step = calm.replace(rotations=rotations)
    swapped = SwapSides(what="legs", start=1.0, end=1.5).edited(step)
    found = [problem for problem in find_problems(swapped) if problem.reason == "swapped"]
    assert sorted(problem.frame for problem in found) == [30, 46]
    assert not [problem for problem in find_problems(step) if problem.reason == "swapped"]


@pytest.mark.parametrize(
    ("joint", "axis", "angle", "wrong"),
    [
        ("left_knee", (1, 0, 0), 2.0, False),  # a deep squat
        ("left_knee", (1, 0, 0), -0.8, True),  # bends forwards
        ("right_elbow", (0, 1, 0), 2.2, False),
        ("right_elbow", (0, 1, 0), -0.9, True),
        ("neck", (0, 1, 0), 0.8, False),
        ("neck", (0, 1, 0), 2.0, True),
        ("left_index2", (0, 0, 1), -1.5, False),  # a fist
    ],
)
def test_limits(calm, joint, axis, angle, wrong):
    rotations = calm.rotations.copy()
    rotations[30:60, JOINT_INDEX[joint]] = about(axis, angle)
    over = beyond_limits(rotations)
    assert bool(over[45, JOINT_INDEX[joint]] > 0) == wrong
    found = [p for p in find_problems(calm.replace(rotations=rotations)) if p.reason == "limits"]
    assert [SMPLH_JOINTS[p.joint] for p in found] == ([joint] if wrong else [])


def test_the_sign_of_a_quaternion_does_not_matter():
    q = about([1, 0, 0], -0.8)
    axis = np.array([1.0, 0, 0])
    assert hinge_angle(q, axis) == pytest.approx(-0.8)
    assert hinge_angle(-q, axis) == pytest.approx(-0.8)


def test_the_worst_comes_first_and_lowers_the_score(calm):
    confidence = calm.confidence.copy()
    confidence[10:20] = 0.25
    confidence[50:80] = 0.02
    motion = calm.replace(confidence=confidence)
    found = find_problems(motion)
    assert [p.severity for p in found] == sorted((p.severity for p in found), reverse=True)
    assert found[0].start == 50
    assert score(motion, found) < score(motion, ()) < score(calm, ())


def test_what_is_never_sure_is_measured_against_itself(calm):
    """One camera is rarely sure of wrists: only where they are worse than usual is worth a visit."""
    confidence = calm.confidence * 0 + 0.15
    assert find_problems(calm.replace(confidence=confidence)) == ()
    confidence[40:60] = 0.05
    assert {(p.reason, p.start, p.end) for p in find_problems(calm.replace(confidence=confidence))} == {
        ("occluded", 40, 59)
    }


@pytest.mark.parametrize(("value", "word"), [(90, "good"), (60, "usable"), (20, "needs work")])
def test_verdicts(value, word):
    assert verdict(value) == word


@pytest.mark.parametrize(
    ("joint", "words"),
    [("left_foot", "left toes"), ("spine2", "spine"), ("right_thumb2", "right hand"), ("head", "head")],
)
def test_joints_in_words(joint, words):
    assert joint_words(JOINT_INDEX[joint]) == words


def test_runs():
    assert runs(np.array([1, 1, 0, 0, 1], bool)) == [(0, 1), (4, 4)]
    assert runs(np.zeros(3, bool)) == []


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_reads_well(reason):
    assert Problem(reason, 7, 0, 0, 0, 1.0).text[0].isupper()
