"""Other detectors' points as the take's 75 landmarks, and their scores as its confidences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeleton import KEYPOINT_INDEX, KEYPOINTS, LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS
from .detections import NAMES, Detections

Array = NDArray[np.floating]

# Where a set's joint and a landmark are the same point under other names.
_OTHER_NAMES = {"left_big_toe": "left_foot_index", "right_big_toe": "right_foot_index"}
# Points of the 68 on a face (Sagonas et al. 2013), sides as the person's own; two pupils follow in OpenPose's 70.
_FACE = {36: "right_eye_outer", 39: "right_eye_inner", 42: "left_eye_inner", 45: "left_eye_outer", 48: "mouth_right",
         54: "mouth_left"}  # fmt: skip
# Share of OpenPose's limb points within 5 % of the box's longer side of the reference, on the four-camera test clip
# (4,800 points): 0.08, 0.47, 0.84, 0.94 for scores about 0.15, 0.25, 0.35 and above 0.4.
_CEILING, _MIDDLE, _STEEPNESS = 0.94, 0.24, 20.0


def to_landmarks(found: Detections) -> tuple[Array, Array]:
    """keypoints2d (T, N, 75, 2) px, NaN where not measured, and confidence (T, N, 75) in the order of ``KEYPOINTS``."""
    frames, people = found.person_ids.shape
    points = np.full((frames, people, len(KEYPOINTS), 3), np.nan)
    points[..., 2] = 0.0
    for column, name in enumerate(NAMES[found.joint_set]):
        row = KEYPOINT_INDEX.get(_OTHER_NAMES.get(name, name))
        if row is not None:
            points[:, :, row] = found.body[:, :, column]
    if found.face is not None:
        for column, name in _FACE.items():
            points[:, :, KEYPOINT_INDEX[name]] = found.face[:, :, column]
    for hand, rows in ((found.left_hand, LEFT_HAND_KEYPOINTS), (found.right_hand, RIGHT_HAND_KEYPOINTS)):
        if hand is not None:
            points[:, :, rows] = hand
    measured = np.isfinite(points).all(-1) & (points[..., 2] > 0)
    score = np.where(measured, points[..., 2], 0.0)
    confidence = openpose_confidence(score) if found.openpose else np.minimum(score, _CEILING)
    return np.where(measured[..., None], points[..., :2], np.nan), np.where(measured, confidence, 0.0)


def openpose_confidence(score: Array) -> Array:
    """Probability that a point is within 5 % of the box's longer side, from the maximum of OpenPose's map; 0 for 0."""
    score = np.asarray(score, np.float64)
    likely = _CEILING / (1 + np.exp(-_STEEPNESS * (np.clip(score, 0, 1) - _MIDDLE)))
    return np.where(score > 0, likely, 0.0)
