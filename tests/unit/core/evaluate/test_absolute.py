from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from motions import near, pose, rng, rotation, xyz

from understudy.core.errors import BadInputError
from understudy.core.evaluate.absolute import AUC_THRESHOLDS, ap_root, auc3d, mrpe, pck3d, rescaled_bones
from understudy.core.evaluate.registry import METRICS

# Two people of three joints, joint 0 the root. The first is 100 mm off in the root, 100 and 200 mm in the others; the
# second was not detected.
TRUTH = np.array([[[0, 0, 3], [0, 1, 3], [0, 2, 3]], [[1, 0, 3], [1, 1, 3], [1, 2, 3]]], float)
PREDICTED = TRUTH + np.array([[[0.1, 0, 0], [0, 0, 0.1], [0, 0.2, 0]], [[np.nan] * 3] * 3])
# Relative errors of the first: 0, √(0.1² + 0.1²) = 0.1414, √(0.1² + 0.2²) = 0.2236.


class TestMrpe:
    metric = "MRPE"

    def test_hand_computed(self):
        truth = np.array([[0, 0, 3], [1, 0, 4]], float)
        predicted = truth + np.array([[0.3, 0, 0.4], [0, -0.1, 0]])
        assert mrpe(predicted, truth) == pytest.approx((0.3, 0.15, 0.05, 0.2))

    def test_ignores_the_order_of_people_and_missing_roots(self):
        truth, predicted = pose(10, 1)[:, 0], near(pose(10, 1))[:, 0]
        order = rng().permutation(10)
        assert mrpe(predicted[order], truth[order]) == pytest.approx(mrpe(predicted, truth))
        lost = predicted.copy()
        lost[3] = np.nan
        assert mrpe(lost, truth) == pytest.approx(mrpe(np.delete(predicted, 3, 0), np.delete(truth, 3, 0)))

    def test_notices_depth_as_depth(self):
        truth = pose(10, 1)[:, 0]
        found = mrpe(truth * [1, 1, 1.1], truth)
        assert found.z == pytest.approx(found.mrpe) and found.z > 0.01
        assert found.x == found.y == 0

    def test_nothing_is_not_zero(self):
        assert np.isnan(mrpe(np.full((3, 3), np.nan), np.zeros((3, 3)))).all()


class TestPck:
    """Share of joints under 150 mm: all counts the person who was not detected, matched does not."""

    metric = ("3DPCK_rel (all)", "3DPCK_rel (matched)", "3DPCK_abs (all)", "3DPCK_abs (matched)")

    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("3DPCK_rel (all)", 2 / 6),  # 0 and 141 mm are within, 224 not
            ("3DPCK_rel (matched)", 2 / 3),
            ("3DPCK_abs (all)", 2 / 6),  # 100, 100, 200 mm
            ("3DPCK_abs (matched)", 2 / 3),
        ],
    )
    def test_hand_computed(self, name, wanted):
        assert METRICS[name].function(PREDICTED, TRUTH) == pytest.approx(wanted)

    def test_hand_computed_the_limit_itself_is_outside(self):
        assert pck3d([[0.0, 0, 0]], [[0.0, 0, 0.15]]) == 0.0
        assert pck3d([[0.0, 0, 0]], [[0.0, 0, 0.1499]]) == 1.0

    @pytest.mark.parametrize("name", metric)
    def test_ignores_people_without_truth_and_rotation(self, name):
        function = METRICS[name].function
        more = np.concatenate([TRUTH, np.full((2, 3, 3), np.nan)]), np.concatenate([PREDICTED, pose(2, 3)])
        assert function(more[1], more[0]) == pytest.approx(function(PREDICTED, TRUTH))
        turn = rotation()
        assert function(PREDICTED @ turn.T, TRUTH @ turn.T) == pytest.approx(function(PREDICTED, TRUTH))

    @pytest.mark.parametrize("name", ["3DPCK_rel (all)", "3DPCK_rel (matched)"])
    def test_ignores_the_place_when_relative(self, name):
        away = PREDICTED + xyz(0, 0, 2)
        assert METRICS[name].function(away, TRUTH) == pytest.approx(METRICS[name].function(PREDICTED, TRUTH))

    @pytest.mark.parametrize("name", ["3DPCK_abs (all)", "3DPCK_abs (matched)"])
    def test_notices_the_place_when_absolute(self, name):
        assert METRICS[name].function(PREDICTED + xyz(0, 0, 2), TRUTH) == 0.0

    @pytest.mark.parametrize("name", ["3DPCK_rel (all)", "3DPCK_rel (matched)"])
    def test_notices_a_wrong_joint_when_relative(self, name):
        worse = PREDICTED.copy()
        worse[0, 1] += 1
        assert METRICS[name].function(worse, TRUTH) < METRICS[name].function(PREDICTED, TRUTH)

    @pytest.mark.parametrize("name", ["3DPCK_rel (all)", "3DPCK_abs (all)"])
    def test_notices_who_was_not_detected(self, name):
        nobody = np.full_like(TRUTH, np.nan)
        assert METRICS[name].function(nobody, TRUTH) == 0.0
        assert np.isnan(METRICS[name.replace("all", "matched")].function(nobody, TRUTH))

    def test_no_truth_is_not_a_score(self):
        assert np.isnan(pck3d(TRUTH, np.full_like(TRUTH, np.nan)))


class TestAuc:
    """Mean of the 3DPCK at 0, 5, …, 150 mm."""

    metric = ("AUC_rel (all)", "AUC_rel (matched)", "AUC_abs (all)", "AUC_abs (matched)")

    # Of 31 thresholds, an error of 0 is under all but the first (30), one of 100 mm under 105…150 (10; at 100 itself
    # rounding decides, so it is made 101), one of 141 mm under 145 and 150 (2), 200 and 224 mm under none.
    @pytest.mark.parametrize(
        ("name", "wanted"),
        [
            ("AUC_rel (all)", (30 + 2) / 31 / 6),
            ("AUC_rel (matched)", (30 + 2) / 31 / 3),
            ("AUC_abs (all)", (10 + 10) / 31 / 6),
            ("AUC_abs (matched)", (10 + 10) / 31 / 3),
        ],
    )
    def test_hand_computed(self, name, wanted):
        predicted = PREDICTED.copy()
        if "abs" in name:
            predicted[0, :2] += (predicted[0, :2] - TRUTH[0, :2]) * 0.01
        assert METRICS[name].function(predicted, TRUTH) == pytest.approx(wanted)

    @pytest.mark.parametrize("name", metric)
    def test_ignores_people_without_truth(self, name):
        function = METRICS[name].function
        more = np.concatenate([TRUTH, np.full((2, 3, 3), np.nan)]), np.concatenate([PREDICTED, pose(2, 3)])
        assert function(more[1], more[0]) == pytest.approx(function(PREDICTED, TRUTH))

    @pytest.mark.parametrize("name", metric)
    def test_notices_what_the_pck_does_not(self, name):
        better = TRUTH + 0.5 * (PREDICTED - TRUTH) * [[[0.9]], [[1]]]
        worse = better.copy()
        worse[0, 2] += [0, 0.03, 0]  # 90 mm to 120 mm: both within 150
        pck = METRICS[name.replace("AUC", "3DPCK")].function
        assert pck(worse, TRUTH) == pck(better, TRUTH)
        assert METRICS[name].function(worse, TRUTH) < METRICS[name].function(better, TRUTH)

    def test_thresholds_are_the_published_ones(self):
        np.testing.assert_allclose(AUC_THRESHOLDS, np.arange(0, 0.1501, 0.005))
        np.testing.assert_allclose(auc3d(near(pose()), pose()), np.mean([pck3d(near(pose()), pose(), t)
                                                                         for t in AUC_THRESHOLDS]))  # fmt: skip


class TestApRoot:
    metric = "AP_root"

    # Three people in two pictures. By score: right (P 1), wrong (P 1/2), right (P 2/3), right (P 3/4).
    IMAGES = (0, 0, 1)
    ROOTS = np.array([[0, 0, 3], [1, 0, 3], [0, 0, 5]], float)
    AT = (0, 0, 0, 1)
    FOUND = np.array([[0.1, 0, 3], [0, 0, 3.1], [1, 0, 3.2], [0, 0, 5]])
    SCORE = (0.9, 0.8, 0.7, 0.6)

    def test_hand_computed(self):
        # Recall steps of 1/3; the first detection adds nothing: 1/3 · (2/3 + 3/4).
        assert ap_root(self.IMAGES, self.ROOTS, self.AT, self.FOUND, self.SCORE) == pytest.approx((2 / 3 + 3 / 4) / 3)

    def test_ignores_order_pictures_without_truth_and_the_scale_of_scores(self):
        wanted = ap_root(self.IMAGES, self.ROOTS, self.AT, self.FOUND, self.SCORE)
        p = [2, 0, 3, 1]
        shuffled = ap_root(self.IMAGES, self.ROOTS, np.array(self.AT)[p], self.FOUND[p], np.array(self.SCORE)[p] ** 3)
        assert shuffled == pytest.approx(wanted)
        more = ap_root(
            [*self.IMAGES, 2], [*self.ROOTS, [np.nan] * 3], [*self.AT, 2, 3], [*self.FOUND, [0, 0, 1], [0, 0, 1]],
            [*self.SCORE, 1.0, 1.0],
        )  # fmt: skip
        assert more == pytest.approx(wanted)

    def test_notices_distance_and_doubles(self):
        far = self.FOUND + xyz(0, 0, 0.3)
        assert ap_root(self.IMAGES, self.ROOTS, self.AT, far, self.SCORE) == 0.0
        # A double after all others costs nothing, one before the last right one does.
        twice = [*self.AT, 1], [*self.FOUND, self.FOUND[3] + xyz(0.2, 0, 0)], [*self.SCORE, 0.55]
        assert ap_root(self.IMAGES, self.ROOTS, *twice) == pytest.approx((2 / 3 + 3 / 4) / 3)
        before = [*self.AT, 0], [*self.FOUND, self.FOUND[0]], [*self.SCORE, 0.65]
        assert ap_root(self.IMAGES, self.ROOTS, *before) == pytest.approx((2 / 3 + 3 / 5) / 3)

    def test_nobody_found_is_zero_and_nobody_there_is_not(self):
        assert ap_root(self.IMAGES, self.ROOTS, [], np.zeros((0, 3)), []) == 0.0
        assert np.isnan(ap_root([], np.zeros((0, 3)), self.AT, self.FOUND, self.SCORE))

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(BadInputError, match="AP_root"):
            ap_root(self.IMAGES, self.ROOTS, self.AT, self.FOUND, self.SCORE[:2])


class TestRescaledBones:
    def test_directions_of_one_lengths_of_the_other(self):
        truth, predicted = pose(4, 5), 3 * near(pose(4, 5), 0.2)
        parents = [1, 2, 2, 2, 3]  # joint 2 is the root
        result = rescaled_bones(predicted, truth, parents, [2, 1, 0, 3, 4])
        for j in (0, 1, 3, 4):
            own, wanted = result[:, j] - result[:, parents[j]], predicted[:, j] - predicted[:, parents[j]]
            np.testing.assert_allclose(np.cross(own, wanted), 0, atol=1e-12)
            true = np.linalg.norm(truth[:, j] - truth[:, parents[j]], axis=-1)
            np.testing.assert_allclose(np.linalg.norm(own, axis=-1), true)
        np.testing.assert_array_equal(result[:, 2], predicted[:, 2])

    def test_a_child_before_its_parent_is_refused(self):
        with pytest.raises(BadInputError, match="before its parent"):
            rescaled_bones(pose(1, 3), pose(1, 3), [-1, 0, 1], [0, 2, 1])

    def test_a_missing_joint_takes_its_descendants_along(self):
        predicted = pose(1, 4)
        predicted[0, 1] = np.nan
        result = rescaled_bones(predicted, pose(1, 4), [-1, 0, 1, 0], [0, 1, 2, 3])
        assert np.isnan(result[0, [1, 2]]).all() and np.isfinite(result[0, [0, 3]]).all()
