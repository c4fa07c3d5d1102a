"""Writes an edited motion over the curves of its actor, in bulk, and only where something changed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
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
from . import names
from .motion import bone_rotations, root_locations
from .rig import rest_rotations
from .takes import action_of, skins

Array = Any

SCALE = "actor_scale"


@dataclass
class Written:
    """What an actor's curves show, by data path: the frames of the keys, and the part of the motion they come from.

    Forgotten when Blender replaces its data.
    """

    channels: dict[str, tuple[Array, Array]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Channel:
    """``source`` (N, …) is the part of the motion that the curves come from; ``values`` makes what they hold, (N, D).

    ``keyed``: indices of the frames that keep a key, None for all.
    """

    path: str
    group: str
    source: Array
    values: Callable[[], Array]
    keyed: Array | None = None


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
    for channel in _channels(actor, motion, frames, kept):
        if _write(actor, channel, frames, written):
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


def _channels(actor: bpy.types.Object, motion: Motion, frames: Array, kept: Keys | None) -> Iterator[_Channel]:
    """Every channel of an actor."""
    rest = rest_rotations(actor)
    own = Timing(frames, np.arange(len(frames)), np.arange(len(frames)), np.zeros(len(frames)), constant=True)
    root = SMPLH_JOINTS[0]
    head = np.array(actor.data.bones[root].head_local)
    yield _Channel(
        f'pose.bones["{root}"].location',
        root,
        np.column_stack([motion.pelvis, np.full(len(frames), motion.scale)]),  # the bone's head moves with the scale
        lambda: root_locations(motion.pelvis, np.zeros(3), head, rest[0], own),
        kept.body if kept else None,
    )
    for j, name in enumerate(SMPLH_JOINTS):
        yield _Channel(
            f'pose.bones["{name}"].rotation_quaternion',
            name,
            motion.rotations[:, j],
            lambda j=j: bone_rotations(motion.rotations[:, j], rest[j], j == 0, own),
            kept.of_joint(j) if kept else None,
        )
    measured = (
        *((f'pose.bones["{name}"]["{names.CONFIDENCE}"]', name) for name in SMPLH_JOINTS),
        *((f'["{key}"]', names.MEASUREMENT) for key in (*names.CONTACTS, *names.HAND_SCORES, names.PRESENT)),
    )
    columns = (*motion.confidence.T, *motion.contacts.T, *motion.hand_scores.T, motion.present)
    for (path, group), column in zip(measured, columns, strict=True):
        yield _Channel(path, group, column, lambda column=column: column[:, None])


def _write(actor: bpy.types.Object, channel: _Channel, frames: Array, written: Written) -> bool:
    """Writes the curves of a channel; False where they show it already."""
    keyed = channel.keyed
    chosen = frames if keyed is None else frames[keyed]
    before = written.channels.get(channel.path)
    if before is not None and np.array_equal(before[0], chosen) and np.array_equal(before[1], channel.source):
        return False
    action: Any = action_of(actor)
    values = channel.values()
    per_frame = None if keyed is None else slopes(values, frames)
    interpolation = "CONSTANT" if channel.path == f'["{names.PRESENT}"]' else "LINEAR"
    for index in range(values.shape[1]):
        curve = compat.find_curve(action, channel.path, index)
        if curve is None:
            curve = compat.add_curve(action, channel.path, index, channel.group)
        if keyed is None or per_frame is None:
            compat.rewrite_keys(curve, chosen, values[:, index], interpolation=interpolation)
        else:
            compat.rewrite_keys(curve, chosen, values[keyed, index], per_frame[keyed, index])
    written.channels[channel.path] = (chosen, channel.source)
    return True
