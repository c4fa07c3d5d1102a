"""The armature of one actor."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ...core.skeleton import BODY_JOINTS, SMPLH_JOINTS, SMPLH_PARENTS
from .rest import RestPose

_COLLECTIONS = ("Body", "Left hand", "Right hand")


def build_armature(name: str, rest: RestPose, collection: bpy.types.Collection) -> bpy.types.Object:
    """An armature object of 52 bones in ``collection``, at the world's origin, posed by quaternions.

    Edit mode needs the armature to be the active object of the current view layer; the selection is left as it was.
    """
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    collection.objects.link(armature)
    armature.show_in_front = True
    with edit_mode(armature):
        bones = []
        for j, joint in enumerate(SMPLH_JOINTS):
            bone = data.edit_bones.new(joint)
            bone.head, bone.tail = Vector(rest.heads[j]), Vector(rest.tails[j])
            bone.align_roll(Vector(rest.z_axes[j]))
            if j:
                bone.parent = bones[SMPLH_PARENTS[j]]
                bone.use_connect = bool(rest.connected[j])
            bones.append(bone)
    groups = [data.collections.new(label) for label in _COLLECTIONS]
    for j, joint in enumerate(SMPLH_JOINTS):
        body = len(BODY_JOINTS)
        groups[0 if j < body else 1 if j < body + 15 else 2].assign(data.bones[joint])
    for bone in armature.pose.bones:
        bone.rotation_mode = "QUATERNION"
    return armature


def rest_rotations(armature: bpy.types.Object) -> np.ndarray:
    """Rest matrices of the 52 bones in armature space, as Blender stores them: (52, 3, 3)."""
    return np.array([armature.data.bones[joint].matrix_local.to_3x3() for joint in SMPLH_JOINTS], np.float64)


class edit_mode:
    """Edit mode of one armature, entered whatever is active; left with the former active object, mode and selection."""

    def __init__(self, armature: bpy.types.Object) -> None:
        self.armature = armature

    def __enter__(self) -> None:
        layer = bpy.context.view_layer
        self.former = layer.objects.active
        self.mode: Any = self.former.mode if self.former is not None else "OBJECT"
        self.selected = [ob for ob in layer.objects if ob.select_get()]
        if self.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        layer.objects.active = self.armature
        for ob in self.selected:
            ob.select_set(False)
        bpy.ops.object.mode_set(mode="EDIT")

    def __exit__(self, *_: object) -> None:
        bpy.ops.object.mode_set(mode="OBJECT")
        self.armature.select_set(False)
        for ob in self.selected:
            ob.select_set(True)
        bpy.context.view_layer.objects.active = self.former
        if self.mode != "OBJECT":
            bpy.ops.object.mode_set(mode=self.mode)
