from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from motions import near, rng, xyz

from understudy.core.errors import BadInputError
from understudy.core.evaluate.contact import (
    contact_f1,
    floating,
    foot_sliding,
    penetration,
    stance_foot_speed,
    standing,
    still_steps,
)

TIMES = np.arange(4) / 10
# Two points over four frames: the first stands throughout, the second from frame 2 on.
CONTACT = np.array([[1, 0], [1, 0.2], [0.9, 0.7], [1, 1]])
# The first slides 10 mm per frame, the second jumps a metre in the air and then slides 30 mm.
POINTS = np.zeros((4, 2, 3))
POINTS[:, 0, 0] = [0, 0.01, 0.02, 0.03]
POINTS[:, 1, 1] = [0, 1, 2, 2.03]


def walk() -> tuple[np.ndarray, np.ndarray]:
    """Feet that stand and swing in turn (T, 2, 3), and which one stands (T, 2)."""
    frames = np.arange(60)
    contact = np.stack([(frames // 15) % 2 == 0, (frames // 15) % 2 == 1], axis=-1)
    x = np.cumsum(np.where(contact, 0.0, 0.08), axis=0)
    return np.stack([x, 0 * x, np.where(contact, 0.0, 0.1)], axis=-1), contact.astype(float)


class TestFootSliding:
    metric = "foot sliding"

    def test_hand_computed(self):
        # Steps that stand: three of the first (10 mm each), one of the second (30 mm): mean 15 mm.
        assert foot_sliding(POINTS, standing(CONTACT)) == pytest.approx(0.015)

    def test_ignores_swinging_feet_and_where_the_floor_is(self):
        points, contact = walk()
        assert foot_sliding(points, standing(contact)) == 0.0
        assert foot_sliding(near(points) + xyz(3, 2, 1), standing(contact)) == pytest.approx(
            foot_sliding(near(points), standing(contact))
        )

    def test_notices_skating_by_its_length_per_frame(self):
        points, contact = walk()
        skating = points + np.arange(60)[:, None, None] * [0.005, 0, 0]
        assert foot_sliding(skating, standing(contact)) == pytest.approx(0.005)

    def test_notices_a_foot_that_should_stand_and_is_lifted(self):
        # A method that keeps its feet in the air cannot slide by its own account; the truth decides who stands.
        points, contact = walk()
        assert foot_sliding(points + rng().normal(0, 0.05, points.shape), standing(contact)) > 0.05

    def test_steps_without_labels(self):
        truth, contact = walk()
        np.testing.assert_array_equal(still_steps(truth), standing(contact))


class TestStanceFootSpeed:
    metric = "stance-foot speed"

    def test_hand_computed(self):
        assert stance_foot_speed(POINTS, standing(CONTACT), TIMES) == pytest.approx(0.15)

    def test_ignores_the_frame_rate(self):
        sliding = np.arange(31)[:, None, None] * [0.01, 0, 0]
        steps = np.ones((30, 1), bool)
        slow = stance_foot_speed(sliding, steps, np.arange(31) / 30)
        assert stance_foot_speed(sliding[::3], steps[::3], np.arange(0, 31, 3) / 30) == pytest.approx(slow)
        assert foot_sliding(sliding[::3], steps[::3]) == pytest.approx(3 * foot_sliding(sliding, steps))

    def test_notices_one_millimetre_per_frame(self):
        points, contact = walk()
        skating = points + np.arange(60)[:, None, None] * [0, 0.001, 0]
        assert stance_foot_speed(skating, standing(contact), np.arange(60) / 30) == pytest.approx(0.03)

    def test_no_stance_is_undefined(self):
        assert np.isnan(stance_foot_speed(POINTS, np.zeros((3, 2), bool), TIMES))
        assert np.isnan(foot_sliding(POINTS, np.zeros((3, 2), bool)))


class TestPenetration:
    metric = "penetration"

    def test_hand_computed(self):
        # Deepest per frame: 0, 10, 30, 0 mm; the 95th percentile lies 85 % of the way from 10 to 30.
        points = np.zeros((4, 2, 3))
        points[:, 0, 2] = [0.5, -0.01, -0.03, 0]
        points[:, 1, 2] = [0, -0.005, 0.1, 0.2]
        assert penetration(points) == pytest.approx((0.027, 0.010, 0.5))

    def test_ignores_what_is_above_and_where(self):
        points = np.abs(rng().normal(0, 1, (20, 4, 3)))
        assert penetration(points) == (0.0, 0.0, 0.0)
        sunk = points - [0, 0, 0.1]
        assert penetration(sunk + xyz(5, -3, 0)) == pytest.approx(penetration(sunk))

    def test_notices_a_floor_that_is_too_high(self):
        points, _ = walk()
        assert penetration(points - [0, 0, 0.02]).mean == pytest.approx(0.02)

    def test_no_points_are_not_above_the_floor(self):
        assert np.isnan(penetration(np.full((5, 2, 3), np.nan))).all()


class TestFloat:
    metric = "float"

    def test_hand_computed(self):
        # Highest of those in contact per frame: 5, 5, 10 mm (the second joins, higher), and 0 (below the floor).
        points = np.zeros((4, 2, 3))
        points[:, 0, 2] = [0.005, 0.005, 0.005, -0.01]
        points[:, 1, 2] = [0.5, 0.5, 0.010, -0.01]
        found = floating(points, CONTACT)
        assert found.mean == pytest.approx(0.005)
        assert found.share == pytest.approx(3 / 4)
        assert found.p95 == pytest.approx(0.005 + 0.85 * 0.005)

    def test_ignores_feet_in_the_air_and_sunk_ones(self):
        points, contact = walk()
        assert floating(points, contact) == (0.0, 0.0, 0.0)
        assert floating(points - [0, 0, 0.03], contact).mean == 0.0

    def test_notices_a_floor_that_is_too_low(self):
        points, contact = walk()
        assert floating(points + xyz(0, 0, 0.02), contact).p95 == pytest.approx(0.02)

    def test_no_contact_is_undefined(self):
        assert np.isnan(floating(POINTS, np.zeros((4, 2)))).all()


class TestContactF1:
    metric = "contact F1"

    def test_hand_computed(self):
        # Said 4, given 3, right 2: P 1/2, R 2/3, F1 = 4/7.
        said, given = [[0.9, 0.6], [0.5, 0.7], [0.1, 0]], [[1, 1], [0, 0], [1, 0]]
        assert contact_f1(said, given) == pytest.approx((4 / 7, 1 / 2, 2 / 3))

    def test_ignores_how_sure_it_is_and_what_is_unknown(self):
        said, given = rng().uniform(0, 1, (50, 4)), rng(1).integers(0, 2, (50, 4)).astype(float)
        assert contact_f1(np.round(said), given) == pytest.approx(contact_f1(said, given))
        unknown = np.where(rng(2).uniform(size=given.shape) < 0.3, np.nan, given)
        keep = np.isfinite(unknown)
        assert contact_f1(said, unknown) == pytest.approx(contact_f1(said[keep], given[keep]))

    def test_notices_contacts_that_come_late(self):
        _, contact = walk()
        assert contact_f1(contact, contact).f1 == 1.0
        assert contact_f1(np.roll(contact, 3, axis=0), contact).f1 == pytest.approx(0.8)

    def test_no_contact_anywhere_is_undefined_and_none_found_is_zero(self):
        nothing, some = np.zeros((5, 2)), np.ones((5, 2))
        assert np.isnan(contact_f1(nothing, nothing)).all()
        assert contact_f1(nothing, some).f1 == 0.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: foot_sliding(POINTS, np.ones((4, 2), bool)),
        lambda: stance_foot_speed(POINTS, np.ones((3, 1), bool), TIMES),
        lambda: floating(POINTS, CONTACT[:, :1]),
        lambda: contact_f1(CONTACT, CONTACT[:3]),
    ],
    ids=["one per frame", "one point", "contacts of one point", "frame counts"],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(BadInputError, match="shape"):
        call()
