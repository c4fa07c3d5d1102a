"""Hands that touch go on touching: what they rest on, and each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .. import slots
from ..anatomy import Anatomy
from ..mapping import BoneMap
from ..motion import RigMotion
from . import contacts, lap
from .curves import envelope, paced_around, runs, smooth_step, through_gaps
from .ground import Scaling
from .limbs import FURTHEST, bend_at, bend_speed, distance_at, reach
from .pose import Pose

Array = NDArray[np.floating]

_FADE = 0.35  # s over which an arm goes to what it touches, and leaves it
_LAP_FADE = 1.1  # s, for the lap: the way there is longer than the source's
_CLOSE = 1e-6  # rad
_CLASPED, _APART = 0.10, 0.22  # m between palms: held as they are, let go


@dataclass(frozen=True, eq=False)
class Grip:
    """Where a wrist should be, ``goal`` (T, 3) m, and how much that counts, ``weight`` (T,) 0…1; ``elbow_speed``:
    rad/s that the elbow may turn with on the way there and back."""

    goal: Array
    weight: Array
    elbow_speed: float


def grips(
    source: RigMotion,
    source_map: BoneMap,
    source_anatomy: Anatomy,
    frames: dict[str, Array],
    pose: Pose,
    scale: Scaling,
) -> dict[str, Grip]:
    """Both hands' goals by side; ``frames`` are the source's, ``pose`` the target's with hands not held yet.

    A palm that rests on something rests on the same place, in proportion, or on the same place of one's own thigh;
    palms near one another keep their distance in the size of the hands.
    """
    palms = {
        side: contacts.points_of(
            source, source_map, f"{side}_hand", frames[f"{side}_hand"],
            contacts.palm_point(source.rig, source_map, source_anatomy, side),
        )
        for side in slots.SIDES
    }  # fmt: skip
    own = {side: contacts.palm_point(pose.rig, pose.bone_map, pose.anatomy, side) for side in slots.SIDES}
    now = {side: pose.end(f"{side}_hand", own[side]) for side in slots.SIDES}
    size = float(np.linalg.norm(own["left"])) / max(
        float(np.linalg.norm(contacts.palm_point(source.rig, source_map, source_anatomy, "left"))), 1e-6
    )
    clasped, near = _together(palms, now, size, source.fps)
    found = {}
    for column, side in enumerate(slots.SIDES, 4):
        flags = contacts.measured(source, column)
        if flags is None:
            flags = contacts.resting(palms[side], source.fps, source.rig.floor)
        off, resting = _resting(palms[side], now[side], flags, scale, source.fps)
        leg, lying = lap.on_thigh(source, source_map, palms[side], side)
        thigh = f"{leg}_upper_leg"
        lap_off = lap.moves(
            palms[side],
            (*lap.thigh(source, source_map, leg), frames[thigh]),
            now[side],
            (pose.joint(thigh), pose.joint(f"{leg}_lower_leg"), pose.frames[thigh]),
            lying,
        )
        mixed, weight = _mixed((off, resting), (lap_off, _faded(lying, source.fps, _LAP_FADE)), (clasped[side], near))
        goal = pose.joint(f"{side}_hand") + mixed
        shoulder, elbow, wrist = (
            source.heads[:, source.rig.index[source_map.first(f"{side}_{part}")]] for part in slots.ARM[1:]
        )
        found[side] = Grip(goal, weight, bend_speed(shoulder, elbow, wrist, source.fps))
    return found


def hold(pose: Pose, holds: dict[str, Grip], fps: float) -> Pose:
    """The pose with wrists at their goals as far as these count; hands keep their turn in the world."""
    changed: dict[str, Array] = {}
    for side, grip in holds.items():
        upper, lower, hand = (f"{side}_{part}" for part in slots.ARM[1:])
        # An elbow bends forward, about the arm's own vertical.
        hinge = pose.frames[upper][..., 2] * (-1.0 if side == "left" else 1.0)
        wrist = pose.joint(hand)
        goal = _unhurried(pose, side, wrist + grip.weight[:, None] * (grip.goal - wrist), grip, fps)
        first, second = reach(pose.joint(upper), pose.joint(lower), wrist, goal, hinge)
        changed.update({upper: first @ pose.frames[upper], lower: second @ pose.frames[lower]})
    return pose.changed(changed)


def _unhurried(pose: Pose, side: str, goal: Array, grip: Grip, fps: float) -> Array:
    """Goals (T, 3) m of a wrist, moved along the arm's line so that the elbow takes its time, but where a hand holds.

    A nearly straight arm turns a millimetre at its ends into degrees at the elbow.
    """
    shoulder = pose.joint(f"{side}_upper_arm")
    lengths = [pose.anatomy.lengths[f"{side}_{part}"] for part in ("upper_arm", "lower_arm")]
    distance = np.linalg.norm(goal - shoulder, axis=1)
    bend = bend_at(np.minimum(distance, FURTHEST * sum(lengths)), *lengths)
    steps = np.full(len(bend) - 1, grip.elbow_speed / fps)
    wanted = np.where(grip.weight >= 1, bend, paced_around(bend, grip.weight >= 1, steps))
    moved = np.abs(wanted - bend) > _CLOSE
    factor = np.where(moved, distance_at(wanted, *lengths) / np.maximum(distance, 1e-9), 1.0)
    return shoulder + factor[:, None] * (goal - shoulder)


def _resting(palm: Array, now: Array, flags: NDArray[np.bool_], scale: Scaling, fps: float) -> tuple[Array, Array]:
    """Moves (T, 3) m of a palm to where it should rest, and their weights (T,)."""
    goal = np.zeros_like(palm)
    for begin, end in runs(flags):
        goal[begin:end] = scale.surface(palm[begin:end].mean(axis=0))
    off = through_gaps(np.where(flags[:, None], goal - now, 0.0), flags)
    return off, _faded(flags, fps, _FADE)


def _faded(flags: NDArray[np.bool_], fps: float, seconds: float) -> Array:
    """(T,) 1 where ``flags``, eased to 0 within ``seconds`` around."""
    weight = through_gaps(flags.astype(float)[:, None], flags, max(1, round(seconds * fps)))[:, 0]
    return np.clip(weight, 0, 1)


def _mixed(*wishes: tuple[Array, Array]) -> tuple[Array, Array]:
    """One move (T, 3) and weight (T,) of several, the first ones first: each takes its share of what is left."""
    left, total = np.ones(len(wishes[0][1])), np.zeros_like(wishes[0][0])
    for move, weight in wishes:
        total += (left * weight)[:, None] * move
        left = left * (1 - weight)
    return total / np.maximum(1 - left, 1e-9)[:, None], 1 - left


def _together(
    palms: dict[str, Array], now: dict[str, Array], size: float, fps: float
) -> tuple[dict[str, Array], Array]:
    """Moves (T, 3) m of both hands that keep the source's distance, ``size`` times it, and their weights (T,)."""
    left, right = slots.SIDES
    between = palms[left] - palms[right]
    near = smooth_step((_APART - np.linalg.norm(between, axis=1)) / (_APART - _CLASPED))
    short = (size * between - (now[left] - now[right])) / 2
    # Hands that fly apart change their distance within a few frames: the move they had is taken back at its own pace.
    short = through_gaps(short, near > 0)
    return {left: short, right: -short}, envelope(near, round(_FADE / 2 * fps))
