"""Baking: what a guide does to a rig's controls becomes keys on them."""

from __future__ import annotations

from collections.abc import Callable, Generator

import bpy
import numpy as np
from mathutils import Matrix

from ...core.errors import BadInputError
from ...core.rotation import continuous_quaternions
from ...retarget.motion import BoneTracks
from .bone_keys import filled_action, key_tracks
from .controls import detach, guide_of
from .playing import played_steps


def bake_steps(
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    first: int,
    last: int,
    name: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Generator[None, None, bpy.types.Action]:
    """Keys on the controls that hold what the guide moves them to, in a new action; the guide is taken away.

    In short pieces of work; closed before the last of them, nothing has changed. ``progress(done, total)`` tells of the
    frames. Raises BadInputError where no guide moves the armature.
    """
    guide = guide_of(armature)
    if guide is None:
        raise BadInputError(f"Nothing moves the controls of {armature.name}.", "Retarget onto it first, live.")
    controls, frames = tuple(bone.name for bone in guide.data.bones), np.arange(first, last + 1)
    tracks = yield from _played_steps(armature, scene, controls, frames, progress)
    with filled_action(armature, name) as action:
        for control in controls:
            key_tracks(armature, action, controls, tracks, 1.0, frames.astype(np.float64), (control,))
            yield
        detach(armature)
    scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)
    return action


def _played_steps(
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    controls: tuple[str, ...],
    frames: np.ndarray,
    progress: Callable[[int, int], None],
) -> Generator[None, None, BoneTracks]:
    """What each control must store to stand where it stands: its pose against its parent's, and its own rest."""
    quaternions = np.empty((len(frames), len(controls), 4))
    locations = np.empty((len(frames), len(controls), 3))

    def read(i: int, evaluated: bpy.types.Object) -> None:
        bones = evaluated.pose.bones
        for j, name in enumerate(controls):
            basis = _basis(bones[name])
            quaternions[i, j] = basis.to_quaternion()[:]
            locations[i, j] = basis.translation[:]
        progress(i + 1, len(frames))

    yield from played_steps(armature, scene, frames, read)
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
