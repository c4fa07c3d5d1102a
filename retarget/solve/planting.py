"""Feet that stand stay where they stand, whatever the target's legs measure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import axis_angle_to_matrix, matrix_to_axis_angle, rotation_between
from .. import slots
from ..anatomy import Anatomy
from ..mapping import BoneMap
from ..motion import RigMotion
from . import contacts
from .curves import envelope, runs, slowed, through_gaps
from .ground import Scaling
from .limbs import bend_at, bend_speed, distance_at, drop_needed, reach
from .pose import Pose

Array = NDArray[np.floating]
Flags = NDArray[np.bool_]

_BLEND = 0.12  # s, the least over which a foot levels itself before it lies flat, and lets go after
_LEVELLING = np.radians(30)  # /s, the most that it turns for that
_BRIDGE = 0.05  # s between contacts of one stance
_REACH = 0.998  # of a leg's length that the hips leave it: straighter knees snap
_SETTLE = 0.35  # s over which hips come down to where both feet can be reached
_ROUNDS, _CLOSE = 5, 2e-4  # of coming down; m that are not worth another


@dataclass(frozen=True, eq=False)
class Footprint:
    """One foot's plan: ``ankle`` (T, 3) m and ``frame`` (T, 3, 3) to reach; ``heel`` and ``ball`` (T,) in contact;
    ``knee_speed``: rad/s that the knee may turn with."""

    ankle: Array
    frame: Array
    heel: Flags
    ball: Flags
    knee_speed: float


def footprints(
    source: RigMotion,
    source_map: BoneMap,
    source_anatomy: Anatomy,
    frames: dict[str, Array],
    pose: Pose,
    scale: Scaling,
) -> dict[str, Footprint]:
    """Both feet's plans by side; ``frames`` are the source's."""
    return {
        side: footprint(side, source, source_map, source_anatomy, frames[f"{side}_foot"], pose, scale)
        for side in slots.SIDES
    }


def stand(pose: Pose, prints: dict[str, Footprint], fps: float) -> Pose:
    """The pose with its feet as planned. Hips come down where legs would be too short."""
    pose = pose.changed({}, pose.centre - _drop(pose, prints, fps)[:, None] * np.array([0.0, 0, 1]))
    changed: dict[str, Array] = {}
    for side, plan in prints.items():
        upper, lower, foot, toes = (f"{side}_{part}" for part in slots.LEG)
        first, second = reach(
            pose.joint(upper), pose.joint(lower), pose.joint(foot), plan.ankle, pose.frames[upper][..., 0]
        )
        changed.update({upper: first @ pose.frames[upper], lower: second @ pose.frames[lower], foot: plan.frame})
        if toes in pose.frames:  # they bend against the foot as they did
            changed[toes] = plan.frame @ np.swapaxes(pose.frames[foot], -1, -2) @ pose.frames[toes]
    return pose.changed(changed)


def footprint(
    side: str,
    source: RigMotion,
    source_map: BoneMap,
    source_anatomy: Anatomy,
    frames: Array,
    pose: Pose,
    scale: Scaling,
) -> Footprint:
    """Where a foot goes: through the source's steps in proportion, over its own heel and ball where it stands.

    Heel and ball get a place of their own each time they touch down; within one stance each new place is where the foot
    has brought the point, so a foot rolls over its length however that differs from the source's.
    """
    slot = f"{side}_foot"
    offsets = contacts.sole_points(source.rig, source_map, source_anatomy, side)
    points = [contacts.points_of(source, source_map, slot, frames, offset) for offset in offsets]
    flags = []
    for i, point in enumerate(points):
        found = contacts.measured(source, 2 * slots.SIDES.index(side) + i)
        flags.append(contacts.resting(point, source.fps, source.rig.floor) if found is None else found)
    heel, ball = contacts.sole_points(pose.rig, pose.bone_map, pose.anatomy, side)
    near = contacts.NEAR * max(1.0, scale.scale)  # what is near the source's floor is near a tall target's
    frame, goal, stands = _stances(
        [scale.surface(p) for p in points], flags, pose.frames[slot], (heel, ball), (pose.rig.floor, near), source.fps
    )
    natural = scale.joint(source.heads[:, source.rig.index[source_map.bones[slot]]])
    ankle = natural + through_gaps(goal - natural, stands)
    lowest = np.minimum(*((ankle + frame @ offset)[:, 2] for offset in (heel, ball)))
    ankle[:, 2] += np.maximum(pose.rig.floor - lowest, 0.0)
    hip, knee, foot = (source.heads[:, source.rig.index[source_map.first(f"{side}_{part}")]] for part in slots.LEG[:3])
    return Footprint(ankle, frame, flags[0], flags[1], bend_speed(hip, knee, foot, source.fps))


def _stances(
    points: list[Array],
    flags: list[Flags],
    frame: Array,
    offsets: tuple[Array, Array],
    ground: tuple[float, float],
    fps: float,
) -> tuple[Array, Array, Flags]:
    """Frames that lie flat where both points rest, goals of the ankle (T, 3) and where they hold (T,); ``ground``: the
    floor's height and how near it is part of it."""
    stands = flags[0] | flags[1]
    length = float(np.linalg.norm(offsets[1] - offsets[0]))
    anchors = [np.full(p.shape, np.nan) for p in points]
    for begin, end in runs(stands, round(_BRIDGE * fps)):
        starts = sorted((a, b, k) for k in (0, 1) for a, b in runs(flags[k][begin:end]))
        for a, b, k in starts:
            rows, other = slice(begin + a, begin + b), 1 - k
            height = _height(points[k][rows], *ground)
            held = anchors[other][begin + a]
            if np.isfinite(held).all():
                way = frame[begin + a] @ (offsets[k] - offsets[other])
                place = held + length * contacts.level(way)
            elif a and np.isfinite(before := _last(anchors, begin, begin + a)).all():
                place = before[k]
            else:
                place = points[k][rows].mean(axis=0)
            anchors[k][rows] = [place[0], place[1], height]
    both = flags[0] & flags[1]
    lying = np.zeros((len(frame), 3))
    if both.any():
        sole = frame[both] @ (offsets[1] - offsets[0])
        lying[both] = matrix_to_axis_angle(rotation_between(sole, anchors[1][both] - anchors[0][both]))
    # A foot that is far from flat takes longer to get there.
    seconds = np.maximum(_BLEND, 1.5 * np.linalg.norm(lying, axis=1) / _LEVELLING)
    fade = np.maximum(1, np.round(seconds * fps)).astype(int)
    frame = axis_angle_to_matrix(through_gaps(lying, both, fade)) @ frame
    frame = _on_the_floor(frame, offsets[1] - offsets[0], anchors, ground[0])
    goals = [anchor - frame @ offset for anchor, offset in zip(anchors, offsets, strict=True)]
    goal = np.where(flags[1][:, None], goals[1], goals[0])
    return frame, np.where(stands[:, None], goal, 0.0), stands


def _on_the_floor(frame: Array, sole: Array, anchors: list[Array], floor: float) -> Array:
    """Frames turned so that, while one of heel and ball rests, the other does not sink; ``sole``: from heel to ball."""
    heel, ball = (np.isfinite(anchor[:, 0]) for anchor in anchors)
    way = frame @ sole
    lowest = np.where(heel & ~ball, floor - anchors[0][:, 2], -np.inf)
    highest = np.where(ball & ~heel, anchors[1][:, 2] - floor, np.inf)
    height = np.clip(way[:, 2], np.minimum(lowest, highest), highest)
    length = np.linalg.norm(sole)
    flat = way[:, :2] / np.maximum(np.linalg.norm(way[:, :2], axis=1, keepdims=True), 1e-9)
    level = np.sqrt(np.maximum(length**2 - height**2, 0.0))[:, None] * flat
    return rotation_between(way, np.concatenate([level, height[:, None]], axis=1)) @ frame


def _last(anchors: list[Array], begin: int, row: int) -> Array:
    """(2, 3) the last places of heel and ball in this stance before ``row``, NaN where there is none."""
    out = np.full((2, 3), np.nan)
    for k, anchor in enumerate(anchors):
        rows = np.flatnonzero(np.isfinite(anchor[begin:row, 0]))
        if len(rows):
            out[k] = anchor[begin + rows[-1]]
    return out


def _height(points: Array, floor: float, near: float) -> float:
    """Of what a point rests on: the floor where it is near, else a step or a box."""
    height = float(np.median(points[:, 2]))
    return floor if abs(height - floor) < near else height


def _drop(pose: Pose, prints: dict[str, Footprint], fps: float) -> Array:
    """(T,) m that the hips come down, smoothly: so far that legs reach, and that no knee snaps.

    A nearly straight leg turns a millimetre at its ends into degrees at the knee.
    """
    total = np.zeros(len(pose.centre))
    radius = round(_SETTLE * fps)
    for _ in range(_ROUNDS):
        needed = np.zeros_like(total)
        for side, plan in prints.items():
            upper, lower = (pose.anatomy.lengths[f"{side}_{part}"] for part in ("upper_leg", "lower_leg"))
            hip = pose.joint(f"{side}_upper_leg") - total[:, None] * np.array([0.0, 0, 1])
            distance = np.minimum(np.linalg.norm(plan.ankle - hip, axis=1), _REACH * (upper + lower))
            bend = slowed(bend_at(distance, upper, lower), np.full(len(hip) - 1, plan.knee_speed / fps))
            needed = np.maximum(needed, drop_needed(hip, plan.ankle, distance_at(bend, upper, lower)))
        if needed.max() < _CLOSE:
            break
        total += envelope(needed, radius)
    return total
