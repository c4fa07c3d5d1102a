"""From SMPL parameters to what Blender's bones store: the change of axes. numpy only.

SMPL's joint rotations are about axes parallel to the template's, Blender's about each bone's own. With ``C`` the turn
from template to armature axes and ``B_j`` the rest matrix of bone j in the armature, a bone's pose rotation is
``B_j^-1 C R_j C^-1 B_j``; the pelvis carries ``global_orient``, already in the world, so its is ``B_0^-1 R_0 C^-1
B_0``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.edit.gaps import fill_points, fill_rotations
from ...core.rotation import (
    axis_angle_to_quaternion,
    continuous_quaternions,
    matrix_to_quaternion,
    quaternion_conjugate,
    quaternion_multiply,
)
from ...core.take import SmplMotion
from ...core.timebase import Timing
from .rest import ARMATURE_FROM_TEMPLATE

Array = NDArray[Any]

# The turn from template to armature axes.
TEMPLATE_TURN = matrix_to_quaternion(ARMATURE_FROM_TEMPLATE)


def joint_rotations(smpl: SmplMotion, joint: int) -> Array:
    """Rotation of one of the 52 joints in every frame, SMPL axes: (T, 4). Frames without one take it from their
    neighbours.
    """
    if joint == 0:
        axis_angle = smpl.global_orient
    elif joint < 22:
        axis_angle = smpl.body_pose[:, joint - 1]
    elif joint < 37:
        axis_angle = smpl.left_hand_pose[:, joint - 22]
    else:
        axis_angle = smpl.right_hand_pose[:, joint - 37]
    return fill_rotations(axis_angle_to_quaternion(np.asarray(axis_angle, np.float64)))


def bone_rotations(rotations: Array, rest_rotation: Array, is_root: bool, timing: Timing) -> Array:
    """Pose quaternions (N, 4) of a bone at the keys, free of sign flips, from SMPL rotations (T, 4).

    ``rest_rotation`` (3, 3) is the bone's rest matrix in armature space.
    """
    rest = matrix_to_quaternion(np.asarray(rest_rotation, np.float64))
    right = quaternion_multiply(quaternion_conjugate(TEMPLATE_TURN), rest)
    left = quaternion_conjugate(rest) if is_root else quaternion_conjugate(right)
    pose = quaternion_multiply(quaternion_multiply(left[None], rotations), right[None])
    return continuous_quaternions(timing.quaternions(pose))


def root_locations(transl: Array, pelvis: Array, head: Array, rest_rotation: Array, timing: Timing) -> Array:
    """Pose locations (N, 3) of the pelvis bone, along its own rest axes.

    ``transl`` (T, 3) and ``pelvis`` (3,) are SMPL's, whose sum is the pelvis in the world; ``head`` (3,) is the
    bone's rest head.
    """
    world = fill_points(np.asarray(transl, np.float64)) + pelvis
    return timing.points((world - head) @ np.asarray(rest_rotation, np.float64))
