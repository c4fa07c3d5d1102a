from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).parent))
from motions import moved, near, pose, rng, xyz

from understudy.core.errors import BadInputError
from understudy.core.evaluate.hands import (
    epe,
    f_score,
    handedness_accuracy,
    interhand_mpjpe,
    mrrpe,
    pck_auc,
    swapped,
    swaps_per_minute,
    wrist_rotation_error,
)


class TestEpe:
    metric = "EPE"

    def test_hand_computed(self):
        truth = np.zeros((1, 3, 3))
        predicted = np.array([[[0.003, 0.004, 0], [0, 0.010, 0], [0, 0, 0.030]]])
        assert epe(predicted, truth) == pytest.approx((0.015, 0.010))
        assert epe(predicted, truth, root=0).mean == pytest.approx(
            (0 + np.hypot(0.003, 0.006) + np.sqrt(0.003**2 + 0.004**2 + 0.03**2)) / 3
        )

    def test_ignores_the_root_when_given_and_missing_joints(self):
        truth, found = pose(10, 21), near(pose(10, 21), 0.01)
        assert epe(found + xyz(1, 2, 3), truth, root=0) == pytest.approx(epe(found, truth, root=0))
        hole = found.copy()
        hole[:, 5] = np.nan
        assert epe(hole, truth) == pytest.approx(epe(np.delete(found, 5, 1), np.delete(truth, 5, 1)))

    def test_notices_one_finger_in_the_mean_before_the_median(self):
        truth = pose(10, 21)
        bent = truth.copy()
        bent[:, 4] += [0, 0, 0.05]
        assert epe(bent, truth) == pytest.approx((0.05 / 21, 0))


class TestPckAuc:
    metric = "PCK-AUC"

    def test_hand_computed(self):
        # Errors of 10 and 35 mm: half the joints up to 35 mm, all from there: (15 · 0.5 + 15 · 1) / 30, but for the
        # one trapezoid of 30/99 mm in which the curve jumps.
        assert pck_auc([0.010, 0.035]) == pytest.approx(0.75, abs=0.5 / 99)
        assert pck_auc([0.0, 0.01]) == pytest.approx(1) and pck_auc([0.06, 0.07]) == 0.0

    def test_hand_computed_by_integration(self):
        errors = rng().uniform(0, 0.08, 2000)
        area, _ = quad(lambda x: np.mean(errors <= x), 0.02, 0.05, limit=500, epsabs=1e-6)
        assert pck_auc(errors) == pytest.approx(area / 0.03, abs=1e-3)

    def test_ignores_how_right_and_how_wrong(self):
        errors = np.array([0.001, 0.019, 0.03, 0.051, 9.0])
        assert pck_auc(errors) == pytest.approx(pck_auc([0.01, 0.01, 0.03, 0.06, 0.07]))
        assert pck_auc([0.03, np.nan]) == pytest.approx(pck_auc([0.03]))

    def test_notices_a_millimetre_in_the_range_and_the_range(self):
        assert pck_auc([0.031]) == pytest.approx(pck_auc([0.030]) - 1 / 30, abs=0.011)
        assert pck_auc([0.031]) < pck_auc([0.030])
        assert pck_auc([0.03], 0.0, 0.05) < pck_auc([0.03], 0.0, 0.1)

    def test_nothing_is_undefined(self):
        assert np.isnan(pck_auc([np.nan]))


class TestFScore:
    metric = "F-score"

    def test_hand_computed(self):
        # Of two points one is near a true one (P 1/2); of three true ones one (R 1/3): F = 2/5.
        predicted, truth = [[0, 0, 0.004], [5, 0, 0]], [[0, 0, 0], [1, 0, 0], [2, 0, 0]]
        assert f_score(predicted, truth, 0.005) == pytest.approx(0.4)
        assert f_score(predicted, truth, 0.003) == 0.0

    def test_ignores_order_and_correspondence(self):
        truth = pose(1, 200)[0]
        assert f_score(rng().permutation(truth), truth, 0.001) == 1.0
        assert f_score(moved(near(truth)), moved(truth), 0.05) == pytest.approx(f_score(near(truth), truth, 0.05))

    def test_notices_missing_parts_and_shifts(self):
        truth = pose(1, 200)[0]
        assert f_score(truth[:100], truth, 0.001) == pytest.approx(2 / 3)
        assert f_score(truth + xyz(0.2, 0, 0), truth, 0.01) < 0.1

    def test_an_empty_set_is_undefined(self):
        assert np.isnan(f_score(np.zeros((0, 3)), np.zeros((3, 3)), 1))


class TestMrrpe:
    metric = "MRRPE"

    def test_hand_computed(self):
        # Between the wrists 300 mm to the left and 40 mm in depth instead of 260 and 10 mm: 50 mm off.
        left, right = [[0.30, 0, 1.04]], [[0.0, 0, 1.0]]
        assert mrrpe(left, right, [[0.26, 0, 3.01]], [[0.0, 0, 3.0]]) == pytest.approx(0.05)

    def test_ignores_where_both_hands_are(self):
        left, right = pose(10, 1)[:, 0], pose(10, 1, seed=1)[:, 0]
        assert mrrpe(left + 7, right + 7, left, right) == pytest.approx(0)

    def test_ignores_frames_with_one_hand(self):
        left, right = pose(4, 1)[:, 0], pose(4, 1, seed=1)[:, 0]
        lost = near(left)
        lost[2] = np.nan
        keep = [0, 1, 3]
        assert mrrpe(lost, right, left, right) == pytest.approx(mrrpe(lost[keep], right[keep], left[keep], right[keep]))
        assert np.isnan(mrrpe(np.full((4, 3), np.nan), right, left, right))

    def test_notices_one_hand_further_away(self):
        left, right = pose(10, 1)[:, 0], pose(10, 1, seed=1)[:, 0]
        assert mrrpe(left + xyz(0, 0, 0.1), right, left, right) == pytest.approx(0.1)


class TestInterHandMpjpe:
    metric = "MPJPE (InterHand2.6M)"

    @staticmethod
    def frames():
        truth = 0.05 * pose(4, 42)
        return truth, np.array([False, False, True, True])

    def test_hand_computed(self):
        truth, both = self.frames()
        found = truth.copy()
        found[0, 3] += [0.042, 0, 0]  # single: one joint of 42, in one of two frames
        found[2:, 30] += [0, 0.084, 0]  # interacting: one joint, in both
        got = interhand_mpjpe(found, truth, both)
        assert got == pytest.approx(((0.042 / 4 + 0.084 / 2) / 42, 0.042 / 2 / 42, 0.084 / 42))

    def test_hand_computed_mean_of_joints_not_of_samples(self):
        truth, both = self.frames()
        found = truth.copy()
        found[:, 3] += [0.042, 0, 0]
        truth[1:, 3] = np.nan  # annotated once, yet a full 42nd of the mean
        assert interhand_mpjpe(found, truth, both).all == pytest.approx(0.042 / 42)

    def test_ignores_where_each_hand_is(self):
        truth, both = self.frames()
        apart = truth.copy()
        apart[:, :21] += [1, 0, 0]
        apart[:, 21:] -= [0, 0, 2]
        assert interhand_mpjpe(apart, truth, both) == pytest.approx((0, 0, 0))

    def test_notices_a_wrong_wrist(self):
        truth, both = self.frames()
        found = truth.copy()
        found[:, 41] += [0.021, 0, 0]  # 20 joints of the left hand are off by as much
        assert interhand_mpjpe(found, truth, both).all == pytest.approx(0.021 * 20 / 42)

    def test_no_interacting_frame_is_undefined(self):
        truth, _ = self.frames()
        assert np.isnan(interhand_mpjpe(truth, truth, np.zeros(4, bool)).interacting)


class TestHandednessAccuracy:
    metric = "handedness accuracy"

    def test_hand_computed(self):
        probability = [[0.9, 0.1], [0.9, 0.6], [0.2, 0.8], [0.6, 0.7]]
        truth = [[1, 0], [1, 0], [0, 1], [1, 1]]
        assert handedness_accuracy(probability, truth) == pytest.approx(3 / 4)

    def test_ignores_how_sure_it_is_and_frames_without_truth(self):
        p, t = rng().uniform(size=(50, 2)), rng(1).integers(0, 2, (50, 2)).astype(float)
        assert handedness_accuracy(np.round(p), t) == handedness_accuracy(p, t)
        t[::3, 1] = np.nan
        keep = np.isfinite(t).all(-1)
        assert handedness_accuracy(p, t) == pytest.approx(handedness_accuracy(p[keep], t[keep]))

    def test_notices_a_hand_too_many_as_much_as_the_wrong_one(self):
        truth = np.tile([1.0, 0.0], (4, 1))
        assert handedness_accuracy(np.ones((4, 2)), truth) == 0.0
        assert handedness_accuracy(truth[:, ::-1], truth) == 0.0


class TestSwaps:
    metric = "left/right swaps per minute"

    TIMES = np.arange(300) / 30  # 10 s
    LEFT, RIGHT = np.zeros((300, 4, 3)), np.zeros((300, 4, 3)) + xyz(0.4, 0, 0)

    def exchanged(self, *frames: slice):
        left, right = near(self.LEFT, 0.01), near(self.RIGHT, 0.01, seed=1)
        for at in frames:
            left[at], right[at] = right[at].copy(), left[at].copy()
        return left, right

    def rate(self, left, right, true_left=None, true_right=None):
        truth = (self.LEFT if true_left is None else true_left, self.RIGHT if true_right is None else true_right)
        return swaps_per_minute(swapped(left, right, *truth), self.TIMES)

    def test_hand_computed(self):
        assert swaps_per_minute([0, 1, 1, 0, 1, np.nan], np.arange(6) / 2) == pytest.approx(2 * 60 / 2.5)
        # Two swaps in 10 s, one of them from the start on.
        assert self.rate(*self.exchanged(slice(0, 40), slice(100, 101))) == pytest.approx(12)

    def test_ignores_errors_of_either_hand_and_how_long_a_swap_lasts(self):
        left, right = self.exchanged()
        assert self.rate(left + xyz(0.1, 0, 0), right) == 0.0
        assert self.rate(*self.exchanged(slice(50, 250))) == self.rate(*self.exchanged(slice(50, 51)))

    def test_ignores_frames_in_which_it_cannot_be_said(self):
        left, right = self.exchanged(slice(50, 60))
        true_left = self.LEFT.copy()
        true_left[50:60] = self.RIGHT[50:60] + xyz(0.001, 0, 0)  # the hands touch
        assert self.rate(left, right, true_left) == 0.0
        left[100:] = np.nan
        assert self.rate(left, right) == pytest.approx(60 / (100 / 30))

    def test_ignores_hands_that_fit_crosswise_only_a_little_better(self):
        # Both are 0.25 m off towards each other: 0.5 m straight, 0.3 m crosswise. Bad, but no swap.
        left, right = self.exchanged()
        assert self.rate(left + xyz(0.25, 0, 0), right - xyz(0.25, 0, 0)) == 0.0
        assert self.rate(left + xyz(0.3, 0, 0), right - xyz(0.3, 0, 0)) == pytest.approx(6)

    def test_notices_one_frame(self):
        assert self.rate(*self.exchanged(slice(120, 121))) == pytest.approx(6)

    def test_never_to_be_said_is_undefined(self):
        assert np.isnan(self.rate(np.full_like(self.LEFT, np.nan), self.RIGHT))
        assert np.isnan(swaps_per_minute([0.0], [0.0]))


class TestWristRotationError:
    metric = "wrist-rotation error"

    def test_hand_computed(self):
        eye = np.eye(3)
        quarter = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], float)
        half = np.diag([-1.0, -1, 1])
        assert wrist_rotation_error([eye, quarter, half], [eye, eye, eye]) == pytest.approx((0 + np.pi / 2 + np.pi) / 3)

    def test_hand_computed_by_scipy(self):
        a, b = Rotation.random(50, rng=rng()), Rotation.random(50, rng=rng(1))
        wanted = (a.inv() * b).magnitude().mean()
        assert wrist_rotation_error(a.as_matrix(), b.as_matrix()) == pytest.approx(wanted)

    def test_ignores_a_common_rotation_on_either_side(self):
        a, b, turn = (Rotation.random(50, rng=rng(s)).as_matrix() for s in (0, 1, 2))
        assert wrist_rotation_error(turn @ a, turn @ b) == pytest.approx(wrist_rotation_error(a, b))
        assert wrist_rotation_error(a @ turn, b @ turn) == pytest.approx(wrist_rotation_error(a, b))

    def test_notices_a_hundredth_of_a_degree(self):
        a = Rotation.random(5, rng=rng())
        small = np.radians(0.01)
        turned = a * Rotation.from_rotvec([0, small, 0])
        assert wrist_rotation_error(turned.as_matrix(), a.as_matrix()) == pytest.approx(small, rel=1e-6)

    def test_missing_wrists_do_not_count_and_nothing_is_undefined(self):
        a = Rotation.random(5, rng=rng()).as_matrix()
        b = a.copy()
        b[1] = np.nan
        assert wrist_rotation_error(b, a) == pytest.approx(0, abs=1e-7)
        assert np.isnan(wrist_rotation_error(np.full((2, 3, 3), np.nan), a[:2]))


@pytest.mark.parametrize(
    "call",
    [
        lambda: interhand_mpjpe(np.zeros((4, 42, 3)), np.zeros((4, 42, 3)), np.zeros(3, bool)),
        lambda: swapped(*[np.zeros((4, 2, 3))] * 3, np.zeros((5, 2, 3))),
        lambda: swaps_per_minute(np.zeros(4), np.arange(5)),
        lambda: wrist_rotation_error(np.zeros((4, 3)), np.zeros((4, 3))),
        lambda: handedness_accuracy(np.zeros((4, 2)), np.zeros((3, 2))),
    ],
    ids=["flags", "frame counts", "timestamps", "axis-angles", "frames"],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(BadInputError):
        call()
