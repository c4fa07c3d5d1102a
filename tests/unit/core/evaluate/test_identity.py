from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from motions import near, pose, rng, xyz

from understudy.core.errors import BadInputError
from understudy.core.evaluate.identity import (
    assign,
    follow,
    identity_switches,
    match_in_image,
    match_people,
    people_distances,
)
from understudy.core.evaluate.pairs import people_apart


def two_walkers(frames: int = 40) -> np.ndarray:
    """(2, T, 3, 3): two people passing each other at 0.4 m."""
    x = np.linspace(-2, 2, frames)
    shape = np.array([[0, 0, 0], [0, 0, 0.5], [0, 0, 1]])
    paths = np.stack([np.stack([x, 0 * x, 0 * x], -1), np.stack([-x, 0 * x + 0.4, 0 * x], -1)])
    return paths[:, :, None] + shape


class TestIdentitySwitches:
    metric = "identity switches"

    def test_hand_computed(self):
        # The first is followed by 0, lost, 0, then 1 (one switch), 0 (two); the second by 1 throughout.
        matches = np.array([[0, 1], [-1, 1], [0, 1], [1, -1], [0, 1]])
        assert identity_switches(matches) == 2

    def test_ignores_names_and_gaps(self):
        matches = rng().integers(-1, 3, (50, 2))
        renamed = np.where(matches >= 0, (matches + 1) % 3, -1)
        assert identity_switches(renamed) == identity_switches(matches)
        assert identity_switches(np.repeat(matches, 3, axis=0)) == identity_switches(matches)

    def test_ignores_errors_smaller_than_the_limit(self):
        truth = two_walkers()
        distance = people_distances(near(truth[::-1], 0.05), truth)
        matches = follow(distance, 0.5)
        assert identity_switches(matches) == 0
        np.testing.assert_array_equal(matches[0], [1, 0])

    def test_notices_two_that_change_places_at_the_crossing(self):
        truth = two_walkers()
        swapped = truth.copy()
        swapped[:, 20:] = truth[::-1, 20:]
        assert identity_switches(follow(people_distances(swapped, truth), 0.5)) == 2

    def test_notices_coming_back_as_another(self):
        truth = two_walkers()[:1]
        own = np.full((2, *truth.shape[1:]), np.nan)
        own[0, :10], own[1, 15:] = truth[0, :10], truth[0, 15:]
        assert identity_switches(follow(people_distances(own, truth), 0.5)) == 1

    def test_one_list_is_refused(self):
        with pytest.raises(BadInputError, match="Matches"):
            identity_switches(np.zeros(5))


class TestAssign:
    def test_is_the_least_of_all_assignments(self):
        for seed, (rows, columns) in enumerate([(3, 3), (2, 4), (4, 2), (1, 1)]):
            cost = rng(seed).uniform(size=(rows, columns))
            found = assign(cost)
            best = min(
                sum(cost[r, c] for r, c in zip(pick, order, strict=True))
                for pick in itertools.combinations(range(rows), min(rows, columns))
                for order in itertools.permutations(range(columns), min(rows, columns))
            )
            assert sum(cost[r, c] for r, c in enumerate(found) if c >= 0) == pytest.approx(best)

    def test_more_pairs_before_nearer_ones(self):
        # 0 is nearest to column 0, but only column 0 is near enough for 1.
        np.testing.assert_array_equal(assign([[0.1, 0.4], [0.2, 9.0]], limit=0.5), [1, 0])

    def test_what_cannot_be_is_not(self):
        np.testing.assert_array_equal(assign([[np.nan, 2.0], [np.nan, 1.0]], limit=1.5), [-1, 1])
        np.testing.assert_array_equal(assign(np.full((2, 2), np.nan)), [-1, -1])
        np.testing.assert_array_equal(assign([[2.0]], limit=1.5), [-1])
        np.testing.assert_array_equal(assign(np.zeros((2, 0))), [-1, -1])


class TestMatchPeople:
    def test_unmatched_people_stay_alone(self):
        truth = two_walkers()
        stranger = truth[:1] + xyz(0, 8, 0)
        distance = people_distances(np.concatenate([stranger, near(truth[1:])]), truth)
        np.testing.assert_array_equal(match_people(distance, limit=1.0), [-1, 1])

    def test_a_short_track_does_not_win(self):
        truth = two_walkers()[:1]
        short = np.full_like(truth, np.nan)
        short[:, :4] = truth[:, :4]
        whole = truth + xyz(0, 0.3, 0)
        distance = people_distances(np.concatenate([short, whole]), truth)
        np.testing.assert_array_equal(match_people(distance, limit=1.0), [1])

    def test_other_skeletons_are_refused(self):
        with pytest.raises(BadInputError, match="people"):
            people_distances(np.zeros((1, 4, 3, 3)), np.zeros((1, 4, 2, 3)))


class TestPeopleApart:
    def test_scale_about_the_camera_costs_little_and_depth_decides_between_equals(self):
        truth = near(np.zeros((1, 4, 6, 3)), 0.3) + xyz(0.5, 0, 4)
        far = 1.5 * truth  # the same picture from further away
        apart = people_apart(np.concatenate([far, truth + xyz(0.05, 0, 0)]), truth)
        assert apart.shape == (4, 1, 2)
        np.testing.assert_allclose(apart[:, 0, 0], 0.1 * 2, atol=0.05)
        np.testing.assert_allclose(apart[:, 0, 1], 0.05)

    def test_worlds_without_a_camera_share_no_origin(self):
        truth = two_walkers()
        apart = people_apart(near(truth[::-1], 0.01) + xyz(7, 0, 2), truth, by_depth=False)
        np.testing.assert_array_equal(match_people(apart), [1, 0])
        assert apart[:, 0, 1].max() < 0.1


class TestMatchInImage:
    def test_in_the_truths_order_by_the_number_of_near_joints(self):
        truth = 300 * np.abs(pose(2, 13)[..., :2])
        found = np.concatenate([near(truth[1:], 10), near(truth[:1], 10), truth[:1] + 500])
        np.testing.assert_array_equal(match_in_image(found, truth), [1, 0])

    def test_nobody_near(self):
        truth = np.zeros((2, 3, 2))
        np.testing.assert_array_equal(match_in_image(truth + 41, truth), [-1, -1])
        np.testing.assert_array_equal(match_in_image(np.zeros((0, 3, 2)), truth), [-1, -1])
        # 39 px off in x and in y is near, though 55 px away.
        np.testing.assert_array_equal(match_in_image(truth[:1] + 39, truth), [0, -1])
