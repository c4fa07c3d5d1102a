from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).parent))
from motions import rng

from understudy.core.errors import BadInputError
from understudy.core.evaluate.confidence import expected_calibration_error, reliability, spearman


def honest(count: int = 20000) -> tuple[np.ndarray, np.ndarray]:
    """Confidences, and errors under 50 mm with just that probability."""
    confidence = rng().uniform(0, 1, count)
    right = rng(1).uniform(size=count) < confidence
    return confidence, np.where(right, 0.02, 0.1) * rng(2).uniform(0.5, 1.5, count)


class TestSpearman:
    metric = "Spearman of confidence"

    def test_hand_computed(self):
        # Ranks 1 2 3 4 against 2 1 3 4 of −error: 1 − 6 · 2 / (4 · 15) = 0.8.
        assert spearman([0.1, 0.2, 0.3, 0.4], [0.08, 0.09, 0.07, 0.01]) == pytest.approx(0.8)

    def test_hand_computed_by_scipy_with_ties(self):
        c, e = rng().integers(0, 6, 300) / 5, rng(1).integers(0, 9, 300) / 100
        e = e + 0.02 * c
        assert spearman(c, e) == pytest.approx(spearmanr(c, -e).statistic)

    def test_ignores_any_rising_change_of_either(self):
        c, e = honest(500)
        assert spearman(c**3, np.exp(e)) == pytest.approx(spearman(c, e))
        assert spearman(c.reshape(50, 10), e.reshape(50, 10)) == pytest.approx(spearman(c, e))

    def test_ignores_what_has_no_error(self):
        c, e = honest(500)
        e[::3] = np.nan
        keep = np.isfinite(e)
        assert spearman(c, e) == pytest.approx(spearman(c[keep], e[keep]))

    def test_notices_confidence_that_is_worth_nothing_or_is_upside_down(self):
        c, e = honest()
        assert spearman(c, e) > 0.3
        assert abs(spearman(rng(7).permutation(c), e)) < 0.03
        assert spearman(1 - c, e) == pytest.approx(-spearman(c, e))

    def test_one_confidence_for_all_ranks_nothing(self):
        assert np.isnan(spearman(np.full(9, 0.5), np.arange(9)))
        assert np.isnan(spearman([0.5], [0.1]))


class TestExpectedCalibrationError:
    metric = "expected calibration error"

    def test_hand_computed(self):
        # Bin 0.2–0.3: confidence 0.25, 1 of 4 right; bin 0.8–0.9: 0.85, 1 of 2: (4 · 0 + 2 · 0.35) / 6.
        confidence = [0.25] * 4 + [0.85] * 2
        errors = [0.01, 0.2, 0.2, 0.2, 0.01, 0.2]
        assert expected_calibration_error(confidence, errors) == pytest.approx(2 * 0.35 / 6)

    def test_ignores_how_large_errors_are_and_their_order(self):
        c, e = honest()
        wanted = expected_calibration_error(c, e)
        assert expected_calibration_error(c, np.where(e < 0.05, 0.0, 9.0)) == pytest.approx(wanted)
        p = rng(5).permutation(len(c))
        assert expected_calibration_error(c[p], e[p]) == pytest.approx(wanted)

    def test_notices_overconfidence(self):
        c, e = honest()
        assert expected_calibration_error(c, e) < 0.02
        assert expected_calibration_error(np.sqrt(c), e) > 0.1
        assert expected_calibration_error(np.ones_like(c), e) == pytest.approx(0.5, abs=0.02)

    def test_nothing_is_undefined(self):
        assert np.isnan(expected_calibration_error([np.nan], [0.1]))


class TestReliability:
    def test_every_pair_is_in_one_bin_and_empty_bins_are_nan(self):
        c = np.array([0.0, 0.05, 0.1, 0.999, 1.0])
        diagram = reliability(c, np.array([0.1, 0.01, 0.01, 0.01, 0.2]))
        np.testing.assert_array_equal(diagram.count, [2, 1, 0, 0, 0, 0, 0, 0, 0, 2])
        np.testing.assert_allclose(diagram.accuracy[[0, 1, 9]], [0.5, 1, 0.5])
        np.testing.assert_allclose(diagram.confidence[[0, 1, 9]], [0.025, 0.1, 0.9995])
        assert np.isnan(diagram.accuracy[2:9]).all()

    @pytest.mark.parametrize("confidence", [[1.2, 0.1], [-0.1, 0.5]])
    def test_what_is_no_probability_is_refused(self, confidence):
        with pytest.raises(BadInputError, match="0…1"):
            reliability(confidence, [0.1, 0.1])

    def test_other_shapes_are_refused(self):
        with pytest.raises(BadInputError, match="shape"):
            spearman(np.zeros((3, 2)), np.zeros((2, 3)))
