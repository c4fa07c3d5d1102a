"""One person's motion in camera axes, frame by frame: filter, closed form, place, refine, smooth.

Where the whole motion is solved from (``trajectory``), with the evidence for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_axis_angle, matrix_to_quaternion, normalise, quaternion_to_matrix
from ..skeleton import (
    BODY_KEYPOINTS,
    JOINT_INDEX,
    KEYPOINT_INDEX,
    LEFT_HAND_KEYPOINTS,
    RIGHT_HAND_KEYPOINTS,
)
from ..smooth.filter import smooth, smooth_rotations
from .hands import fade_to_relaxed, finger_pose, palms, palms_from_body
from .ik import body_pose, limit_rotation
from .observation import Observation
from .refine import refine
from .rig import BODY, Rig, attached, forward
from .root import locate, to_rays
from .terms import Evidence, Pose
from .unmeasured import complete
from .view import view_centre, view_rotation

Array = NDArray[np.floating]

# Cutoffs in Hz. Measurements pass nearly whole (fast strikes live up to about 10 Hz); depth is the noisiest by far.
_PIXEL_CUTOFF, _DIRECTION_CUTOFF = 12.0, 8.0
_TRUNK_CUTOFF, _LIMB_CUTOFF, _FINGER_CUTOFF = 5.0, 8.0, 7.0
_LATERAL_CUTOFF, _DEPTH_CUTOFF = 6.0, 2.0
# Expected error of a landmark as a share of the person box's longer side.
_IMAGE_ERROR = 0.015
_HAND_MEASURED = 0.3
_TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head", "left_collar", "right_collar")
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
            smoothed = smooth_rotations(mixed[:, None], timestamps, _LIMB_CUTOFF, _frames(0.1 + share))
            rotations[:, wrist] = quaternion_to_matrix(smoothed[:, 0])
        return rotations


@dataclass(frozen=True)
class CameraMotion:
    """Local rotations (T, 52, 3, 3) and transl (T, 3) m in camera axes; hand_seen (T, 2) bool; evidence used; how the
    hands are held."""

    rotations: Array
    transl: Array
    hand_seen: NDArray[np.bool_]
    evidence: Evidence
    hold: HandHold


def solve_in_camera(seen: Observation, timestamps: Array, camera: Array, rig: Rig) -> CameraMotion:
    """Poses and places one person in every frame. timestamps (T,) s, camera (3, 3)."""
    confidence = seen.confidence
    pixels = smooth(seen.keypoints2d, timestamps, _PIXEL_CUTOFF, confidence)
    points = smooth(seen.keypoints3d, timestamps, _DIRECTION_CUTOFF, np.maximum(confidence, 0.1))
    body_pixels, body_confidence = _with_hand_pixels(pixels, confidence)
    measured = (body_confidence > 0.1).sum(1) >= 4

    view = view_rotation(view_centre(body_pixels, body_confidence, seen.box_centre), camera)
    seen_points = (points[:, BODY_KEYPOINTS, None] @ np.swapaxes(view, -1, -2)[:, None])[:, :, 0]
    body_points = np.nan_to_num(complete(seen_points, rig))
    rays = to_rays(body_pixels[:, rig.landmarks], camera)
    evidence = Evidence(
        rays=rays,
        confidence=body_confidence[:, rig.landmarks],
        points=seen_points[:, rig.landmarks],
        view=view,
        image_error=_IMAGE_ERROR * seen.box_side / camera[0, 0],
    )

    hands = [
        _hand(
            pixels[:, part],
            points[:, part],
            confidence[:, part],
            body_points,
            body_confidence,
            name,
            timestamps,
            camera,
            rig,
        )
        for name, part in (("left", LEFT_HAND_KEYPOINTS), ("right", RIGHT_HAND_KEYPOINTS))
    ]
    palm = np.stack([h.palm for h in hands], axis=1)
    palm_weight = np.stack([h.weight for h in hands], axis=1)

    start = body_pose(body_points, palm, palm_weight, rig)
    weight = measured * body_confidence.mean(1)
    posed = attached(*forward(start, rig.rest[:BODY], np.zeros(3)), rig.rest, rig.landmark_joints, rig.landmark_rest)
    transl = locate(posed, rays, evidence.confidence, 3 * evidence.image_error)
    transl = _smooth_root(transl, timestamps, weight)
    first = refine(Pose(start, transl), evidence, rig)
    rotations = _smooth_pose(first.rotations, timestamps, weight)
    transl = _smooth_root(first.transl, timestamps, weight)
    hold = HandHold(np.stack([h.palm for h in hands], axis=1), np.stack([h.seen_share for h in hands], axis=1))
    rotations = hold.onto(Pose(rotations, transl), timestamps, rig)
    return CameraMotion(
        rotations=np.concatenate([rotations, hands[0].fingers, hands[1].fingers], axis=1),
        transl=transl,
        hand_seen=np.stack([h.seen for h in hands], axis=1),
        evidence=evidence,
        hold=hold,
    )


@dataclass(frozen=True)
class _Hand:
    palm: Array  # (T, 3, 3) global, camera axes
    weight: Array  # (T,) how far the palm is to be believed
    seen: NDArray[np.bool_]  # (T,) measured by the hand network
    seen_share: Array  # (T,) the same without steps
    fingers: Array  # (T, 15, 3, 3)


def _hand(pixels: Array, points: Array, confidence: Array, body_points: Array, body_confidence: Array, side: str,
          timestamps: Array, camera: Array, rig: Rig) -> _Hand:  # fmt: skip
    """Palm and fingers of one hand: from its own landmarks where measured, else from the body's hand points."""
    score = confidence.mean(1)
    seen = (score > _HAND_MEASURED) & np.isfinite(points).all((1, 2))
    names = [KEYPOINT_INDEX[f"{side}_{part}"] for part in ("wrist", "index", "pinky", "thumb")]
    palm = palms_from_body(
        body_points[:, names[0]],
        body_points[:, names[1]],
        body_points[:, names[2]],
        body_points[:, names[3]],
        rig,
        side,
    )
    weight = np.clip(body_confidence[:, names].min(1) - 0.3, 0, 0.6)
    if not seen.any():
        smoothed = smooth_rotations(matrix_to_quaternion(palm), timestamps, 3.0, np.maximum(weight, 0.01))
        fingers = np.broadcast_to(np.eye(3), (len(points), 15, 3, 3))
        fingers = fade_to_relaxed(fingers, seen, timestamps, rig, side)
        return _Hand(quaternion_to_matrix(smoothed), weight, seen, np.zeros(len(points)), fingers)
    view = view_rotation(pixels.mean(1), camera)
    turned = (_on_pixels(points, pixels)[:, :, None] @ np.swapaxes(view, -1, -2)[:, None])[:, :, 0]
    own = palms(turned, rig, side)
    palm = np.where(seen[:, None, None], own, palm)
    weight = np.where(seen, 1.0, weight)
    palm = quaternion_to_matrix(
        smooth_rotations(matrix_to_quaternion(palm), timestamps, _LIMB_CUTOFF, np.maximum(weight, 0.01))
    )
    fingers = finger_pose(turned, own, rig, side)
    quaternions = smooth_rotations(matrix_to_quaternion(fingers), timestamps, _FINGER_CUTOFF, _frames(seen * score, 15))
    fingers = fade_to_relaxed(quaternion_to_matrix(quaternions), seen, timestamps, rig, side)
    share = np.clip(smooth(seen[:, None].astype(float), timestamps, 4.0)[:, 0], 0, 1)
    return _Hand(palm, weight, seen, share, fingers)


def _on_pixels(points: Array, pixels: Array) -> Array:
    """Hand points (T, 21, 3) with their lateral parts from the image, which knows them better, and its own depths.

    A hand is small against its distance: one scale per frame turns pixels into metres (weak perspective).
    """
    lateral = points[..., :2] - points[:, :1, :2]
    seen = pixels - pixels[:, :1]
    scale = np.sqrt((lateral**2).sum((1, 2)) / np.maximum((seen**2).sum((1, 2)), 1e-6))
    return np.concatenate([seen * scale[:, None, None], points[..., 2:] - points[:, :1, 2:]], axis=-1)


def _with_hand_pixels(pixels: Array, confidence: Array) -> tuple[Array, Array]:
    """Body pixels and confidences (T, 33, …); the hand network, which looked closer, gives the points of the hand."""
    body, trust = pixels[:, BODY_KEYPOINTS].copy(), confidence[:, BODY_KEYPOINTS].copy()
    for side in ("left", "right"):
        for part, hand_part, share in (
            ("wrist", "wrist", 0.5),
            ("index", "index_mcp", 1.0),
            ("pinky", "pinky_mcp", 1.0),
        ):
            row, hand_row = KEYPOINT_INDEX[f"{side}_{part}"], KEYPOINT_INDEX[f"{side}_hand_{hand_part}"]
            seen = confidence[:, hand_row] > _HAND_MEASURED
            body[seen, row] += share * (pixels[seen, hand_row] - body[seen, row])
            trust[seen, row] = np.maximum(trust[seen, row], confidence[seen, hand_row])
    return body, trust


def _smooth_pose(rotations: Array, timestamps: Array, weight: Array) -> Array:
    cutoffs = np.full(BODY, _LIMB_CUTOFF)
    cutoffs[[JOINT_INDEX[name] for name in _TRUNK]] = _TRUNK_CUTOFF
    quaternions = smooth_rotations(matrix_to_quaternion(rotations), timestamps, cutoffs, _frames(weight, BODY))
    return quaternion_to_matrix(quaternions)


def _smooth_root(transl: Array, timestamps: Array, weight: Array) -> Array:
    """Depth along the line of sight is smoothed on its own, and the body kept on its pixels meanwhile."""
    depth = np.maximum(transl[:, 2:], 0.2)
    sight = smooth((transl[:, :2] / depth)[:, None], timestamps, _LATERAL_CUTOFF, _frames(weight))[:, 0]
    # Apparent size is proportional to 1 / depth, so the logarithm has an even error near and far.
    depth = np.exp(smooth(np.log(depth)[:, None], timestamps, _DEPTH_CUTOFF, _frames(weight))[:, 0])
    return np.concatenate([sight * depth, depth], axis=-1)


def _frames(weight: Array, channels: int = 1) -> Array:
    return np.repeat(np.asarray(weight, np.float64)[:, None], channels, axis=1)


def _blend(a: Array, b: Array, share: Array) -> Array:
    """Chordal mean of rotations, enough for the short fades it is used for."""
    qa, qb = matrix_to_quaternion(a), matrix_to_quaternion(b)
    qb = np.where(np.sum(qa * qb, -1, keepdims=True) < 0, -qb, qb)
    return quaternion_to_matrix(normalise((1 - share[..., 0]) * qa + share[..., 0] * qb))
