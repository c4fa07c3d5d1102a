"""Fewer keys: the bound holds in every frame."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.motion import forward
from understudy.core.edit.reduce import BODY, Reduce, hermite, reduced
from understudy.core.rotation import continuous_quaternions, normalise


def finish(generator):
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def played(motion, keys):
    """Joint positions when only the keys are there."""
    turned = continuous_quaternions(motion.rotations)
    frames = np.arange(motion.frame_count)
    local = np.stack(
        [normalise(hermite(turned[:, j], motion.timestamps, keys.of_joint(j), frames)) for j in range(52)], axis=1
    )
    pelvis = hermite(motion.pelvis, motion.timestamps, keys.body, frames)
    return forward(local, pelvis, motion.rest * motion.scale)[1]


@pytest.mark.parametrize("tolerance", [2.0, 10.0, 40.0])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_no_joint_strays_further(make_motion, tolerance, noise):
    motion = Reduce(tolerance_mm=tolerance).edited(make_motion(120, noise=noise))
    keys = finish(reduced(motion))
    stray = np.linalg.norm(played(motion, keys) - motion.joints(), axis=-1)
    assert stray.max() <= tolerance / 1000 + 1e-9


def test_a_larger_bound_leaves_fewer_keys(make_motion):
    counts = []
    for tolerance in (2.0, 10.0, 40.0):
        keys = finish(reduced(Reduce(tolerance_mm=tolerance).edited(make_motion(240))))
        counts.append(len(keys.body))
    assert counts[0] > counts[1] > counts[2]
    assert counts[1] < 120
    assert keys.body[0] == 0 and keys.body[-1] == 239


def test_a_still_motion_keeps_two_keys(make_motion):
    still = make_motion(60).take(np.zeros(60, int)).replace(timestamps=np.arange(60) / 30)
    keys = finish(reduced(Reduce().edited(still)))
    assert keys.body.tolist() == keys.left_hand.tolist() == [0, 59]
    assert keys.of_joint(BODY).tolist() == [0, 59]


def test_one_frame(make_motion):
    keys = finish(reduced(Reduce().edited(make_motion(60).take([3]))))
    assert keys.body.tolist() == [0]
