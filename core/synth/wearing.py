"""A fitted motion worn by another body: the path in proportion to its legs, its feet planted, and what that costs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..fit.rig import BODY, forward
from ..rotation import normalise
from ..skeleton import JOINT_INDEX
from .fitting import FITTED, Fit
from .footing import SIDES, Soles, leg_length, plant_feet, resting

Array = NDArray[np.floating]

_J = JOINT_INDEX


def wear(fit: Fit, joints: dict[str, Array], soles: Soles, fps: float) -> tuple[Array, Array, Array]:
    """The fitted motion on another body: rotations (T, 22, 3, 3), transl (T, 3) m, and what that costs.

    The path grows with the legs, so that steps stay steps; then the feet are planted. The cost (T, 14) m is each
    joint's distance, about the hips' middle, from where the tracks' bones would put it with this body's lengths.
    """
    scale = sum(soles.leg(side) for side in SIDES) / sum(leg_length(fit.rest, side) for side in SIDES)
    floor = min(_standing_height(joints[f"{side[0]}_ankle"], fps) for side in SIDES)
    ankle = np.mean([soles.rest[_J[f"{side}_ankle"]][1] for side in SIDES]) - soles.sole
    pelvis = (fit.rest[0] + fit.transl - [0, 0, floor]) * scale + [0, 0, ankle]
    rests = {}
    for side in SIDES:
        heel = joints[f"{side[0]}_ankle"]
        rests[side] = resting(heel, joints.get(f"{side[0]}_toe", heel), fps)
    rotations, transl = plant_feet(fit.rotations, pelvis - soles.rest[0], soles, rests, fps)
    _, placed = forward(rotations, soles.rest[:BODY], transl)
    worn = placed[:, [_J[ours] for ours, _ in FITTED]]
    hips = [i for i, (ours, _) in enumerate(FITTED) if ours.endswith("_hip")]
    worn = worn - worn[:, hips].mean(axis=1, keepdims=True)
    return rotations, transl, np.linalg.norm(worn - _laid_bones(joints, fit.rest, soles.rest), axis=-1)


def _standing_height(ankle: Array, fps: float) -> float:
    """Height of a track while it hardly moves: the ankle's in a standing foot."""
    speed = np.linalg.norm(np.gradient(ankle, 1 / fps, axis=0), axis=1) if len(ankle) > 1 else np.zeros(1)
    slow = ankle[speed <= max(0.15, float(np.percentile(speed, 10))), 2]
    return float(np.percentile(slow, 10))


def _laid_bones(joints: dict[str, Array], own: Array, rest: Array) -> Array:
    """Joints (T, 14, 3) of FITTED about the hips' middle: the tracks' directions, a body's lengths."""
    place: dict[str, Array] = {}
    for part in ("hip", "shoulder"):
        across = normalise(joints[f"l_{part}"] - joints[f"r_{part}"])
        half = np.linalg.norm(rest[_J[f"left_{part}"]] - rest[_J[f"right_{part}"]]) / 2
        place[f"l_{part}"], place[f"r_{part}"] = across * half, -across * half
    up = (joints["l_shoulder"] + joints["r_shoulder"] - joints["l_hip"] - joints["r_hip"]) / 2

    def trunk(skeleton: Array) -> float:
        sides = [skeleton[_J[f"{s}_shoulder"]] - skeleton[_J[f"{s}_hip"]] for s in SIDES]
        return float(np.linalg.norm(np.mean(sides, axis=0)))

    for side in ("l", "r"):
        place[f"{side}_shoulder"] = place[f"{side}_shoulder"] + up * trunk(rest) / trunk(own)
        name = {"l": "left", "r": "right"}[side]
        for parent, child, ours in (
            ("hip", "knee", ("hip", "knee")), ("knee", "ankle", ("knee", "ankle")), ("ankle", "toe", ("ankle", "foot")),
            ("shoulder", "elbow", ("shoulder", "elbow")), ("elbow", "wrist", ("elbow", "wrist")),
        ):  # fmt: skip
            if f"{side}_{child}" not in joints:
                place[f"{side}_{child}"] = np.full_like(up, np.nan)
                continue
            length = np.linalg.norm(rest[_J[f"{name}_{ours[1]}"]] - rest[_J[f"{name}_{ours[0]}"]])
            bone = normalise(joints[f"{side}_{child}"] - joints[f"{side}_{parent}"])
            place[f"{side}_{child}"] = place[f"{side}_{parent}"] + bone * length
    return np.stack([place[theirs] for _, theirs in FITTED], axis=1)
