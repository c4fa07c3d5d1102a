from __future__ import annotations

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.timing import match_frames, timestamp_error

TIMES = np.arange(10) / 25


class TestTimestampError:
    metric = "timestamp error"

    def test_hand_computed(self):
        assert timestamp_error([0, 0.1, 0.23], [0, 0.1, 0.2]) == pytest.approx((0.01, 0.03))

    def test_ignores_when_the_recording_began_only_if_both_know(self):
        assert timestamp_error(TIMES + 5, TIMES + 5) == (0.0, 0.0)

    def test_notices_a_wrong_start_a_wrong_rate_and_a_microsecond(self):
        assert timestamp_error(TIMES + 0.04, TIMES).mean == pytest.approx(0.04)
        assert timestamp_error(np.arange(10) / 24, TIMES).largest == pytest.approx(9 / 24 - 9 / 25)
        assert timestamp_error(TIMES + 1e-6, TIMES).mean == pytest.approx(1e-6, rel=1e-3)

    def test_other_frame_counts_are_refused(self):
        with pytest.raises(BadInputError, match="10 frames, the truth 9"):
            timestamp_error(TIMES, TIMES[1:])


class TestMatchFrames:
    def test_dropped_frames_leave_their_partners_alone(self):
        found = match_frames(np.delete(TIMES, [2, 7]) + 0.002, TIMES)
        np.testing.assert_array_equal(found.truth, [0, 1, 3, 4, 5, 6, 8, 9])
        np.testing.assert_array_equal(found.predicted, np.arange(8))
        assert (found.predicted_only, found.truth_only) == (0, 2)

    def test_half_the_frame_rate(self):
        found = match_frames(TIMES, TIMES[::2])
        np.testing.assert_array_equal(found.predicted, np.arange(0, 10, 2))
        assert (found.predicted_only, found.truth_only) == (5, 0)

    def test_pairs_are_one_to_one(self):
        found = match_frames([0.0, 0.001, 0.002], [0.0012, 1.0], tolerance=0.5)
        assert (found.predicted.tolist(), found.truth.tolist()) == ([1], [0])

    def test_neighbours_are_no_partners(self):
        with pytest.raises(BadInputError, match="within"):
            match_frames([0.5], [0.6])
        found = match_frames(TIMES + 0.03, TIMES)  # 30 ms late is 10 ms before the next
        np.testing.assert_array_equal(found.truth - found.predicted, 1)

    def test_the_last_of_each_are_no_partners_when_most_of_a_frame_apart(self):
        found = match_frames(np.array([0, 1, 2, 5]) / 25, np.array([0, 1, 2, 4.2]) / 25)
        assert found.truth.tolist() == [0, 1, 2] and (found.predicted_only, found.truth_only) == (1, 1)
        assert len(match_frames(np.array([0, 1, 2, 5]) / 25, np.array([0, 1, 2, 4.2]) / 25, 0.05).truth) == 4

    def test_single_frames(self):
        assert match_frames([0.0], [0.0]).truth.tolist() == [0]

    @pytest.mark.parametrize("times", [[], [1, 1], [1, 0], [0, np.nan]], ids=str)
    def test_what_is_no_time_base_is_refused(self, times):
        with pytest.raises(BadInputError):
            match_frames(times, TIMES)
        with pytest.raises(BadInputError):
            match_frames(TIMES, times)

    def test_other_recordings_are_refused_by_their_times(self):
        with pytest.raises(BadInputError, match=r"100\.000–100\.360 s"):
            match_frames(TIMES + 100, TIMES)
