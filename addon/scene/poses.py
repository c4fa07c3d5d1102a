"""What an armature does over time, as the retarget's motion."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

import bpy
import numpy as np

from ...core.errors import BadInputError
from ...core.rotation import axis_angle_to_quaternion, normalise
from ...core.skeleton import CONTACT_POINTS
from ...retarget.motion import BoneTracks, RigMotion, from_tracks
from .. import compat
from ..slices import at_once
from .clock import scene_fps
from .playing import played_steps
from .rigs import ArmatureRig

Array = np.ndarray

_BONE = re.compile(r'pose\.bones\["((?:[^"\\]|\\.)*)"\]\.(\w+)$')
_LINEAR = 1


def read_motion(source: ArmatureRig, scene: bpy.types.Scene, first: int, last: int) -> RigMotion:
    """``read_motion_steps`` in one go."""
    return at_once(read_motion_steps(source, scene, first, last))


def read_motion_steps(
    source: ArmatureRig, scene: bpy.types.Scene, first: int, last: int
) -> Generator[None, None, RigMotion]:
    """The armature's motion at the scene's whole frames ``first`` to ``last``, inclusive, in short pieces of work.

    Read from its curves where these alone move it, which takes a moment; else the scene is played, and put back.
    Contacts come along where the actor has them.
    """
    frames = np.arange(first, last + 1)
    if not len(frames):
        raise BadInputError(f"The frame range {first} to {last} is empty.", "Set the scene's end after its start.")
    fps = float(scene_fps(scene))
    contacts = _contacts(source.armature, frames)
    if _moved_by_curves_alone(source.armature):
        return from_tracks(source.rig, _tracks(source, frames), fps, contacts)
    return (yield from _played_steps(source, scene, frames, fps, contacts))


def action_range(armature: bpy.types.Object) -> tuple[int, int]:
    """First and last whole frame of what the armature plays. Raises BadInputError where it plays nothing."""
    action = armature.animation_data.action if armature.animation_data else None
    if action is None:
        raise BadInputError(f"{armature.name} has no animation.", "Choose an armature that plays an action.")
    first, last = action.frame_range
    return int(np.ceil(first - 1e-4)), int(np.floor(last + 1e-4))


def sample(curve: bpy.types.FCurve, frames: Array) -> Array:
    """(N,) values of a curve; straight ones in bulk."""
    keys = compat.read_keys(curve)
    shapes = np.empty(len(keys), np.uint8)
    curve.keyframe_points.foreach_get("interpolation", shapes)
    if len(keys) and not len(curve.modifiers) and (shapes == _LINEAR).all() and curve.extrapolation == "CONSTANT":
        return np.interp(frames, keys[:, 0], keys[:, 1])
    return np.array([curve.evaluate(frame) for frame in frames])


def _moved_by_curves_alone(armature: bpy.types.Object) -> bool:
    data = armature.animation_data
    if data is None or data.action is None or len(data.drivers) or len(data.nla_tracks):
        return False
    moved = any(c.data_path in ("location", "rotation_euler", "rotation_quaternion", "scale") for c in
                compat.curves(data.action))  # fmt: skip
    held = (
        armature.parent is not None or len(armature.constraints) or any(len(b.constraints) for b in armature.pose.bones)
    )
    usual = all(b.bone.use_inherit_rotation and b.bone.use_local_location for b in armature.pose.bones)
    return not moved and not held and usual


def _tracks(source: ArmatureRig, frames: Array) -> BoneTracks:
    rows, count = source.rig.index, len(frames)
    found: dict[str, dict[str, dict[int, Array]]] = {}
    animation: Any = source.armature.animation_data
    for curve in compat.curves(animation.action):
        match = _BONE.match(curve.data_path)
        if match and match[1] in rows:
            values = found.setdefault(match[1], {}).setdefault(match[2], {})
            values[curve.array_index] = sample(curve, frames)
    quaternions = np.empty((count, len(rows), 4))
    locations = np.empty((count, len(rows), 3))
    for name, row in rows.items():
        bone, moved = source.armature.pose.bones[name], found.get(name, {})
        quaternions[:, row] = _rotations(bone, moved, count)
        locations[:, row] = _vector(moved.get("location", {}), bone.location, count) * source.scale
    return BoneTracks(quaternions, locations)


def _vector(columns: dict[int, Array], still: Any, count: int) -> Array:
    """(N, D) with unkeyed components held."""
    return np.stack([columns.get(i, np.full(count, float(value))) for i, value in enumerate(still)], axis=1)


def _rotations(bone: bpy.types.PoseBone, moved: dict[str, dict[int, Array]], count: int) -> Array:
    if bone.rotation_mode == "QUATERNION":
        return normalise(_vector(moved.get("rotation_quaternion", {}), bone.rotation_quaternion, count))
    if bone.rotation_mode == "AXIS_ANGLE":
        values = _vector(moved.get("rotation_axis_angle", {}), bone.rotation_axis_angle, count)
        return axis_angle_to_quaternion(normalise(values[:, 1:]) * values[:, :1])
    angles = _vector(moved.get("rotation_euler", {}), bone.rotation_euler, count)
    euler = bone.rotation_euler.copy()
    out = np.empty((count, 4))
    for i, row in enumerate(angles):
        euler[:] = row
        out[i] = euler.to_quaternion()[:]
    return out


def _played_steps(
    source: ArmatureRig, scene: bpy.types.Scene, frames: Array, fps: float, contacts: Array | None
) -> Generator[None, None, RigMotion]:
    armature, names = source.armature, source.rig.names
    order = [armature.pose.bones.find(name) for name in names]
    matrices = np.empty((len(frames), len(names), 4, 4))
    flat = np.empty(16 * len(armature.pose.bones), np.float32)

    def read(i: int, evaluated: bpy.types.Object) -> None:
        evaluated.pose.bones.foreach_get("matrix", flat)
        # Blender hands matrices out column by column.
        local = flat.reshape(-1, 4, 4).transpose(0, 2, 1)[order]
        matrices[i] = np.array(evaluated.matrix_world, np.float64) @ local

    yield from played_steps(armature, scene, frames, read)
    axes = matrices[..., :3, :3]
    rotations = axes / np.maximum(np.linalg.norm(axes, axis=-2, keepdims=True), 1e-12)
    return RigMotion(source.rig, rotations, matrices[..., :3, 3], fps, contacts)


def _contacts(armature: bpy.types.Object, frames: Array) -> Array | None:
    """(N, 6) probabilities that the import wrote beside the bones; None where the armature has none."""
    action = armature.animation_data.action if armature.animation_data else None
    if action is None:
        return None
    curves = {curve.data_path: curve for curve in compat.curves(action)}
    found = [curve for name in CONTACT_POINTS if (curve := curves.get(f'["contact_{name}"]')) is not None]
    if len(found) < len(CONTACT_POINTS):
        return None
    return np.stack([sample(curve, frames) for curve in found], axis=1)
