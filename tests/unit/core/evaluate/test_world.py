from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from motions import motion, moved, near

from understudy.core.evaluate.world import rte, w_mpjpe, wa_mpjpe, world_errors


def drifting(points: np.ndarray, metres: float) -> np.ndarray:
    """The motion, further and further to the side."""
    return points + np.linspace(0, metres, len(points))[:, None, None] * [1, 0, 0]


class TestWMpjpe:
    metric = "W-MPJPE"

    def test_hand_computed(self):
        # Right in the first two frames, then 0.3 and 0.6 m off: nothing to align, (0 + 0 + 0.3 + 0.6) / 4.
        truth = np.tile(np.eye(3), (4, 1, 1)) + np.arange(4)[:, None, None] * [0, 1, 0]
        predicted = truth.copy()
        predicted[2:] += np.array([0.3, 0.6])[:, None, None] * [0, 0, 1]
        assert w_mpjpe(predicted, truth) == pytest.approx(0.225)

    def test_ignores_where_the_world_lies_and_its_scale(self):
        truth, _ = motion(150)
        assert w_mpjpe(moved(truth, scale=1.7), truth) == pytest.approx(0, abs=1e-12)
        assert w_mpjpe(moved(near(truth), scale=1.7), truth) == pytest.approx(w_mpjpe(near(truth), truth))

    def test_notices_drift_and_starts_anew_every_segment(self):
        truth, _ = motion(200)
        whole = w_mpjpe(drifting(truth, 2), truth, segment=200)
        assert whole > 0.8
        assert w_mpjpe(drifting(truth, 2), truth) == pytest.approx(whole / 2, rel=0.1)

    def test_the_rest_counts_and_a_short_clip_is_one_segment(self):
        truth, _ = motion(130)
        late = truth.copy()
        late[110:] += [0, 0, 1]
        assert np.isnan(world_errors(late, truth)).sum() == 0
        assert world_errors(late, truth)[:100].max() < 1e-9 < world_errors(late, truth)[110:].min()
        assert w_mpjpe(near(truth[:40]), truth[:40]) > 0


class TestWaMpjpe:
    metric = "WA-MPJPE"

    def test_hand_computed(self):
        # One point moves along a line, the prediction twice as far: the best similarity halves it, nothing is left;
        # a kink of one joint in one frame is left. Points: 3 joints at the corners, so the scale is free of doubt.
        truth = np.array([[[1, 1, 0], [-1, 1, 0]], [[-1, -1, 0], [1, -1, 0]]], float)
        predicted = truth * [2, 1, 1]  # the square of PA-MPJPE's case, its corners spread over two frames
        assert wa_mpjpe(predicted, truth) == pytest.approx(np.hypot(0.2, 0.4))

    def test_ignores_where_the_world_lies_and_its_scale(self):
        truth, _ = motion(150)
        assert wa_mpjpe(moved(near(truth), scale=0.6), truth) == pytest.approx(wa_mpjpe(near(truth), truth))

    def test_notices_drift_less_than_w_mpjpe(self):
        truth, _ = motion(100)
        assert 0.05 < wa_mpjpe(drifting(truth, 2), truth) < 0.7 * w_mpjpe(drifting(truth, 2), truth)


class TestRte:
    metric = "RTE"

    def test_hand_computed(self):
        # A path of 4 m with its middle half a metre aside. The best rigid motion moves it back by the mean, 0.5/3, and
        # does not turn it: errors 1/6, 1/3, 1/6 m, mean 2/9 m, of a path of 4 m.
        truth = np.array([[0, 0, 0], [2, 0, 0], [4, 0, 0]], float)
        predicted = truth + np.array([[0, 0, 0], [0, 0.5, 0], [0, 0, 0]])
        assert rte(predicted, truth) == pytest.approx((2 / 9) / 4)

    def test_ignores_a_rigid_motion_and_missing_frames(self):
        path = motion(90)[0][:, 0]
        assert rte(moved(near(path)), path) == pytest.approx(rte(near(path), path))
        hole = near(path)
        hole[30:40] = np.nan
        keep = np.isfinite(hole[:, 0])
        assert rte(hole, path) == pytest.approx(rte(hole[keep], path[keep]))

    def test_notices_scale_and_drift(self):
        path = motion(90)[0][:, 0]
        assert rte(1.2 * path, path) > 0.03
        assert rte(drifting(path[:, None], 1)[:, 0], path) > 0.01
        # Twice as long a path with the same errors is half as bad.
        assert rte(2 * near(path), 2 * path) == pytest.approx(rte(near(path), path))

    def test_standing_still_is_undefined_not_perfect(self):
        still = np.zeros((10, 3))
        assert np.isnan(rte(near(still), still))


def test_nothing_in_common_is_not_zero():
    nothing = np.full((10, 4, 3), np.nan)
    assert np.isnan(w_mpjpe(nothing, nothing)) and np.isnan(wa_mpjpe(nothing, nothing))
    assert np.isnan(rte(nothing[:, 0], nothing[:, 0]))
