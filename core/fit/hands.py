"""Finger joints from hand landmarks, kept within what fingers can do.

Ranges are the usual clinical ones (American Academy of Orthopaedic Surgeons; thumb after Cooney 1981), a little widened
because the network's own error is larger than the tissue's. A finger has four degrees of freedom here: flexion and
spread at the knuckle, flexion at the two hinges; the thumb adds its turn at the root.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rotation import axis_angle_to_matrix, matrix_to_axis_angle, normalise, rotation_between
from ..skeleton import EXTRA_JOINTS, FINGERS, HAND_LANDMARKS, JOINT_INDEX
from .ik import frame, limit_rotation, palm_rotation, twist_about
from .rig import Rig

Array = NDArray[np.floating]

_ROW = {name: i for i, name in enumerate(HAND_LANDMARKS)}
_KNUCKLES = [_ROW[f"{finger}_mcp"] for finger in ("index", "middle", "ring", "pinky")]
# Radians: (flexion from, to) of the three joints, then the spread.
_KNUCKLE_FLEXION, _KNUCKLE_SPREAD = (-0.6, 1.65), {"index": 0.4, "middle": 0.3, "ring": 0.3, "pinky": 0.5}
_MIDDLE_FLEXION, _END_FLEXION = (-0.1, 1.95), (-0.15, 1.4)
_THUMB_ROOT, _THUMB_TURN, _THUMB_MIDDLE, _THUMB_END = 0.9, 0.6, (-0.3, 1.1), (-0.4, 1.4)
# The end joint follows the middle one (one tendon bends both); the landmarks of the tip are the least certain.
_TENDON, _TENDON_SHARE = 0.6, 0.4
# A hand at rest: flexion of each joint from flat.
_RELAXED = {"index": (0.3, 0.45, 0.25), "middle": (0.4, 0.5, 0.3), "ring": (0.45, 0.5, 0.3), "pinky": (0.45, 0.5, 0.3),
            "thumb": (0.15, 0.15, 0.2)}  # fmt: skip


def palms(points: Array, rig: Rig, side: str) -> Array:
    """Global rotation (T, 3, 3) of the hand from rest; points (T, 21, 3) any origin, gaps filled."""
    rest = rest_fingers(rig, side)
    at_rest = np.stack([rest[f][0] for f in ("index", "middle", "ring", "pinky")])
    seen = points[:, _KNUCKLES] - points[:, :1]
    return palm_rotation(normalise(seen), normalise(at_rest))


def palms_from_body(wrist: Array, index: Array, pinky: Array, thumb: Array, rig: Rig, side: str) -> Array:
    """The same from the pose network's three hand points, each (T, 3): coarser."""
    rest = rest_fingers(rig, side)
    at_rest = np.stack([rest["index"][0], rest["pinky"][0], rest["thumb"][1]])
    seen = np.stack([index - wrist, pinky - wrist, thumb - wrist], axis=1)
    return palm_rotation(seen, at_rest * np.array([[1.0], [1.0], [0.5]]))


def finger_pose(points: Array, palm: Array, rig: Rig, side: str) -> Array:
    """Local rotations (T, 15, 3, 3), MANO's finger order, from points (T, 21, 3) and the palm's rotation (T, 3, 3)."""
    rest = rest_fingers(rig, side)
    inside = (points - points[:, :1]) @ palm
    pose = np.broadcast_to(np.eye(3), (len(points), 15, 3, 3)).copy()
    for number, finger in enumerate(FINGERS):
        first = _ROW["thumb_cmc" if finger == "thumb" else f"{finger}_mcp"]
        bones = np.diff(inside[:, first : first + 4], axis=1)
        rest_bones = np.diff(rest[finger], axis=0)
        palmar = _palmar(rest, finger)
        if finger == "thumb":
            joints = _thumb(bones, rest_bones, palmar)
        else:
            joints = _finger(bones, rest_bones, palmar, _KNUCKLE_SPREAD[finger])
        pose[:, 3 * number : 3 * number + 3] = joints
    return pose


def relaxed_pose(rig: Rig, side: str) -> Array:
    """Local rotations (15, 3, 3) of a hand at rest."""
    rest = rest_fingers(rig, side)
    pose = np.empty((15, 3, 3))
    for number, finger in enumerate(FINGERS):
        for segment, bone in enumerate(np.diff(rest[finger], axis=0)):
            _, _, s = _axes(bone, _palmar(rest, finger))
            pose[3 * number + segment] = axis_angle_to_matrix(_RELAXED[finger][segment] * s)
    return pose


def _finger(bones: Array, rest: Array, palmar: Array, spread_limit: float) -> Array:
    b, n, s = _axes(rest[0], palmar)
    direction = normalise(bones[:, 0])
    flexion = np.arctan2(direction @ n, direction @ b)
    # A finger cannot point back over the hand: angles behind belong to a full fist.
    flexion = np.clip(np.where(flexion < -2.0, np.pi, flexion), *_KNUCKLE_FLEXION)
    # Bent knuckles lock the spread (collateral ligaments).
    limit = spread_limit * np.clip(1.2 - flexion / 1.6, 0.25, 1.0)
    spread = np.clip(np.arcsin(np.clip(direction @ s, -1, 1)), -limit, limit)
    first = axis_angle_to_matrix(flexion[:, None] * s) @ axis_angle_to_matrix(-spread[:, None] * n)
    bend2, second = _hinge(first, bones[:, 1], rest[1], palmar, _MIDDLE_FLEXION)
    bend3, _ = _hinge(first @ second, bones[:, 2], rest[2], palmar, _END_FLEXION)
    bend3 = (1 - _TENDON_SHARE) * bend3 + _TENDON_SHARE * _TENDON * np.maximum(bend2, 0)
    third = axis_angle_to_matrix(bend3[:, None] * _axes(rest[2], palmar)[2])
    return np.stack([first, second, third], axis=1)


def _thumb(bones: Array, rest: Array, palmar: Array) -> Array:
    b, _, s = _axes(rest[0], palmar)
    swing = rotation_between(b, normalise(bones[:, 0]))
    # The plane in which the rest of the thumb bends says how far its root has turned.
    normal = np.cross(normalise(bones[:, 0]), normalise(bones[:, 1])) + np.cross(
        normalise(bones[:, 1]), normalise(bones[:, 2])
    )
    carried = swing @ s
    sine = np.linalg.norm(normal, axis=-1, keepdims=True)
    hinge = carried + np.clip(sine, 0, 1) * np.where(np.sum(normal * carried, -1, keepdims=True) > 0, normal, 0) * 2
    aimed = frame(bones[:, 0], hinge) @ frame(b, s).T
    turn = np.swapaxes(swing, -1, -2) @ aimed
    twist = np.clip(twist_about(turn, b), -_THUMB_TURN, _THUMB_TURN)
    first = limit_rotation(np.eye(3), swing, _THUMB_ROOT) @ axis_angle_to_matrix(twist[:, None] * b)
    _, second = _hinge(first, bones[:, 1], rest[1], palmar, _THUMB_MIDDLE)
    _, third = _hinge(first @ second, bones[:, 2], rest[2], palmar, _THUMB_END)
    return np.stack([first, second, third], axis=1)


def _hinge(parent: Array, bone: Array, rest: Array, palmar: Array, limits: tuple[float, float]) -> tuple[Array, Array]:
    b, n, s = _axes(rest, palmar)
    direction = np.einsum("tji,tj->ti", parent, normalise(bone))
    angle = np.arctan2(direction @ n, direction @ b)
    angle = np.clip(np.where(angle < -2.0, np.pi, angle), *limits)
    return angle, axis_angle_to_matrix(angle[:, None] * s)


def _axes(bone: Array, palmar: Array) -> tuple[Array, Array, Array]:
    """Bone direction, the palmar direction normal to it, and the axis that turns the first into the second."""
    b = normalise(bone)
    n = normalise(palmar - b * (palmar @ b))
    return b, n, np.cross(b, n)


def _palmar(rest: dict[str, Array], finger: str) -> Array:
    """Where a bending finger goes at rest: the palm's normal; for the thumb, half that and half across the palm."""
    down = np.array([0.0, -1, 0])
    normal = normalise(np.cross(rest["index"][0], rest["pinky"][0]))
    normal = normal * np.sign(normal @ down)
    if finger != "thumb":
        return normal
    across = normalise(rest["pinky"][0] - rest["thumb"][1])
    return 0.6 * normal + 0.8 * across


def rest_fingers(rig: Rig, side: str) -> dict[str, Array]:
    """Joints of each finger and its tip (4, 3), from the wrist."""
    wrist = rig.rest[JOINT_INDEX[f"{side}_wrist"]]
    result = {}
    for finger in FINGERS:
        first = JOINT_INDEX[f"{side}_{finger}1"]
        tip = rig.extras[EXTRA_JOINTS.index(f"{side}_{finger}_tip")]
        result[finger] = np.concatenate([rig.rest[first : first + 3], tip[None]]) - wrist
    return result


def bent_axes(rest: dict[str, Array], finger: str, bone: int) -> tuple[Array, Array, Array]:
    """Of a finger's bone at rest: its direction, where it goes when it bends, and the axis of that."""
    return _axes(rest[finger][bone + 1] - rest[finger][bone], _palmar(rest, finger))


def fade_to_relaxed(pose: Array, measured: NDArray[np.bool_], timestamps: Array, rig: Rig, side: str) -> Array:
    """Finger rotations (T, 15, 3, 3) held for a moment after the hand was lost, then let go into the relaxed hand."""
    if measured.all():
        return pose
    relaxed = relaxed_pose(rig, side)
    if not measured.any():
        return np.broadcast_to(relaxed, pose.shape).copy()
    times = np.asarray(timestamps, np.float64)
    known = times[measured]
    after = np.clip(np.searchsorted(known, times), 0, len(known) - 1)
    before = np.clip(after - 1, 0, len(known) - 1)
    distance = np.minimum(np.abs(times - known[after]), np.abs(times - known[before]))
    share = np.clip((distance - 0.2) / 0.6, 0, 1)
    share = share * share * (3 - 2 * share)
    remaining = matrix_to_axis_angle(np.swapaxes(pose, -1, -2) @ relaxed)
    return pose @ axis_angle_to_matrix(remaining * share[:, None, None])
