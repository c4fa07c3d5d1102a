"""Parts of the body that edits name, and which joint mirrors which."""

from __future__ import annotations

import numpy as np

from ..skeleton import BODY_JOINTS, CONTACT_POINTS, JOINT_INDEX, SMPLH_JOINTS, SMPLH_PARENTS

_LIMBS = {
    "arms": ("collar", "shoulder", "elbow", "wrist"),
    "legs": ("hip", "knee", "ankle", "foot"),
}
# The root is the pelvis: where the person is and which way the hips face.
PARTS: tuple[str, ...] = ("root", "torso", "arms", "legs", "hands")
SIDES: tuple[str, ...] = ("both", "left", "right")


def part_joints(part: str, side: str = "both") -> tuple[int, ...]:
    """Indices of a part's joints among the 52; root and torso have no sides."""
    sides = ("left", "right") if side == "both" else (side,)
    if part == "root":
        return (0,)
    if part == "torso":
        return tuple(JOINT_INDEX[name] for name in ("spine1", "spine2", "spine3", "neck", "head"))
    if part == "hands":
        first = len(BODY_JOINTS)
        return tuple(j for s in sides for j in range(first + 15 * (s == "right"), first + 15 * (s == "right") + 15))
    return tuple(JOINT_INDEX[f"{s}_{joint}"] for s in sides for joint in _LIMBS[part])


def part_of_joint() -> tuple[str, ...]:
    """The part that each of the 52 joints belongs to."""
    found = {joint: part for part in PARTS for joint in part_joints(part)}
    return tuple(found[j] for j in range(len(SMPLH_JOINTS)))


def _mirrored(names: tuple[str, ...]) -> tuple[int, ...]:
    swap = {"left": "right", "right": "left"}

    def other(name: str) -> str:
        side, _, rest = name.partition("_")
        return f"{swap[side]}_{rest}" if side in swap else name

    return tuple(names.index(other(name)) for name in names)


MIRRORED_JOINTS = np.array(_mirrored(SMPLH_JOINTS))
MIRRORED_CONTACTS = np.array(_mirrored(CONTACT_POINTS))

# Joints at equal distance from the pelvis, parents before children: forward kinematics in eleven steps, not 52.
PARENTS = np.array(SMPLH_PARENTS)


def _levels() -> tuple[np.ndarray, ...]:
    depth = np.zeros(len(PARENTS), int)
    for joint in range(1, len(PARENTS)):
        depth[joint] = depth[PARENTS[joint]] + 1
    return tuple(np.flatnonzero(depth == level) for level in range(1, depth.max() + 1))


LEVELS = _levels()
