"""Motion to every rig of the library and back."""

from __future__ import annotations

import numpy as np
import pytest
from retarget_rigs import rig_of

from understudy.core.rotation import matrix_to_axis_angle
from understudy.retarget import slots
from understudy.retarget.dialects.reader import dialects
from understudy.retarget.smpl import smpl_map
from understudy.retarget.solve.retarget import retarget
from understudy.retarget.solve.settings import RetargetSettings

PURE = RetargetSettings(plant_feet=False, hold_hands=False)
MOTIONS = ("walk", "dance", "crouch", "sit", "wave", "fingers")
# Merged chains agree at their ends only.
CHAIN_LINKS = {"spine_1", "spine_2"}


def angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(T,) degrees between rotations (T, 3, 3)."""
    return np.degrees(np.linalg.norm(matrix_to_axis_angle(np.swapaxes(a, -1, -2) @ b), axis=-1))


@pytest.mark.parametrize("name", MOTIONS)
@pytest.mark.parametrize("dialect", sorted(dialects()))
def test_there_and_back(motion, dialect, name):
    there = motion(name, 60)
    own = smpl_map(there.rig)
    rig, bone_map = rig_of(dialect, seed=7)
    middle = retarget(there, own, rig, bone_map, PURE).motion
    back = retarget(middle, bone_map, there.rig, own, PURE).motion
    one_to_one = [s for s in own.bones if s in bone_map.bones and s not in CHAIN_LINKS]
    if len(slots.chain("spine", bone_map.bones)) == 3:
        one_to_one += sorted(CHAIN_LINKS)
    else:
        assert f"spine_{len(slots.chain('spine', bone_map.bones))}" in bone_map.bones
    assert {"hips", "spine_3", "head", "left_hand", "right_toes"} <= {*one_to_one, "spine_3"}
    for slot in {*one_to_one, "spine_3", "neck_1"}:
        row = there.rig.index[own.bones[slot]]
        worst = angles(there.rotations[:, row], back.rotations[:, row]).max()
        assert worst <= 0.5, f"{slot}: {worst:.3f}°"
    assert np.abs(back.heads[:, 0] - there.heads[:, 0]).max() < 1e-6


@pytest.mark.parametrize("rest", ["T", "A"])
@pytest.mark.parametrize("seed", [1, 2])
def test_limbs_point_where_the_sources_do_whatever_rest_pose_and_roll(motion, rest, seed):
    there = motion("dance", 60)
    own = smpl_map(there.rig)
    rig, bone_map = rig_of("mixamo", seed=seed, rest=rest, curl=0.2)
    moved = retarget(there, own, rig, bone_map, PURE).motion
    for side in slots.SIDES:
        for a, b in (("upper_arm", "lower_arm"), ("lower_arm", "hand"), ("upper_leg", "lower_leg"),
                     ("lower_leg", "foot"), ("hand", "middle_1"), ("index_2", "index_3")):  # fmt: skip
            first, second = (
                m.heads[:, m.rig.index[bones.bones[f"{side}_{b}"]]]
                - m.heads[:, m.rig.index[bones.bones[f"{side}_{a}"]]]
                for m, bones in ((there, own), (moved, bone_map))
            )
            cosine = np.sum(first * second, axis=1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
            assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 0.05, (side, a)
