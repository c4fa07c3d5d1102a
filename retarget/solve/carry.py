"""Rotations carried from one rig to another through the frames of anatomy.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import slots
from ..anatomy import Anatomy, along
from ..mapping import BoneMap
from ..motion import RigMotion, bone_by_bone
from ..rig import Rig
from .chains import resample
from .curves import paced
from .twist import about, turned, twist_angle

Array = NDArray[np.floating]
Frames = dict[str, Array]
_QUICKER = 1.4  # times as fast as its limb that a twist bone may turn


def source_frames(motion: RigMotion, bone_map: BoneMap, anatomy: Anatomy) -> Frames:
    """Frames (T, 3, 3) in the world of every mapped part."""
    return {slot: motion.deltas(motion.rig.index[bone]) @ anatomy.frames[slot] for slot, bone in bone_map.bones.items()}


def target_frames(source: Frames, bone_map: BoneMap) -> Frames:
    """Frames (T, 3, 3) for the target's parts; those that the source knows nothing of are left out.

    What corresponds one to one is the same; spines, necks and fingers of other counts are resampled so that their ends
    are the same.
    """
    wanted = set(bone_map.bones) - {"root"}  # the way over the floor is the hips'; see ground.py
    frames = {slot: source[slot] for slot in wanted if slot in source}
    chest = (slots.chain("spine", source) or ["hips"])[-1]
    spine = resample(source["hips"], _links(source, "spine"), len(slots.chain("spine", wanted)))
    frames.update(zip(slots.chain("spine", wanted), spine, strict=True))
    wanted_neck, links = slots.chain("neck", wanted), _links(source, "neck")
    if links:
        neck = resample(source[chest], links, len(wanted_neck))
    else:
        # Without a neck the head's turn is shared out below it.
        neck = resample(source[chest], [source["head"]], len(wanted_neck) + 1)[:-1]
    frames.update(zip(wanted_neck, neck, strict=True))
    for side in slots.SIDES:
        for name in slots.FINGERS:
            have, want = slots.finger(side, name, source), slots.finger(side, name, wanted)
            base = source.get(f"{side}_{name}_0", source[f"{side}_hand"])
            if have and want:
                frames.update(zip(want, resample(base, [source[s] for s in have], len(want)), strict=True))
    return frames


def place_rotations(
    rig: Rig, bone_map: BoneMap, anatomy: Anatomy, frames: Frames, frame_count: int, only: list[int] | None = None
) -> NDArray[np.float64]:
    """Rotations (T, B, 3, 3) in the world of all bones; those without a part keep to their parent as at rest.

    ``only``: rows wanted, with their ancestors, in order; the others are left undefined.
    """
    rows = range(len(rig.names)) if only is None else only
    by_bone = {rig.index[bone_map.bones[slot]]: (slot, frame) for slot, frame in frames.items()}
    for twist in bone_map.twists:
        if only is not None and rig.index[twist.bone] not in only:
            continue
        turned = _twisted(twist.slot, twist.at, twist.share, frames)
        if turned is not None:
            by_bone[rig.index[twist.bone]] = (twist.slot, turned)
    rotations = bone_by_bone(frame_count, len(rig.names), 3, 3)
    for bone in rows:
        parent = rig.parents[bone]
        if bone in by_bone:
            slot, frame = by_bone[bone]
            rotations[:, bone] = frame @ (anatomy.frames[slot].T @ rig.rotations[bone])
        elif parent >= 0:
            rotations[:, bone] = rotations[:, parent] @ (rig.rotations[parent].T @ rig.rotations[bone])
        else:
            rotations[:, bone] = rig.rotations[bone]
    return rotations


def follow_rigidly(rig: Rig, bone_map: BoneMap, rotations: Array, heads: Array) -> None:
    """Moves bones that follow a part as if they were nailed to it; in place."""
    for bone, slot in bone_map.follows.items():
        row, lead = rig.index[bone], rig.index[bone_map.bones[slot]]
        turn = rotations[:, lead] @ rig.rotations[lead].T
        rotations[:, row] = turn @ rig.rotations[row]
        heads[:, row] = heads[:, lead] + turn @ (rig.heads[row] - rig.heads[lead])


def _links(source: Frames, kind: str) -> list[Array]:
    return [source[slot] for slot in slots.chain(kind, source)]


def _twisted(slot: str, at: str, share: float, frames: Frames) -> Array | None:
    if slot not in frames:
        return None
    axis, frame = along(slot), frames[slot]
    if at == "end":
        side, _, part = slot.partition("_")
        limb = slots.ARM if part in slots.ARM else slots.LEG
        after = frames.get(f"{side}_{limb[limb.index(part) + 1]}")
        if after is None:
            return frame
        return frame @ about(axis, share * twist_angle(np.swapaxes(frame, -1, -2) @ after, axis))
    above = slots.nearest_above(slot, frames)
    if above is None:
        return frame
    relative = np.swapaxes(frames[above], -1, -2) @ frame
    # Near a limb folded right over, any turn is nearly all twist: it goes not much faster than the limb does.
    own = paced(twist_angle(relative, axis), _QUICKER * turned(relative))
    return frame @ about(axis, (share - 1) * own)
