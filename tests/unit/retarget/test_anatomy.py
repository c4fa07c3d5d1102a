"""Frames that mean the same on every rig, whatever its rest pose, rolls, size and facing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from retarget_rigs import rig_of
from scipy.spatial.transform import Rotation

from understudy.core.errors import BadInputError
from understudy.core.rotation import axis_angle_to_matrix
from understudy.retarget.anatomy import along, body_axes, has_knuckles, measure


def degrees(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(Rotation.from_matrix(a.T @ b).magnitude()))


@pytest.mark.parametrize("facing", [0, 90, 180, -37])
def test_the_body_faces_where_it_faces(facing):
    rig, bone_map = rig_of("unity")
    turn = axis_angle_to_matrix(np.array([0, 0, np.radians(facing)]))
    turned = rig.with_rest(turn @ rig.rotations, rig.heads @ turn.T, rig.tails @ turn.T)
    assert degrees(body_axes(turned, bone_map), turn) < 1.0
    before, after = measure(rig, bone_map), measure(turned, bone_map)
    assert max(degrees(turn @ before.frames[slot], after.frames[slot]) for slot in before.frames) < 1e-4


def test_rolls_do_not_matter():
    frames = [measure(*rig_of("mixamo", seed=seed)).frames for seed in (None, 1, 2)]
    for slot in frames[0]:
        assert max(degrees(frames[0][slot], other[slot]) for other in frames[1:]) < 1e-4, slot


def test_a_pose_is_t_pose_with_lower_arms():
    t, a = (measure(*rig_of("unity", rest=rest)) for rest in "TA")
    down = axis_angle_to_matrix(np.array([0, np.radians(45), 0]))
    for slot in ("left_upper_arm", "left_lower_arm", "left_hand", "left_index_2", "left_thumb_1"):
        assert degrees(down @ t.frames[slot], a.frames[slot]) < 0.5, slot
    for slot in ("left_upper_leg", "head", "left_shoulder"):
        assert degrees(t.frames[slot], a.frames[slot]) < 1e-4


@pytest.mark.parametrize("dialect", ["unity", "unreal5", "daz_genesis8", "rigify_metarig"])
def test_limbs_lie_along_their_frames(dialect):
    rig, bone_map = rig_of(dialect, seed=3)
    anatomy = measure(rig, bone_map)
    for first, second in (("left_upper_arm", "left_lower_arm"), ("right_lower_arm", "right_hand"),
                          ("left_upper_leg", "left_lower_leg"), ("right_index_1", "right_index_2")):  # fmt: skip
        way = rig.heads[rig.index[bone_map.first(second)]] - rig.heads[rig.index[bone_map.first(first)]]
        assert np.allclose(anatomy.frames[first] @ along(first), way / np.linalg.norm(way), atol=1e-6)
        assert anatomy.lengths[first] == pytest.approx(np.linalg.norm(way))


def test_feet_stand_flat_whatever_their_bones_slope():
    rig, bone_map = rig_of("unity")
    anatomy = measure(rig, bone_map)
    assert np.allclose(anatomy.frames["left_foot"][:, 2], [0, 0, 1])
    assert np.array_equal(anatomy.frames["left_foot"], anatomy.frames["left_toes"])


def test_hands_without_fingers_have_no_knuckles():
    fingers = tuple(
        f"{s}_{f}_{i}" for s in ("left", "right") for f in ("index", "middle", "ring", "little") for i in (1, 2, 3)
    )
    assert has_knuckles(rig_of("unity")[1])
    rig, bone_map = rig_of("unity", drop=fingers)
    assert not has_knuckles(bone_map)
    assert degrees(measure(rig, bone_map).frames["left_hand"], measure(rig, bone_map).frames["left_lower_arm"]) < 30


def test_a_body_without_left_and_right_says_so():
    rig, bone_map = rig_of("unity")
    flat = dataclasses.replace(rig, heads=rig.heads * [0, 1, 1], tails=rig.tails * [0, 1, 1])
    with pytest.raises(BadInputError, match="lie on one another"):
        body_axes(flat, bone_map)
