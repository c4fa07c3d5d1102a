"""Armatures in Blender with the bones of a test rig. Needs bpy."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix
from retarget_rigs import rig_of

from understudy.addon.scene.baking import bake_steps
from understudy.addon.scene.retargeting import Done, transfer_steps
from understudy.addon.scene.rig import edit_mode
from understudy.addon.slices import at_once


def transfer(*arguments, **options) -> Done:
    """``transfer_steps`` in one go."""
    return at_once(transfer_steps(*arguments, **options))


def bake(*arguments, **options) -> bpy.types.Action:
    """``bake_steps`` in one go."""
    return at_once(bake_steps(*arguments, **options))


def armature_of(dialect: str, scale: float = 1.0, place=(0.0, 0, 0), **options):
    """An armature object with a test rig's bones, its units ``1 / scale`` metres, and its map."""
    rig, bone_map = rig_of(dialect, **options)
    data = bpy.data.armatures.new(dialect)
    armature = bpy.data.objects.new(dialect, data)
    bpy.context.scene.collection.objects.link(armature)
    with edit_mode(armature):
        bones = []
        for i, name in enumerate(rig.names):
            bone = data.edit_bones.new(name)
            bone.length = max(float(rig.lengths[i]), 0.005) / scale
            matrix = np.eye(4)
            matrix[:3, :3], matrix[:3, 3] = rig.rotations[i], rig.heads[i] / scale
            bone.matrix = Matrix(matrix)
            if rig.parents[i] >= 0:
                bone.parent = bones[rig.parents[i]]
            bones.append(bone)
    armature.scale = (scale,) * 3
    armature.location = place
    bpy.context.view_layer.update()
    return armature, bone_map
