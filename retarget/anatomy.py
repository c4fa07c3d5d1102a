"""Frames that mean the same on every rig: where each part of a person points at rest, whatever its bone axes are.

A part's frame is the identity, seen from the body's own axes (x to its left, y to its back, z up), when the person
stands in T-pose: arms out to the sides with palms down, legs straight down, feet ahead, fingers stretched. A rig whose
rest pose is another one (A-pose, bent elbows, curled fingers) has frames turned against the body's. So what a rest pose
hides is in the frames, and two rigs whose frames agree in the world look alike.

Trunk, head and collar bones have the body's own axes: their rest is taken to be upright, since the slant of a spine's
or neck's bones says how a rig was built and not how its owner stands. Feet are taken to stand flat, turned by their
toes.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BadInputError
from ..core.rotation import normalise, rotation_between
from . import slots
from .mapping import BoneMap
from .rig import Rig

Array = NDArray[np.floating]

UP = np.array([0.0, 0, 1])
_ALONG = {"arm": np.array([1.0, 0, 0]), "leg": np.array([0.0, 0, -1]), "thumb": normalise(np.array([1.0, -1, 0]))}
_MIRROR = np.array([-1.0, 1, 1])
_SHORTEST = 1e-5  # m, below which two joints give no direction
_TILTED = np.cos(np.radians(20))


@dataclass(frozen=True, eq=False)
class Anatomy:
    """``body`` (3, 3): the body's axes at rest as columns, in the world; ``frames`` by slot (3, 3), likewise;
    ``lengths`` by slot (m): to the next part of the limb, 0 where there is none."""

    body: Array
    frames: dict[str, Array]
    lengths: dict[str, float]


def along(slot: str) -> Array:
    """(3,) direction of a limb's part in T-pose, in its own frame."""
    side, _, part = slot.partition("_")
    if part in slots.ARM or part.rpartition("_")[0] in slots.FINGERS:
        direction = _ALONG["thumb" if part.startswith("thumb") else "arm"]
        return direction if side == "left" else direction * _MIRROR
    return _ALONG["leg"]


def measure(rig: Rig, bone_map: BoneMap, knuckles: bool = True) -> Anatomy:
    """Frames of all mapped parts.

    ``knuckles``: hands are turned by the line of their knuckles; else as the forearm is, palms down in T-pose. Both
    rigs of a retarget should be measured alike. Raises BadInputError where hips or shoulders give no left and right.
    """
    body = body_axes(rig, bone_map)
    head = {slot: rig.heads[rig.index[bone_map.first(slot)]] for slot in bone_map.bones}
    frames = {
        slot: body for slot in bone_map.bones if slots.side_of(slot) is None or slot.endswith(("shoulder", "eye"))
    }
    lengths = dict.fromkeys(bone_map.bones, 0.0)
    for side in slots.SIDES:
        for limb, base in ((slots.ARM[1:], body), (slots.LEG[:2], body)):
            frame = base
            for part in limb:
                slot = f"{side}_{part}"
                reach = _reach(rig, bone_map, slot, head)
                ahead = _next(slot, head)
                lengths[slot] = float(np.linalg.norm(reach if ahead is None else ahead - head[slot]))
                frame = _turned(frame, along(slot), reach)
                if part == "hand" and knuckles:
                    frame = _by_knuckles(frame, side, head, reach)
                frames[slot] = frame
        for part in ("foot", "toes"):
            slot = f"{side}_{part}"
            if slot in head:
                reach = _reach(rig, bone_map, slot, head)
                lengths[slot] = float(np.linalg.norm(reach))
                frames[slot] = _flat(body, reach) if part == "foot" else frames[f"{side}_foot"]
        for name in slots.FINGERS:
            frame = frames[f"{side}_hand"]
            for slot in (f"{side}_{name}_{i}" for i in range(4)):
                if slot in head:
                    if slot.endswith("_0"):
                        frames[slot] = frames[f"{side}_hand"]
                        continue
                    reach = _reach(rig, bone_map, slot, head)
                    lengths[slot] = float(np.linalg.norm(reach))
                    frames[slot] = frame = _turned(frame, along(slot), reach)
    return Anatomy(body, frames, lengths)


def has_knuckles(bone_map: BoneMap) -> bool:
    """Whether both hands have an index finger and a ring or little finger."""
    return all(f"{side}_index_1" in bone_map.bones and _outer(side, bone_map.bones) is not None for side in slots.SIDES)


def body_axes(rig: Rig, bone_map: BoneMap) -> Array:
    """(3, 3): columns to the body's left, back and up at rest, in the world; up is the world's for rigs that stand."""
    head = {slot: rig.heads[rig.index[bone_map.first(slot)]] for slot in bone_map.bones}
    across = sum(
        (head[f"left_{p}"] - head[f"right_{p}"] for p in ("upper_leg", "upper_arm") if f"left_{p}" in head),
        np.zeros(3),
    )
    rising = normalise(head["head"] - (head["left_foot"] + head["right_foot"]) / 2)
    up = UP if rising[2] > _TILTED else rising
    left = across - up * (across @ up)
    if np.linalg.norm(left) < _SHORTEST:
        raise BadInputError(
            "Left and right hips and shoulders lie on one another.", "Check the bones mapped to upper arms and legs."
        )
    left = normalise(left)
    return np.stack([left, np.cross(up, left), up], axis=1)


def _reach(rig: Rig, bone_map: BoneMap, slot: str, head: dict[str, Array]) -> Array:
    """(3,) from a part's joint to its end."""
    start, bone = head[slot], rig.index[bone_map.bones[slot]]
    ahead = _next(slot, head)
    if ahead is not None and np.linalg.norm(ahead - start) > _SHORTEST:
        return ahead - start
    free = [c for c in rig.children[bone] if np.linalg.norm(rig.heads[c] - start) > _SHORTEST]
    if len(free) == 1 and slot.rpartition("_")[2].isdigit():
        return rig.heads[free[0]] - start  # a finger's tip bone
    before = slots.nearest_above(slot, head)
    if before is not None and slot.endswith("hand"):
        return 0.35 * (start - head[before])  # without fingers to tell, hands are straight at rest
    if rig.points_along_tails and rig.lengths[bone] > _SHORTEST:
        return rig.tails[bone] - start
    if before is not None and slot.endswith("toes"):
        step = start - head[before]
        return np.array([step[0], step[1], 0.0]) * 0.5
    if before is not None and np.linalg.norm(start - head[before]) > _SHORTEST:
        # The bone's own axis along its limb is that of the bone before it.
        parent = rig.index[bone_map.bones[before]]
        return 0.8 * rig.rotations[bone] @ (rig.rotations[parent].T @ (start - head[before]))
    return rig.tails[bone] - start


def _next(slot: str, head: dict[str, Array]) -> Array | None:
    side, _, part = slot.partition("_")
    if part == "hand":
        knuckles = [head[s] for s in (f"{side}_{f}_1" for f in slots.FINGERS[1:]) if s in head]
        middle = head.get(f"{side}_middle_1")
        return middle if middle is not None else (np.mean(knuckles, axis=0) if knuckles else None)
    if part in slots.ARM or part in slots.LEG:
        limb = slots.ARM if part in slots.ARM else slots.LEG
        place = limb.index(part) + 1
        return head.get(f"{side}_{limb[place]}") if place < len(limb) else None
    name, _, number = part.rpartition("_")
    later = (head.get(f"{side}_{name}_{i}") for i in range(int(number) + 1, 4))
    return next((point for point in later if point is not None), None)


def _turned(frame: Array, direction: Array, reach: Array) -> Array:
    """``frame`` turned the shortest way so that ``direction``, in it, points along ``reach``, in the world."""
    if np.linalg.norm(reach) < _SHORTEST:
        return frame
    return rotation_between(frame @ direction, normalise(reach)) @ frame


def _by_knuckles(frame: Array, side: str, head: dict[str, Array], reach: Array) -> Array:
    outer = _outer(side, head)
    index = head.get(f"{side}_index_1")
    if index is None or outer is None or np.linalg.norm(reach) < _SHORTEST:
        return frame
    x = normalise(reach) * (1.0 if side == "left" else -1.0)
    y = head[outer] - index
    y = y - x * (x @ y)
    if np.linalg.norm(y) < _SHORTEST:
        return frame
    y = normalise(y)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def _outer(side: str, present: Container[str]) -> str | None:
    """The knuckle opposite the index finger's."""
    return next((s for s in (f"{side}_little_1", f"{side}_ring_1") if s in present), None)


def _flat(body: Array, reach: Array) -> Array:
    """Axes of a foot that stands flat with its toes along ``reach``."""
    up = body[:, 2]
    ahead = reach - up * (up @ reach)
    if np.linalg.norm(ahead) < _SHORTEST or (ahead @ body[:, 1]) > 0:
        return body  # toes that point nowhere or back are no toes
    back = -normalise(ahead)
    return np.stack([np.cross(back, up), back, up], axis=1)
