"""Hands that touch go on touching: what they rest on, and each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import slots
from ..anatomy import Anatomy
from ..mapping import BoneMap
from ..motion import RigMotion
from . import contacts
from .curves import runs, smooth_step, through_gaps
from .ground import Scaling
from .leaning import lean
from .limbs import reach
from .pose import Pose

Array = NDArray[np.floating]

_FADE = 0.3  # s over which an arm goes to what it touches, and leaves it
_CLASPED, _APART = 0.10, 0.22  # m between palms: held as they are, let go


def hold(
    source: RigMotion, source_map: BoneMap, source_anatomy: Anatomy, frames: dict[str, Array], pose: Pose, scale: Scaling
) -> Pose:
    """The pose with palms where they belong; ``frames`` are the source's."""
    palms = {
        side: contacts.points_of(
            source, source_map, f"{side}_hand", frames[f"{side}_hand"],
            contacts.palm_point(source.rig, source_map, source_anatomy, side),
        )
        for side in slots.SIDES
    }  # fmt: skip
    own = {side: contacts.palm_point(pose.rig, pose.bone_map, pose.anatomy, side) for side in slots.SIDES}
    now = {side: pose.end(f"{side}_hand", own[side]) for side in slots.SIDES}
    moves = _together(palms, now, own, source_anatomy)
    held = {}
    for side in slots.SIDES:
        flags = contacts.measured(source, 4 + slots.SIDES.index(side))
        if flags is None:
            flags = contacts.resting(palms[side], source.fps, source.rig.floor)
        held[side] = flags
        goal = np.zeros_like(palms[side])
        for begin, end in runs(flags):
            goal[begin:end] = scale.surface(palms[side][begin:end].mean(axis=0))
        off = np.where(flags[:, None], goal - now[side], 0.0)
        resting = through_gaps(off, flags, max(1, round(_FADE * source.fps)))
        share = np.linalg.norm(through_gaps(np.where(flags, 1.0, 0.0)[:, None], flags, round(_FADE * source.fps)), axis=1)
        moves[side] = resting + (1 - np.clip(share, 0, 1))[:, None] * moves[side]
    if not any(np.any(move) for move in moves.values()):
        return pose
    goals = {side: pose.joint(f"{side}_hand") + moves[side] for side in slots.SIDES}
    weights = {side: np.clip(np.linalg.norm(moves[side], axis=1) / 1e-3, 0, 1) for side in slots.SIDES}
    pose = lean(pose, goals, weights, source.fps)
    changed: dict[str, Array] = {}
    for side in slots.SIDES:
        upper, lower, hand = (f"{side}_{part}" for part in slots.ARM[1:])
        # An elbow bends about the arm's own vertical: forward.
        hinge = pose.frames[upper][..., 2] * (-1.0 if side == "left" else 1.0)
        goal = pose.joint(hand) + weights[side][:, None] * (goals[side] - pose.joint(hand))
        first, second = reach(pose.joint(upper), pose.joint(lower), pose.joint(hand), goal, hinge)
        changed.update({upper: first @ pose.frames[upper], lower: second @ pose.frames[lower]})
    return pose.changed(changed)


def _together(
    palms: dict[str, Array], now: dict[str, Array], own: dict[str, Array], anatomy: Anatomy
) -> dict[str, Array]:
    """Moves (T, 3) m of both hands that give near palms the distance of the source's, in the size of the hands."""
    left, right = slots.SIDES
    between = palms[left] - palms[right]
    near = smooth_step((_APART - np.linalg.norm(between, axis=1)) / (_APART - _CLASPED))[:, None]
    size = np.mean([anatomy.lengths[f"{side}_hand"] for side in slots.SIDES])
    grown = np.mean([np.linalg.norm(own[side]) for side in slots.SIDES]) / max(0.5 * size, 1e-6)
    short = near * (between * grown - (now[left] - now[right])) / 2
    return {left: short, right: -short}
