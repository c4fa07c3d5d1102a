"""Two-bone inverse kinematics by its own promises."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.retarget.solve.limbs import FURTHEST, bend_at, distance_at, drop_needed, reach


def limb(rng, count=200):
    root = rng.normal(size=(count, 3))
    middle = root + rng.normal(size=(count, 3))
    end = middle + rng.normal(size=(count, 3))
    return root, middle, end, rng.normal(size=(count, 3))


def apply(root, middle, end, turns):
    first, second = turns
    new_middle = root + np.einsum("tij,tj->ti", first, middle - root)
    return new_middle, new_middle + np.einsum("tij,tj->ti", second, end - middle)


@pytest.mark.parametrize("seed", range(3))
def test_the_end_comes_to_every_goal_in_reach_and_bones_keep_their_length(seed):
    rng = np.random.default_rng(seed)
    root, middle, end, hinge = limb(rng)
    a, b = np.linalg.norm(middle - root, axis=1), np.linalg.norm(end - middle, axis=1)
    way = rng.normal(size=root.shape)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    distance = np.abs(a - b) + 0.01 + rng.uniform(0, 1, len(a)) * (FURTHEST * (a + b) - np.abs(a - b) - 0.02)
    turns = reach(root, middle, end, root + way * distance[:, None], hinge)
    assert np.abs(np.linalg.det(turns[0]) - 1).max() < 1e-9
    _, new_end = apply(root, middle, end, turns)
    assert np.abs(new_end - root - way * distance[:, None]).max() < 1e-6


def test_a_limb_at_its_goal_is_left_alone():
    root, middle, end, hinge = limb(np.random.default_rng(4))
    for turn in reach(root, middle, end, end, hinge):
        assert np.abs(turn - np.eye(3)).max() < 1e-6


def test_goals_out_of_reach_are_approached_and_do_not_break():
    root, middle, end, hinge = limb(np.random.default_rng(5))
    far = root + 50 * (end - root)
    length = np.linalg.norm(middle - root, axis=1) + np.linalg.norm(end - middle, axis=1)
    _, new_end = apply(root, middle, end, reach(root, middle, end, far, hinge))
    reached = np.linalg.norm(new_end - root, axis=1)
    assert np.all(reached <= length + 1e-9)
    assert np.all(reached >= FURTHEST * length - 1e-6)


def test_knees_keep_pointing_where_they_point_through_extension():
    """A leg that stretches and bends again: the knee never changes sides, and its path has no jump."""
    height = 0.9995 - 0.2 * np.sin(np.linspace(0, np.pi, 101)) ** 2
    root = np.tile([0.0, 0, 1], (101, 1))
    middle = np.tile([0.0, -0.001, 0.5], (101, 1))
    end = np.tile([0.0, 0, 0], (101, 1))
    goal = root - height[:, None] * np.array([0, 0, 1.0])
    hinge = np.tile([1.0, 0, 0], (101, 1))
    knee, _ = apply(root, middle, end, reach(root, middle, end, goal, hinge))
    assert np.all(knee[:, 1] <= 0)
    assert np.abs(np.diff(knee[:, 1], n=2)).max() < 0.03


def test_hips_drop_until_the_leg_reaches():
    hip, goal = np.array([[0.0, 0, 1.0]]), np.array([[0.3, 0, 0]])
    drop = drop_needed(hip, goal, 0.9)
    assert np.linalg.norm(goal - (hip - [[0, 0, drop[0]]])) == pytest.approx(0.9)
    assert drop_needed(hip, goal, 1.2) == 0


def test_bends_and_distances_are_each_others_inverse():
    bends = np.linspace(0.01, 3.0, 50)
    found = distance_at(bends, 0.4, 0.5)
    assert np.abs(bend_at(found, 0.4, 0.5) - bends).max() < 1e-6
    # Against the law of cosines drawn out: two bones in a plane.
    ends = 0.4 * np.array([1.0, 0]) + 0.5 * np.stack([np.cos(bends), np.sin(bends)], axis=1)
    assert np.abs(np.linalg.norm(ends, axis=1) - found).max() < 1e-12
    assert bend_at(np.array([2.0]), 0.4, 0.5) == 0
