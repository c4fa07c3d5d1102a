"""Rigs that are moved by controls: a hidden guide moves them live, and baking (``baking.py``) turns that into keys.

The guide is an armature with one free bone per control, keyed in bulk; each control copies its bone. Blender's own
dependency graph then knows what every control's parents do, however the rig is built, so one pass over the frames gives
the keys of all controls at once.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import bpy
import numpy as np

from ...retarget.mapping import BoneMap
from ...retarget.motion import RigMotion, to_tracks
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


def attach_steps(
    target: ArmatureRig, motion: RigMotion, bone_map: BoneMap, first: int, scene: bpy.types.Scene
) -> Generator[None, None, bpy.types.Object]:
    """Lets ``motion``, whose bones are the controls, move the target live; returns the guide.

    In short pieces of work; closed before the last of them, nothing has changed. A guide from before is replaced. The
    map's switches are set: IK or FK, pole targets.
    """
    guide = _build_guide(target, motion, scene)
    try:
        yield
        action = compat.new_action(guide.name, guide)
        frames, tracks = np.arange(first, first + motion.frame_count, dtype=np.float64), to_tracks(motion)
        for name in motion.rig.names:
            key_tracks(guide, action, motion.rig.names, tracks, target.scale, frames, (name,))
            yield
    except BaseException:
        _remove(guide)
        raise
    detach(target.armature)
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
        _remove(guide)


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


def _remove(guide: bpy.types.Object) -> None:
    """A guide with its bones and its action."""
    gone: list[Any] = [guide.data, guide]
    if guide.animation_data and guide.animation_data.action:
        gone.append(guide.animation_data.action)
    bpy.data.batch_remove(gone)
