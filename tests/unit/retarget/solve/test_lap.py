"""Hands in the lap."""

from __future__ import annotations

import numpy as np
import pytest
from retarget_rigs import rig_of

from understudy.retarget import slots
from understudy.retarget.anatomy import measure
from understudy.retarget.smpl import smpl_map
from understudy.retarget.solve import contacts, lap
from understudy.retarget.solve.retarget import retarget
from understudy.retarget.solve.settings import RetargetSettings


def palm_of(motion, bone_map, side: str) -> np.ndarray:
    anatomy = measure(motion.rig, bone_map)
    frames = motion.deltas(motion.rig.index[bone_map.bones[f"{side}_hand"]]) @ anatomy.frames[f"{side}_hand"]
    point = contacts.palm_point(motion.rig, bone_map, anatomy, side)
    return contacts.points_of(motion, bone_map, f"{side}_hand", frames, point)


def lying(motion, bone_map, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Where on its own thigh a palm is: share of its length, and distance from its axis, m."""
    palm = palm_of(motion, bone_map, side)
    hip, knee = lap.thigh(motion, bone_map, side)
    way = knee - hip
    share = np.sum((palm - hip) * way, axis=1) / np.sum(way**2, axis=1)
    return share, np.linalg.norm(palm - hip - share[:, None] * way, axis=1)


@pytest.mark.parametrize(("legs", "arms"), [(1.0, 1.0), (0.8, 1.2), (1.2, 1.2), (0.8, 0.8)])
def test_hands_on_thighs_stay_there(motion, legs, arms):
    source = motion("sit", 180)
    own = smpl_map(source.rig)
    rig, bone_map = rig_of("unity", legs=legs, arms=arms)
    moved = retarget(source, own, rig, bone_map).motion
    free = retarget(source, own, rig, bone_map, RetargetSettings(hold_hands=False)).motion
    better = 0.0
    for side in slots.SIDES:
        leg, flags = lap.on_thigh(source, own, palm_of(source, own, side), side)
        assert leg == side and flags.sum() > 20
        wanted, found, loose = (lying(m, b, side) for m, b in ((source, own), (moved, bone_map), (free, bone_map)))
        length = np.linalg.norm(np.subtract(*lap.thigh(moved, bone_map, side))[0])
        assert np.abs(found[0] - wanted[0])[flags].max() * length < 0.010
        assert np.abs(found[1] - wanted[1])[flags].max() < 0.010
        off = np.hypot((loose[0] - wanted[0]) * length, loose[1] - wanted[1])
        better = max(better, off[flags].max())
    assert better > 0.015 or (legs, arms) == (1.0, 1.0)  # without holding they would not be there


@pytest.mark.parametrize("name", ["walk", "dance", "wave", "jump"])
def test_arms_that_hang_or_swing_touch_no_thigh(motion, name):
    source = motion(name, 90)
    own = smpl_map(source.rig)
    for side in slots.SIDES:
        assert not lap.on_thigh(source, own, palm_of(source, own, side), side)[1].any()
