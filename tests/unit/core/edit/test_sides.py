"""Mirror, and the wrong side put right."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.edit.limbs import limb, reach
from understudy.core.edit.motion import rotate
from understudy.core.edit.parts import MIRRORED_JOINTS, part_joints
from understudy.core.edit.sides import Mirror, SwapSides
from understudy.core.skeleton import JOINT_INDEX

# Rest joints of a body with random betas are not quite symmetric.
SYMMETRY_M = 0.02


def arms_before_the_chest(motion):
    """Where either hand can reach the other's place."""
    rotations = motion.rotations.copy()
    for side, sign in (("left", -1), ("right", 1)):
        for joint, angle in (("shoulder", 1.2), ("elbow", 1.0)):
            rotations[:, JOINT_INDEX[f"{side}_{joint}"]] = [np.cos(angle / 2), 0, sign * np.sin(angle / 2), 0]
    return motion.replace(rotations=rotations)


def test_mirror_is_a_reflection(make_motion):
    motion = make_motion(40)
    mirrored = Mirror().edited(motion)
    expected = motion.joints()[:, MIRRORED_JOINTS] * [-1, 1, 1] + [2 * motion.pelvis[0, 0], 0, 0]
    assert np.abs(mirrored.joints() - expected).max() < SYMMETRY_M
    assert np.array_equal(mirrored.contacts[:, 0], motion.contacts[:, 2])
    again = Mirror().edited(mirrored)
    assert np.allclose(again.rotations, motion.rotations)
    assert np.allclose(again.pelvis, motion.pelvis)


@pytest.mark.parametrize(("what", "ends"), [("legs", "ankle"), ("arms", "wrist")])
def test_swapped_limbs_reach_where_the_others_were(make_motion, what, ends):
    motion = arms_before_the_chest(make_motion(40))
    swapped = SwapSides(what=what).edited(motion)
    before, after = motion.joints(), swapped.joints()
    for side, other in (("left", "right"), ("right", "left")):
        target, reached = before[:, JOINT_INDEX[f"{other}_{ends}"]], after[:, JOINT_INDEX[f"{side}_{ends}"]]
        assert np.median(np.linalg.norm(target - reached, axis=-1)) < 0.03
    other_parts = list(part_joints("torso"))
    assert np.allclose(after[:, other_parts], before[:, other_parts])
    assert np.array_equal(swapped.contacts[:, 4], motion.contacts[:, 5 if what == "arms" else 4])


def test_a_swap_holds_in_its_range_only(make_motion):
    motion = make_motion(60)
    swapped = SwapSides(what="legs", start=1.0, end=1.5).edited(motion)
    changed = np.any(swapped.rotations != motion.rotations, axis=(1, 2))
    assert set(np.flatnonzero(changed)) == set(range(30, 46))


def test_hands_exchange_fingers_and_keep_palms(make_motion):
    motion = make_motion(30)
    swapped = SwapSides(what="hands").edited(motion)
    index = JOINT_INDEX["left_index2"]
    reflect = np.array([1, 1, -1, -1])
    assert np.allclose(swapped.rotations[:, index], motion.rotations[:, JOINT_INDEX["right_index2"]] * reflect)
    # The left hand now points where the right one's fingers pointed.
    turned, old = swapped.global_rotations(), motion.global_rotations()
    wrists = JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]
    assert np.allclose(rotate(turned[:, wrists[0]], np.array([1.0, 0, 0])), rotate(old[:, wrists[1]], [-1.0, 0, 0]))
    assert np.allclose(rotate(turned[:, wrists[0]], np.array([0, -1.0, 0])), rotate(old[:, wrists[1]], [0, -1.0, 0]))


def test_the_whole_body_turns_round(make_motion):
    motion = make_motion(30)
    swapped = SwapSides(what="whole").edited(motion)
    facing, before = (rotate(m.rotations[:, 0], np.array([0, 0, 1.0])) for m in (swapped, motion))
    assert np.allclose(facing, -before)
    ankles = np.linalg.norm(
        swapped.joints()[:, JOINT_INDEX["left_ankle"]] - motion.joints()[:, JOINT_INDEX["right_ankle"]], axis=-1
    )
    assert np.median(ankles) < 0.03


def test_reach_keeps_the_end_bones_orientation_and_clips(make_motion, angles):
    motion = make_motion(20)
    chain = limb("left", "arms")
    shoulder = motion.joints()[:, chain[0]]
    target = shoulder + np.array([0.2, -0.1, -0.2])
    local = reach(motion.rotations, motion.pelvis, motion.rest, chain, target)
    moved = motion.replace(rotations=local)
    assert np.abs(moved.joints()[:, chain[2]] - target).max() < 1e-6
    assert angles(moved.global_rotations()[:, chain[2]], motion.global_rotations()[:, chain[2]]).max() < 1e-6
    far = reach(motion.rotations, motion.pelvis, motion.rest, chain, shoulder + np.array([5.0, 0, 0]))
    stretched = motion.replace(rotations=far).joints()
    direction = stretched[:, chain[2]] - shoulder
    assert np.allclose(direction / np.linalg.norm(direction, axis=-1, keepdims=True), [1, 0, 0], atol=1e-6)
