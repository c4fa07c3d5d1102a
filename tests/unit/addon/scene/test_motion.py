"""SMPL rotations to pose bones: the algebra, and gaps."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from understudy.addon.scene.motion import bone_rotations, fill_points, fill_rotations, root_locations
from understudy.addon.scene.rest import ARMATURE_FROM_TEMPLATE as TURN
from understudy.core.rotation import axis_angle_to_matrix, axis_angle_to_quaternion, quaternion_to_matrix
from understudy.core.timebase import timing

RNG = np.random.default_rng(5)
KEYS = timing(np.arange(7) / 30, Fraction(30))


def random_rotations(*shape):
    return RNG.normal(size=(*shape, 3))


def test_pose_bones_end_where_smpl_turns_them():
    """A parent and a child, composed as Blender composes them, against the product of SMPL's rotations."""
    parent_rest, child_rest = axis_angle_to_matrix(random_rotations(2))
    root, child = random_rotations(7), random_rotations(7)
    root_pose = quaternion_to_matrix(bone_rotations(axis_angle_to_quaternion(root), parent_rest, True, KEYS))
    child_pose = quaternion_to_matrix(bone_rotations(axis_angle_to_quaternion(child), child_rest, False, KEYS))
    # Blender: armature-space pose = parent's pose · (parent's rest)^-1 · rest · local.
    parent = parent_rest @ root_pose
    posed = parent @ parent_rest.T @ child_rest @ child_pose
    smpl = axis_angle_to_matrix(root) @ axis_angle_to_matrix(child)
    assert np.allclose(parent @ parent_rest.T, axis_angle_to_matrix(root) @ TURN.T, atol=1e-12)
    assert np.allclose(posed @ child_rest.T, smpl @ TURN.T, atol=1e-12)


def test_root_location_is_along_the_bone_s_axes():
    rest = axis_angle_to_matrix(random_rotations())
    transl, pelvis, head = RNG.normal(size=(7, 3)), RNG.normal(size=3), RNG.normal(size=3)
    location = root_locations(transl, pelvis, head, rest, KEYS)
    assert np.allclose(head + location @ rest.T, transl + pelvis)


@pytest.mark.parametrize("gap", [slice(0, 2), slice(3, 5), slice(5, 7)])
def test_gaps_are_bridged_and_ends_held(gap):
    points = np.outer(np.arange(7.0), [1.0, -2.0])
    turns = axis_angle_to_quaternion(np.outer(np.arange(7.0), [0.1, 0, 0]))
    expected_points, expected_turns = points.copy(), turns.copy()
    if gap.start == 0:
        expected_points[gap], expected_turns[gap] = points[2], turns[2]
    elif gap.stop == 7:
        expected_points[gap], expected_turns[gap] = points[4], turns[4]
    points[gap] = turns[gap] = np.nan
    assert np.allclose(fill_points(points), expected_points)
    assert np.allclose(fill_rotations(turns), expected_turns)


def test_nothing_measured_is_rest():
    assert np.array_equal(fill_points(np.full((3, 3), np.nan)), np.zeros((3, 3)))
    assert np.array_equal(fill_rotations(np.full((3, 4), np.nan)), np.tile([1.0, 0, 0, 0], (3, 1)))
