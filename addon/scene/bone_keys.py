"""Keys of a retarget, written in bulk, in whatever way each bone keeps its rotation."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator

import bpy
import numpy as np
from mathutils import Quaternion

from ...core.rotation import continuous_quaternions, matrix_to_quaternion, quaternion_to_axis_angle
from ...retarget.motion import BoneTracks, RigMotion, to_tracks
from ...retarget.solve.ground import Way
from .. import compat
from ..slices import at_once
from .rigs import ArmatureRig

Array = np.ndarray

_STILL = 1e-5  # m: bones that move less are not keyed in place
_PATHS = {"QUATERNION": "rotation_quaternion", "AXIS_ANGLE": "rotation_axis_angle"}


def key_motion(
    target: ArmatureRig, motion: RigMotion, first: int, name: str, bones: Iterable[str], way: Way | None = None
) -> bpy.types.Action:
    """A new action on the target with ``bones`` of ``motion`` keyed at every frame from ``first`` on.

    ``way``: what the armature object itself is moved by. The target plays the action; one that it played before is kept
    with a fake user.
    """
    return at_once(key_motion_steps(target, motion, first, name, bones, way))


def key_motion_steps(
    target: ArmatureRig, motion: RigMotion, first: int, name: str, bones: Iterable[str], way: Way | None = None
) -> Generator[None, None, bpy.types.Action]:
    """``key_motion`` in short pieces of work; closed before the last of them, nothing has changed."""
    tracks = to_tracks(motion)
    yield
    frames = np.arange(first, first + motion.frame_count, dtype=np.float64)
    with filled_action(target.armature, name) as action:
        for bone in bones:
            key_tracks(target.armature, action, motion.rig.names, tracks, target.scale, frames, (bone,))
            yield
        if way is not None:
            _key_way(target.armature, action, way, frames)
    return action


@contextlib.contextmanager
def filled_action(armature: bpy.types.Object, name: str) -> Iterator[bpy.types.Action]:
    """A new action to write keys into, which the armature plays once that is done; an error takes it away.

    One that the armature played before is kept with a fake user.
    """
    action = compat.spare_action(name, armature)
    try:
        yield action
    except BaseException:
        bpy.data.actions.remove(action)
        raise
    former = armature.animation_data.action if armature.animation_data else None
    if former is not None:
        former.use_fake_user = True
    compat.assign_action(armature, action)


def key_tracks(
    armature: bpy.types.Object,
    action: bpy.types.Action,
    names: tuple[str, ...],
    tracks: BoneTracks,
    scale: float,
    frames: Array,
    bones: Iterable[str],
) -> None:
    """Writes the tracks (N frames) of ``bones``, which are among ``names``, into an action without such curves."""
    row = {name: i for i, name in enumerate(names)}
    for name in bones:
        bone = armature.pose.bones[name]
        path = f'pose.bones["{bpy.utils.escape_identifier(name)}"]'
        attribute, values = rotation_values(bone.rotation_mode, tracks.quaternions[:, row[name]])
        _key(action, f"{path}.{attribute}", name, frames, values)
        locations = tracks.locations[:, row[name]] / scale
        if np.abs(locations).max(initial=0.0) * scale > _STILL:
            _key(action, f"{path}.location", name, frames, locations)


def rotation_values(mode: str, quaternions: Array) -> tuple[str, Array]:
    """Property and values (N, 3 or 4) of unit quaternions (N, 4) in a bone's rotation mode, without jumps."""
    if mode == "QUATERNION":
        return _PATHS[mode], quaternions
    if mode == "AXIS_ANGLE":
        vectors = quaternion_to_axis_angle(quaternions)
        angles = np.linalg.norm(vectors, axis=1, keepdims=True)
        axes = np.where(angles > 1e-9, vectors / np.maximum(angles, 1e-9), [0.0, 1, 0])
        return _PATHS[mode], np.concatenate([angles, axes], axis=1)
    values = np.empty((len(quaternions), 3))
    before = None
    for i, q in enumerate(quaternions):
        euler = Quaternion(q).to_euler(mode, before) if before is not None else Quaternion(q).to_euler(mode)
        values[i], before = euler[:], euler
    return "rotation_euler", values


def _key_way(armature: bpy.types.Object, action: bpy.types.Action, way: Way, frames: Array) -> None:
    """The object's own motion, on top of where it stands."""
    matrix = np.array(armature.matrix_world, np.float64)
    turn = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)
    quaternions = continuous_quaternions(matrix_to_quaternion(way.rotations @ turn))
    attribute, values = rotation_values(armature.rotation_mode, quaternions)
    _key(action, attribute, "Object", frames, values)
    _key(action, "location", "Object", frames, way.points(np.broadcast_to(matrix[:3, 3], way.moves.shape)))


def _key(action: bpy.types.Action, path: str, group: str, frames: Array, values: Array) -> None:
    for index in range(values.shape[1]):
        compat.write_keys(compat.add_curve(action, path, index, group), frames, values[:, index])
