"""The whole retarget: one rig's motion on another rig."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import BadInputError
from .. import slots
from ..anatomy import has_knuckles, measure
from ..mapping import BoneMap
from ..motion import RigMotion
from ..rig import Rig
from .carry import follow_rigidly, source_frames, target_frames
from .controls import aim_poles
from .ground import Way, scaling, way_of
from .holding import grips, hold
from .leaning import lean
from .planting import footprints, stand
from .pose import Pose
from .settings import RetargetSettings

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Retargeted:
    """``motion`` of the target; ``way``: what the armature object is moved by on top, where the object carries it."""

    motion: RigMotion
    way: Way | None = None


def retarget(
    source: RigMotion,
    source_map: BoneMap,
    target: Rig,
    target_map: BoneMap,
    settings: RetargetSettings | None = None,
) -> Retargeted:
    """``source`` performed by ``target``.

    Every part of the target comes to lie in the world as the source's does, whatever the rest poses and bone axes of
    both; chains of other counts agree at their ends; proportions stay the target's. Raises BadInputError where a map
    does not fit its rig, naming the bone.
    """
    settings = settings or RetargetSettings()
    source_map.check(source.rig)
    target_map.check(target)
    knuckles = has_knuckles(source_map) and has_knuckles(target_map)
    from_anatomy, to_anatomy = measure(source.rig, source_map, knuckles), measure(target, target_map, knuckles)
    frames = source_frames(source, source_map, from_anatomy)
    scale = scaling((source.rig, source_map, from_anatomy), (target, target_map, to_anatomy), settings.travel)
    hips = [source.heads[:, source.rig.index[source_map.first(f"{side}_upper_leg")]] for side in slots.SIDES]
    pose = Pose(target, target_map, to_anatomy, target_frames(frames, target_map), scale.joint((hips[0] + hips[1]) / 2))
    prints = footprints(source, source_map, from_anatomy, frames, pose, scale) if settings.plant_feet else {}
    pose = stand(pose, prints, source.fps)
    if settings.hold_hands:
        holds = grips(source, source_map, from_anatomy, frames, pose, scale)
        if any(grip.weight.any() for grip in holds.values()):
            # Shoulders come to where arms can reach, feet stay, then arms reach.
            pose = stand(lean(pose, holds, source.fps), prints, source.fps)
            pose = hold(pose, holds, source.fps)
    rotations, heads = pose.bones()
    follow_rigidly(target, target_map, rotations, heads)
    aim_poles(target, target_map, pose.frames, rotations, heads)
    return _with_way(pose, rotations, heads, source, settings)


def _with_way(pose: Pose, rotations: Array, heads: Array, source: RigMotion, settings: RetargetSettings) -> Retargeted:
    rig, bone_map = pose.rig, pose.bone_map
    if settings.root_motion == "hips":
        return Retargeted(RigMotion(rig, rotations, heads, source.fps, source.contacts))
    way = way_of(rig, bone_map, pose.anatomy, pose.frames["hips"], pose.hips)
    if settings.root_motion == "root":
        root = bone_map.bones.get("root")
        if root is None:
            raise BadInputError(
                "The rig has no root bone to carry the way.", "Map one to Root, or let the hips or the object carry it."
            )
        row = rig.index[root]
        rotations[:, row] = way.rotations @ rig.rotations[row]
        heads[:, row] = way.points(rig.heads[row])
        _carry_along(rig, bone_map, row, rotations, heads)
        return Retargeted(RigMotion(rig, rotations, heads, source.fps, source.contacts))
    rotations, heads = way.undone(rotations, heads)
    for bone in _beside(rig, bone_map):
        rotations[:, bone], heads[:, bone] = rig.rotations[bone], rig.heads[bone]
    motion = RigMotion(rig, rotations, heads, source.fps, source.contacts)
    return Retargeted(motion, way if settings.root_motion == "object" else None)


def _beside(rig: Rig, bone_map: BoneMap) -> list[int]:
    """Bones above the hips and beside them, which no part of the person moves."""
    hips = rig.index[bone_map.bones["hips"]]
    moved = {rig.index[bone] for bone in (*bone_map.follows, *bone_map.poles)}
    return [b for b in range(len(rig.names)) if b != hips and b not in moved and hips not in rig.above(b)]


def _carry_along(rig: Rig, bone_map: BoneMap, root: int, rotations: Array, heads: Array) -> None:
    """Bones that hang on the root beside the body, such as the parents of IK bones, go with it."""
    hips = rig.index[bone_map.bones["hips"]]
    busy = {hips, *rig.above(hips), *(rig.index[bone] for bone in bone_map.follows)}
    loose: set[int] = set()
    for bone, parent in enumerate(rig.parents):
        if (parent == root or parent in loose) and bone not in busy:
            loose.add(bone)
            rotations[:, bone] = rotations[:, parent] @ (rig.rotations[parent].T @ rig.rotations[bone])
            offset = rig.rotations[parent].T @ (rig.heads[bone] - rig.heads[parent])
            heads[:, bone] = heads[:, parent] + rotations[:, parent] @ offset
