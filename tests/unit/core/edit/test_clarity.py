"""Clearness against a joint's own better moments."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.clarity import clarity


def test_a_joint_is_measured_against_itself(make_motion):
    motion = make_motion(40)
    confidence = np.full((40, 52), 0.4)
    confidence[:, 20] = 0.2  # a wrist, never surer
    confidence[30:] *= 0.5
    share = clarity(motion.replace(confidence=confidence))
    assert np.allclose(share[:30], 1)
    assert np.allclose(share[30:], 0.5)


@pytest.mark.parametrize(("value", "share"), [(0.05, 0.5), (0.9, 1.5)])
def test_nothing_is_clear_that_is_never_sure_and_the_very_sure_has_room(make_motion, value, share):
    motion = make_motion(10)
    assert np.allclose(clarity(motion.replace(confidence=np.full((10, 52), value))), share)


def test_frames_without_the_person_do_not_count(make_motion):
    motion = make_motion(40)
    confidence = np.full((40, 52), 0.4)
    present = np.ones(40)
    confidence[:35], present[:35] = 0, 0
    assert np.allclose(clarity(motion.replace(confidence=confidence, present=present))[36:], 1)
    assert not clarity(motion.replace(present=present * 0)).any()
