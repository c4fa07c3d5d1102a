"""Writes an edited motion over the curves of its actor, in bulk, and only where something changed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ...core.edit.motion import Motion
from ...core.edit.reduce import Keys, reduced, slopes
from ...core.skeleton import SMPLH_JOINTS
from ...core.timebase import Timing, timing
from .. import compat
from . import keys as names
from .motion import bone_rotations, root_locations
from .rig import rest_rotations
from .takes import action_of, skins

Array = Any

SCALE = "actor_scale"


@dataclass
class Written:
    """What an actor's curves hold, by data path: (frames, values (N, D)). Forgotten when Blender replaces its data."""

    channels: dict[str, tuple[Array, Array]] = field(default_factory=dict)


def on_frames(motion: Motion, fps: Fraction, frame_start: int) -> tuple[Array, Motion]:
    """A motion at whole scene frames: the frames (N,) and the motion there.

    ``frame_start`` is the frame of the take's time 0; edits may begin later, and at another rate than the scene's.
    """
    begin = float(motion.timestamps[0]) * float(fps)
    own = timing(motion.timestamps, fps, frame_start)
    if own.constant and abs(begin - round(begin)) < 0.3:
        return own.frames + round(begin), motion
    last = float(motion.timestamps[-1]) * float(fps)
    frames = np.arange(np.ceil(begin - 1e-6), max(np.floor(last + 1e-6), np.ceil(begin - 1e-6)) + 1)
    return frame_start + frames, motion.at(frames / float(fps))


def rekey(
    actor: bpy.types.Object, motion: Motion, fps: Fraction, frame_start: int, written: Written
) -> Generator[None, None, None]:
    """Gives an actor's action the keys of ``motion``, a short piece of work per step.

    Curves that hold these keys already, as ``written`` remembers them, are left alone.
    """
    frames, motion = on_frames(motion, fps, frame_start)
    kept: Keys | None = None
    if motion.key_tolerance_mm > 0:
        kept = yield from reduced(motion)
    yield
    set_scale(actor, motion.scale)
    for path, group, values, keyed in _channels(actor, motion, frames, kept):
        if _write(actor, path, group, frames, values, keyed, written):
            yield


def set_scale(actor: bpy.types.Object, scale: float) -> None:
    """Scales an actor's bones and skins to ``scale`` times the solved body; the object itself stays unscaled, as game
    engines want it.
    """
    factor = scale / float(actor.get(SCALE, 1.0))
    if abs(factor - 1.0) < 1e-9:
        return
    matrix = Matrix.Scale(factor, 4)
    for data in (actor.data, *(skin.data for skin in skins(actor))):
        data.transform(matrix)
    actor[SCALE] = scale


def _channels(
    actor: bpy.types.Object, motion: Motion, frames: Array, kept: Keys | None
) -> Iterator[tuple[str, str, Array, Array | None]]:
    """Data path, group, values (N, D) and the indices that keep a key, of every channel; None keeps all."""
    rest = rest_rotations(actor)
    own = Timing(frames, np.arange(len(frames)), np.arange(len(frames)), np.zeros(len(frames)), constant=True)
    root = SMPLH_JOINTS[0]
    head = np.array(actor.data.bones[root].head_local)
    location = root_locations(motion.pelvis, np.zeros(3), head, rest[0], own)
    yield f'pose.bones["{root}"].location', root, location, kept.body if kept else None
    for j, name in enumerate(SMPLH_JOINTS):
        turned = bone_rotations(motion.rotations[:, j], rest[j], j == 0, own)
        yield f'pose.bones["{name}"].rotation_quaternion', name, turned, kept.of_joint(j) if kept else None
    for j, name in enumerate(SMPLH_JOINTS):
        yield f'pose.bones["{name}"]["{names.CONFIDENCE}"]', name, motion.confidence[:, j, None], None
    measured = (
        *zip(names.CONTACTS, motion.contacts.T, strict=True),
        *zip(names.HAND_SCORES, motion.hand_scores.T, strict=True),
        (names.PRESENT, motion.present),
    )
    for key, values in measured:
        yield f'["{key}"]', names.MEASUREMENT, values[:, None], None


def _write(
    actor: bpy.types.Object,
    path: str,
    group: str,
    frames: Array,
    values: Array,
    keyed: Array | None,
    written: Written,
) -> bool:
    """Writes the curves of a channel; False where they hold these keys already."""
    chosen = frames if keyed is None else frames[keyed]
    before = written.channels.get(path)
    if before is not None and np.array_equal(before[0], chosen) and np.array_equal(before[1], values):
        return False
    action: Any = action_of(actor)
    per_frame = None if keyed is None else slopes(values, frames)
    interpolation = "CONSTANT" if path == f'["{names.PRESENT}"]' else "LINEAR"
    for index in range(values.shape[1]):
        curve = compat.find_curve(action, path, index) or compat.add_curve(action, path, index, group)
        if keyed is None or per_frame is None:
            compat.rewrite_keys(curve, chosen, values[:, index], interpolation=interpolation)
        else:
            compat.rewrite_keys(curve, chosen, values[keyed, index], per_frame[keyed, index])
    written.channels[path] = (chosen, values)
    return True
