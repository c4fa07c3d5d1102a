"""Edits of time: trim, retime, reverse, loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..rotation import quaternion_conjugate, quaternion_multiply, slerp
from .base import Edit, frames_in, number, soft_step
from .motion import JOINTS, PER_FRAME, Motion, rotate

Array = NDArray[Any]


@dataclass(frozen=True)
class Trim(Edit):
    """Keeps the range; its frames stay where they are on the time line."""

    kind: ClassVar[str] = "trim"
    label: ClassVar[str] = "Trim"

    def edited(self, motion: Motion) -> Motion:
        inside = frames_in(motion, self)
        return motion.take(np.arange(inside.start, inside.stop))


@dataclass(frozen=True)
class Retime(Edit):
    """Plays the range at ``speed`` times its speed; what follows moves along. New frames have the take's rate."""

    kind: ClassVar[str] = "retime"
    label: ClassVar[str] = "Change speed"

    speed: float = number(1.0, 0.05, 20)

    def edited(self, motion: Motion) -> Motion:
        inside = frames_in(motion, self)
        if self.speed == 1.0 or inside.stop - inside.start < 2:
            return motion
        times = motion.timestamps
        first, last = float(times[inside.start]), float(times[inside.stop - 1])
        # Whole frames only, so that what follows stays on whole frames too.
        span = max(1, round((last - first) / self.speed / motion.frame_s)) * motion.frame_s
        moved = first + span - last
        steps = first + motion.frame_s * np.arange(round(span / motion.frame_s) + 1)
        source = first + (steps - first) * (last - first) / span
        new = np.concatenate([times[: inside.start], steps, times[inside.stop :] + moved])
        old = np.concatenate([times[: inside.start], source, times[inside.stop :]])
        return motion.at(old, new)


@dataclass(frozen=True)
class Reverse(Edit):
    """Plays the range backwards."""

    kind: ClassVar[str] = "reverse"
    label: ClassVar[str] = "Reverse"

    def edited(self, motion: Motion) -> Motion:
        inside = frames_in(motion, self)
        frames = np.arange(motion.frame_count)
        frames[inside] = frames[inside][::-1]
        times = np.array(motion.timestamps)
        times[inside] = times[inside.start] + times[inside.stop - 1] - times[inside][::-1]
        return motion.take(frames).replace(timestamps=times)


@dataclass(frozen=True)
class Loop(Edit):
    """Makes the range a cycle and plays it ``repeats`` times; what lies outside the range is left out.

    Over its last ``blend_s`` seconds the motion bends towards its own first pose. With ``travel`` the person goes on
    from where the cycle before ended, in its direction; without, every cycle ends where it began.
    """

    kind: ClassVar[str] = "loop"
    label: ClassVar[str] = "Loop"

    blend_s: float = number(0.5, 0, 10)
    repeats: float = number(1, 1, 100)
    travel: bool = True

    def edited(self, motion: Motion) -> Motion:
        inside = frames_in(motion, self)
        cycle = motion.take(np.arange(inside.start, inside.stop))
        if cycle.frame_count < 3:
            raise BadInputError("Loop: a cycle needs at least three frames.", "Widen its range.")
        turn, moved = self._advance(cycle)
        cycle = self._closed(cycle, turn, moved)
        return self._repeated(cycle, turn, moved)

    def _advance(self, cycle: Motion) -> tuple[Array, Array]:
        """What a cycle adds to the person's place: a turn about the vertical (4,), and where its first pelvis gets."""
        if not self.travel:
            return np.array([1.0, 0, 0, 0]), cycle.pelvis[0]
        turn = vertical_turn(cycle.rotations[0, 0], cycle.rotations[-1, 0])
        end = np.array([*cycle.pelvis[-1, :2], cycle.pelvis[0, 2]])
        return turn, end

    def _closed(self, cycle: Motion, turn: Array, end: Array) -> Motion:
        blend = min(self.blend_s, cycle.duration)
        left = cycle.timestamps[-1] - cycle.timestamps
        weight = soft_step(np.clip(1 - left / max(blend, 1e-9), 0.0, 1.0))
        goal = cycle.rotations[0].copy()
        goal[0] = quaternion_multiply(turn, goal[0])
        # The whole difference at the seam, spread over the blend: the detail of the motion stays.
        local = quaternion_multiply(quaternion_conjugate(cycle.rotations[-1]), goal)
        share = np.repeat(weight[:, None], JOINTS, axis=1)
        none = np.zeros_like(cycle.rotations)
        none[..., 0] = 1.0
        part = slerp(none, np.broadcast_to(local, none.shape), share)
        return cycle.replace(
            rotations=quaternion_multiply(cycle.rotations, part),
            pelvis=cycle.pelvis + weight[:, None] * (end - cycle.pelvis[-1]),
        )

    def _repeated(self, cycle: Motion, turn: Array, end: Array) -> Motion:
        count = round(self.repeats)
        if count == 1:
            return cycle
        first = cycle.pelvis[0]
        pieces = [cycle]
        rotation, place = turn, end
        # The last frame of a cycle is the first of the next: it is written once.
        body = cycle.take(np.arange(1, cycle.frame_count))
        for number_ in range(1, count):
            rotations = body.rotations.copy()
            rotations[:, 0] = quaternion_multiply(rotation, rotations[:, 0])
            pelvis = place + rotate(rotation, body.pelvis - first)
            pieces.append(
                body.replace(rotations=rotations, pelvis=pelvis, timestamps=body.timestamps + number_ * cycle.duration)
            )
            place = place + rotate(rotation, end - first)
            rotation = quaternion_multiply(turn, rotation)
        return joined(pieces)


def vertical_turn(source: Array, target: Array) -> Array:
    """The turn about the world's vertical (…, 4) that best takes orientations (…, 4) ``source`` to ``target``.

    It is the twist about z of the rotation between them (swing-twist decomposition).
    """
    between = quaternion_multiply(target, quaternion_conjugate(source))
    twist = between * np.array([1.0, 0, 0, 1])
    length = np.linalg.norm(twist, axis=-1, keepdims=True)
    return np.where(length > 1e-9, twist / np.maximum(length, 1e-9), np.array([1.0, 0, 0, 0]))


def joined(pieces: list[Motion]) -> Motion:
    """Motions one after another; their times must increase."""
    return pieces[0].replace(
        timestamps=np.concatenate([piece.timestamps for piece in pieces]),
        **{name: np.concatenate([getattr(piece, name) for piece in pieces]) for name in PER_FRAME},
    )
