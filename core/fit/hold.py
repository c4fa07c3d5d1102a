"""How the hands are held: their palms and fingers, from their own landmarks where those were measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_axis_angle, matrix_to_quaternion, normalise, quaternion_to_matrix
from ..skeleton import JOINT_INDEX, KEYPOINT_INDEX, LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS
from ..smooth.filter import smooth, smooth_rotations
from .evidence import HAND_MEASURED, Filtered
from .hands import fade_to_relaxed, finger_pose, palms, palms_from_body
from .ik import limit_rotation
from .rig import BODY, Rig, forward
from .terms import Pose
from .view import view_rotation

Array = NDArray[np.floating]

# Cutoffs in Hz.
_WRIST_CUTOFF, _FINGER_CUTOFF = 8.0, 7.0
_WRIST_LIMIT, _IMPOSSIBLE_WRIST = 1.5, 2.6


@dataclass(frozen=True)
class HandHold:
    """How the hands are held: ``palms`` (T, 2, 3, 3) their global rotations from rest, left and right; ``share`` (T, 2)
    how far they were measured by the hand network."""

    palms: Array
    share: Array

    def turned(self, rotation: Array) -> HandHold:
        """In other axes: ``rotation`` (3, 3) or (T, 3, 3) from the present ones."""
        return HandHold(np.asarray(rotation).reshape(-1, 1, 3, 3) @ self.palms, self.share)

    def onto(self, pose: Pose, timestamps: Array, rig: Rig) -> Array:
        """The local rotations (T, 22, 3, 3) of ``pose`` with its wrists turned to the palms, as far as wrists go."""
        rotations = pose.rotations.copy()
        turned, _ = forward(rotations, rig.rest[:BODY], pose.transl)
        for hand, name in enumerate(("left", "right")):
            elbow, wrist = JOINT_INDEX[f"{name}_elbow"], JOINT_INDEX[f"{name}_wrist"]
            local = np.swapaxes(turned[:, elbow], -1, -2) @ self.palms[:, hand]
            # A palm turned further from its forearm than any wrist goes is a mistaken hand.
            angle = np.linalg.norm(matrix_to_axis_angle(local), axis=-1)
            share = self.share[:, hand] * np.clip((_IMPOSSIBLE_WRIST - angle) / 0.5, 0, 1)
            local = limit_rotation(np.eye(3), local, _WRIST_LIMIT)
            mixed = matrix_to_quaternion(_blend(rotations[:, wrist], local, share[:, None, None]))
            smoothed = smooth_rotations(mixed[:, None], timestamps, _WRIST_CUTOFF, _frames(0.1 + share))
            rotations[:, wrist] = quaternion_to_matrix(smoothed[:, 0])
        return rotations


@dataclass(frozen=True)
class HandMotion:
    """One hand: ``palm`` (T, 3, 3) its global rotation from rest, camera axes; ``weight`` (T,) how far that is to be
    believed; ``seen`` (T,) measured by the hand network, and ``share`` (T,) the same without steps; ``fingers`` (T, 15,
    3, 3)."""

    palm: Array
    weight: Array
    seen: NDArray[np.bool_]
    share: Array
    fingers: Array


def hand_motion(side: str, found: Filtered, body_points: Array, timestamps: Array, camera: Array,
                rig: Rig) -> HandMotion:  # fmt: skip
    """Palm and fingers of one hand: from its own landmarks where measured, else from the body's hand points.

    body_points (T, 33, 3) m, camera axes, gaps filled.
    """
    part = LEFT_HAND_KEYPOINTS if side == "left" else RIGHT_HAND_KEYPOINTS
    pixels, points, confidence = found.pixels[:, part], found.points[:, part], found.confidence[:, part]
    body_confidence = found.body_confidence
    score = confidence.mean(1)
    seen = (score > HAND_MEASURED) & np.isfinite(points).all((1, 2))
    names = [KEYPOINT_INDEX[f"{side}_{part}"] for part in ("wrist", "index", "pinky", "thumb")]
    wrist, index, pinky, thumb = (body_points[:, row] for row in names)
    palm = palms_from_body(wrist, index, pinky, thumb, rig, side)
    weight = np.clip(body_confidence[:, names].min(1) - 0.3, 0, 0.6)
    if not seen.any():
        smoothed = smooth_rotations(matrix_to_quaternion(palm), timestamps, 3.0, np.maximum(weight, 0.01))
        fingers = np.broadcast_to(np.eye(3), (len(points), 15, 3, 3))
        fingers = fade_to_relaxed(fingers, seen, timestamps, rig, side)
        return HandMotion(quaternion_to_matrix(smoothed), weight, seen, np.zeros(len(points)), fingers)
    view = view_rotation(pixels.mean(1), camera)
    turned = (_on_pixels(points, pixels)[:, :, None] @ np.swapaxes(view, -1, -2)[:, None])[:, :, 0]
    own = palms(turned, rig, side)
    palm = np.where(seen[:, None, None], own, palm)
    weight = np.where(seen, 1.0, weight)
    palm = quaternion_to_matrix(
        smooth_rotations(matrix_to_quaternion(palm), timestamps, _WRIST_CUTOFF, np.maximum(weight, 0.01))
    )
    fingers = finger_pose(turned, own, rig, side)
    quaternions = smooth_rotations(matrix_to_quaternion(fingers), timestamps, _FINGER_CUTOFF, _frames(seen * score, 15))
    fingers = fade_to_relaxed(quaternion_to_matrix(quaternions), seen, timestamps, rig, side)
    share = np.clip(smooth(seen[:, None].astype(float), timestamps, 4.0)[:, 0], 0, 1)
    return HandMotion(palm, weight, seen, share, fingers)


def _on_pixels(points: Array, pixels: Array) -> Array:
    """Hand points (T, 21, 3) with their lateral parts from the image, which knows them better, and its own depths.

    A hand is small against its distance: one scale per frame turns pixels into metres (weak perspective).
    """
    lateral = points[..., :2] - points[:, :1, :2]
    seen = pixels - pixels[:, :1]
    scale = np.sqrt((lateral**2).sum((1, 2)) / np.maximum((seen**2).sum((1, 2)), 1e-6))
    return np.concatenate([seen * scale[:, None, None], points[..., 2:] - points[:, :1, 2:]], axis=-1)


def _frames(weight: Array, channels: int = 1) -> Array:
    return np.repeat(np.asarray(weight, np.float64)[:, None], channels, axis=1)


def _blend(a: Array, b: Array, share: Array) -> Array:
    """Chordal mean of rotations, enough for the short fades it is used for."""
    qa, qb = matrix_to_quaternion(a), matrix_to_quaternion(b)
    qb = np.where(np.sum(qa * qb, -1, keepdims=True) < 0, -qb, qb)
    return quaternion_to_matrix(normalise((1 - share[..., 0]) * qa + share[..., 0] * qb))
