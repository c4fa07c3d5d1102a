"""Rigs that are moved by controls: a hidden guide moves them live, and baking turns that into keys.

The guide is an armature with one free bone per control, keyed in bulk; each control copies its bone. Blender's own
dependency graph then knows what every control's parents do, however the rig is built, so one pass over the frames gives
the keys of all controls at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ...core.errors import BadInputError
from ...core.rotation import continuous_quaternions
from ...retarget.mapping import BoneMap
from ...retarget.motion import BoneTracks, RigMotion, to_tracks
from .. import compat
from .bone_keys import key_tracks
from .rig import edit_mode
from .rigs import ArmatureRig

CONSTRAINT = "Understudy guide"
_GUIDE = "understudy_guide"


def guide_of(armature: bpy.types.Object) -> bpy.types.Object | None:
    """The guide that moves an armature's controls now, if any."""
    guide = armature.get(_GUIDE)
    return guide if isinstance(guide, bpy.types.Object) and guide.name in bpy.data.objects else None


def attach(
    target: ArmatureRig, motion: RigMotion, bone_map: BoneMap, first: int, scene: bpy.types.Scene
) -> bpy.types.Object:
    """Lets ``motion``, whose bones are the controls, move the target live; returns the guide.

    A guide from before is replaced. The map's switches are set: IK or FK, pole targets.
    """
    detach(target.armature)
    guide = _build_guide(target, motion, scene)
    action = compat.new_action(guide.name, guide)
    frames = np.arange(first, first + motion.frame_count, dtype=np.float64)
    key_tracks(guide, action, motion.rig.names, to_tracks(motion), target.scale, frames, motion.rig.names)
    for name in motion.rig.names:
        constraint = target.armature.pose.bones[name].constraints.new("COPY_TRANSFORMS")
        constraint.name, constraint.target, constraint.subtarget = CONSTRAINT, guide, name
    target.armature[_GUIDE] = guide
    set_switches(target.armature, bone_map)
    return guide


def detach(armature: bpy.types.Object) -> None:
    """Takes the guide and its constraints away; keys and everything else stay."""
    for bone in armature.pose.bones:
        for constraint in [c for c in bone.constraints if c.name.startswith(CONSTRAINT)]:
            bone.constraints.remove(constraint)
    guide = guide_of(armature)
    if _GUIDE in armature:
        del armature[_GUIDE]
    if guide is not None:
        gone: list[Any] = [guide.data, guide]
        if guide.animation_data and guide.animation_data.action:
            gone.append(guide.animation_data.action)
        bpy.data.batch_remove(gone)


def bake(armature: bpy.types.Object, scene: bpy.types.Scene, first: int, last: int, name: str) -> bpy.types.Action:
    """Keys on the controls that hold what the guide moves them to, in a new action; the guide is taken away.

    Raises BadInputError where no guide moves the armature.
    """
    guide = guide_of(armature)
    if guide is None:
        raise BadInputError(f"Nothing moves the controls of {armature.name}.", "Retarget onto it first, live.")
    controls = [bone.name for bone in guide.data.bones]
    tracks = _played(armature, scene, controls, range(first, last + 1))
    detach(armature)
    former = armature.animation_data.action if armature.animation_data else None
    if former is not None:
        former.use_fake_user = True
    action = compat.new_action(name, armature)
    key_tracks(armature, action, tuple(controls), tracks, 1.0, np.arange(first, last + 1, dtype=np.float64), controls)
    scene.frame_set(scene.frame_current)
    return action


def set_switches(armature: bpy.types.Object, bone_map: BoneMap) -> None:
    """Sets the properties of a rig that its map names, such as IK or FK, each in its own type."""
    for bone, values in bone_map.switches.items():
        holder = armature.pose.bones[bone]
        for key, value in values.items():
            if key in holder:
                holder[key] = type(holder[key])(value)


def _build_guide(target: ArmatureRig, motion: RigMotion, scene: bpy.types.Scene) -> bpy.types.Object:
    bones = target.armature.data.bones
    data = bpy.data.armatures.new(f"{target.armature.name} guide")
    guide = bpy.data.objects.new(data.name, data)
    scene.collection.objects.link(guide)
    guide.matrix_world = target.armature.matrix_world
    with edit_mode(guide):
        for name in motion.rig.names:
            bone = data.edit_bones.new(name)
            bone.length = max(bones[name].length, 1e-3)
            bone.matrix = bones[name].matrix_local
    for bone in guide.pose.bones:
        bone.rotation_mode = "QUATERNION"
    guide.hide_set(True)
    guide.hide_render = True
    return guide


def _played(armature: bpy.types.Object, scene: bpy.types.Scene, controls: Iterable[str], frames: range) -> BoneTracks:
    """What each control must store to stand where it stands: its pose against its parent's, and its own rest."""
    names = list(controls)
    quaternions, locations = np.empty((len(frames), len(names), 4)), np.empty((len(frames), len(names), 3))
    before = scene.frame_current
    try:
        for i, frame in enumerate(frames):
            scene.frame_set(frame)
            posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
            for j, name in enumerate(names):
                basis = _basis(posed[name])
                quaternions[i, j] = basis.to_quaternion()[:]
                locations[i, j] = basis.translation[:]
    finally:
        scene.frame_set(before)
    return BoneTracks(continuous_quaternions(quaternions), locations)


def _basis(posed: bpy.types.PoseBone) -> Matrix:
    bone, parent = posed.bone, posed.parent
    if parent is None:
        return bone.convert_local_to_pose(posed.matrix, bone.matrix_local, invert=True)
    return bone.convert_local_to_pose(
        posed.matrix,
        bone.matrix_local,
        parent_matrix=parent.matrix,
        parent_matrix_local=parent.bone.matrix_local,
        invert=True,
    )
