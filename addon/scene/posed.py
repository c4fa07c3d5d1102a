"""From what Blender's bones hold back to SMPL parameters: the inverse of scene/motion.py, for one frame."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ...core.rotation import axis_angle_to_quaternion, matrix_to_quaternion, quaternion_conjugate, quaternion_multiply
from ...core.skeleton import SMPLH_JOINTS
from .motion import TEMPLATE_TURN
from .rig import rest_rotations
from .takes import skins

Array = Any


def local_rotations(actor: bpy.types.Object) -> Array:
    """SMPL's local rotations (52, 4) of the pose that an actor holds now, keyed or not."""
    rest = matrix_to_quaternion(rest_rotations(actor))
    pose = np.array([_quaternion(actor.pose.bones[name]) for name in SMPLH_JOINTS])
    right = quaternion_multiply(quaternion_conjugate(TEMPLATE_TURN)[None], rest)
    left = quaternion_conjugate(right)
    left[0] = quaternion_conjugate(rest[0])
    return quaternion_multiply(quaternion_multiply(quaternion_conjugate(left), pose), quaternion_conjugate(right))


def pelvis_position(actor: bpy.types.Object) -> Array:
    """Where the pelvis joint is (3,) m, in the take's world as edited, whatever moves the actor as an object."""
    root = SMPLH_JOINTS[0]
    bone = actor.data.bones[root]
    rest = np.array(bone.matrix_local.to_3x3(), np.float64)
    return np.array(bone.head_local, np.float64) + rest @ np.array(actor.pose.bones[root].location, np.float64)


def joint_position(actor: bpy.types.Object, joint: str) -> Array:
    """Where a joint is (3,) m in the armature, which is the take's world."""
    return np.array(actor.pose.bones[joint].head, np.float64)


def has_body(actor: bpy.types.Object) -> bool:
    """Whether an actor has its 52 bones still."""
    return bool(skins(actor)) and all(name in actor.pose.bones for name in SMPLH_JOINTS)


def _quaternion(bone: bpy.types.PoseBone) -> Array:
    if bone.rotation_mode == "QUATERNION":
        found = np.array(bone.rotation_quaternion, np.float64)
    elif bone.rotation_mode == "AXIS_ANGLE":
        angle, *axis = bone.rotation_axis_angle
        found = axis_angle_to_quaternion(np.array(axis, np.float64) * angle)
    else:
        found = np.array(bone.rotation_euler.to_quaternion(), np.float64)
    return found / max(float(np.linalg.norm(found)), 1e-9)
