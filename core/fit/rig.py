"""The skeleton of one person at rest, what is fastened to it, and forward kinematics.

Everything is in the axes of the SMPL template: Y up, facing +Z, the person's left at +X, T-pose with palms down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..skeleton import EXTRA_JOINTS, JOINT_INDEX, POSE_LANDMARKS, SMPLH_PARENTS, TAKE_PARENTS

if TYPE_CHECKING:
    from .solids import Solids

Array = NDArray[np.floating]
BODY = 22

# BlazePose landmark → the joint or surface point that it marks. Landmarks of the mouth and the eyes' corners add
# nothing.
_MARKED: dict[str, str] = {
    "nose": "nose",
    **{f"{s}_{p}": f"{s}_{p}" for s in ("left", "right") for p in ("eye", "ear", "shoulder", "elbow", "wrist", "hip",
                                                                  "knee", "ankle", "heel")},
    **{f"{s}_foot_index": f"{s}_big_toe" for s in ("left", "right")},
    **{f"{s}_{f}": f"{s}_{f}{n}" for s in ("left", "right") for f, n in (("index", 1), ("pinky", 1), ("thumb", 2))},
}  # fmt: skip
# Where BlazePose marks besides the point itself: statures outwards, up and forwards, measured on people whose joints
# are known (``core/train/noise.toml``). Hips are marked before their joints' centres, ankles above them, and the ends
# of feet inside them.
MARKS = {
    "hip": (0.005, -0.0015, 0.017),
    "ankle": (-0.0004, 0.0123, 0.0032),
    "heel": (-0.0046, 0.0031, 0.0141),
    "foot_index": (0.0086, -0.0002, -0.0155),
}


@dataclass(frozen=True)
class Rig:
    """rest (52, 3) joint centres, extras (19, 3) surface points, contacts (6, 3) soles and palms, all m; height m.

    landmarks (L,) indices into POSE_LANDMARKS, each fastened to joint ``landmark_joints`` (L,) at ``landmark_rest`` (L,
    3). ``solids``: trunk and head, where they are known.
    """

    rest: Array
    extras: Array
    contacts: Array
    height: float
    landmarks: NDArray[np.int64]
    landmark_joints: NDArray[np.int64]
    landmark_rest: Array
    solids: Solids | None = None


# The bone each contact point moves with: heels with the ankle, balls with the foot, palms with the wrist.
CONTACT_JOINTS = tuple(
    JOINT_INDEX[n] for n in ("left_ankle", "left_foot", "right_ankle", "right_foot", "left_wrist", "right_wrist")
)


def make_rig(rest: Array, extras: Array, contacts: Array, height: float) -> Rig:
    """Fastens the landmarks to a skeleton: rest (52, 3), extras (19, 3), contacts (6, 3), height m."""
    rest, extras = np.asarray(rest, np.float64), np.asarray(extras, np.float64)
    indices, joints, positions = [], [], []
    for landmark, mark in _MARKED.items():
        indices.append(POSE_LANDMARKS.index(landmark))
        if mark in JOINT_INDEX:
            joint, position = JOINT_INDEX[mark], rest[JOINT_INDEX[mark]]
            if mark.endswith("_hip"):
                joint = 0
            elif joint >= BODY:  # knuckles are rigid with the hand here; fingers are solved on their own
                joint = JOINT_INDEX[mark.split("_")[0] + "_wrist"]
        else:
            extra = EXTRA_JOINTS.index(mark)
            joint, position = TAKE_PARENTS[len(rest) + extra], extras[extra]
        joints.append(joint)
        positions.append(position + mark_offset(landmark, height))
    order = np.argsort(indices)
    return Rig(
        rest=rest,
        extras=extras,
        contacts=np.asarray(contacts, np.float64),
        height=height,
        landmarks=np.array(indices)[order],
        landmark_joints=np.array(joints)[order],
        landmark_rest=np.array(positions)[order],
    )


def mark_offset(landmark: str, height: float) -> Array:
    """(3,) m from the point that a landmark stands for to where BlazePose marks it, in the axes of the rest pose."""
    side, _, part = landmark.partition("_")
    outwards = {"left": 1.0, "right": -1.0}.get(side, 0.0)
    return height * np.array([outwards, 1, 1]) * MARKS.get(part, (0.0, 0.0, 0.0))


def forward(rotations: Array, rest: Array, transl: Array) -> tuple[Array, Array]:
    """Local rotations (…, J, 3, 3), rest (J, 3), transl (…, 3) → global rotations and joint positions (…, J, 3).

    J may stop after any prefix of the joint order (22: the body alone). The root sits at rest[0] + transl, as in SMPL.
    """
    count = rotations.shape[-3]
    turned = np.empty_like(rotations)
    placed = np.empty(rotations.shape[:-1])
    turned[..., 0, :, :] = rotations[..., 0, :, :]
    placed[..., 0, :] = rest[0] + transl
    # All joints of one depth at a time: a few large products instead of many small ones.
    for children, parents in levels(count):
        turned[..., children, :, :] = turned[..., parents, :, :] @ rotations[..., children, :, :]
        bones = (rest[children] - rest[parents])[..., None]
        placed[..., children, :] = placed[..., parents, :] + (turned[..., parents, :, :] @ bones)[..., 0]
    return turned, placed


def attached(turned: Array, placed: Array, rest: Array, joints: NDArray[np.int64], points: Array) -> Array:
    """Positions (…, N, 3) of points (N, 3) fastened to ``joints`` (N,)."""
    return placed[..., joints, :] + (turned[..., joints, :, :] @ (points - rest[joints])[..., None])[..., 0]


def to_local(turned: Array) -> Array:
    """Global rotations (…, J, 3, 3) to rotations relative to the parent."""
    local = np.array(turned)
    parents = np.array(SMPLH_PARENTS[: turned.shape[-3]])
    local[..., 1:, :, :] = np.swapaxes(turned[..., parents[1:], :, :], -1, -2) @ turned[..., 1:, :, :]
    return local


@cache
def levels(count: int) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], ...]:
    """(children, their parents) for each depth of the tree below the root."""
    depth = [0] * count
    for joint in range(1, count):
        depth[joint] = depth[SMPLH_PARENTS[joint]] + 1
    parents = np.array(SMPLH_PARENTS)
    found = (np.flatnonzero(np.array(depth) == d) for d in range(1, max(depth) + 1))
    return tuple((children, parents[children]) for children in found)


@cache
def ancestors(count: int = BODY) -> NDArray[np.bool_]:
    """(count, count): [j, a] is True where joint ``a`` moves what is fastened to joint ``j`` (itself included)."""
    table = np.zeros((count, count), bool)
    for joint in range(count):
        node = joint
        while node >= 0:
            table[joint, node] = True
            node = SMPLH_PARENTS[node]
    return table
