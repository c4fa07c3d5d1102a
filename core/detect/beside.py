"""People whom a group hides from the detector: those that are known are painted over, and it looks again.

Of people who stand side by side, the network often answers for one only, and no tile separates them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..pose2d.crops import Frame
from ..pose2d.landmarks import CROP_SCALE, landmark_bodies
from ..skeleton import LIMB_JOINTS, POSE_LANDMARKS
from .people import PersonDetection, look

if TYPE_CHECKING:
    from ..nets import Predictor

# Who is known is painted over from the thighs to the crown by an ellipse: its middle, half length and half width in
# radii of the person's circle, narrow enough to leave a neighbour's head and trunk. Its colours are the picture's,
# coarsely: one for so many pixels.
_MIDDLE, _LENGTH, _WIDTH = 0.3, 0.75, 0.2
_COARSENESS = 32
# A square of this many radii to all sides of each of them is looked at; who is found nearer than this (radii) to
# somebody known was seen in spite of the paint.
_AROUND, _SAME = 1.4, 0.2
# What is left of somebody who was painted over can pass for a person. One who was hidden scores as much as this, by the
# detector, by the landmark network, and by the mean of how visible it says the limbs are.
_MIN_SCORE, _MIN_PRESENCE, _MIN_VISIBLE = 0.75, 0.8, 0.7
_LIMBS = [POSE_LANDMARKS.index(name) for name in LIMB_JOINTS]


def detect_beside(frame: Frame, known: np.ndarray, detector: Predictor, landmarks: Predictor) -> list[PersonDetection]:
    """Who else is there beside the people known by their crops (N, 4), best first.

    The detections' crops are those that the landmark network suggests while the others are painted over: in the picture
    itself it would answer for the most prominent person in a crop.
    """
    middle, radius = known[:, :2], known[:, 2] / (2 * CROP_SCALE)
    up = np.stack([np.sin(known[:, 3]), -np.cos(known[:, 3])], axis=-1)
    around = np.column_stack([middle, 2 * _AROUND * radius, np.zeros(len(known))])
    painted = Frame(_painted(frame.levels[0], middle + _MIDDLE * radius[:, None] * up, up, radius))

    def another(place: np.ndarray) -> bool:
        return bool((np.hypot(*(place - middle).T) > _SAME * radius).all())

    looked = look(painted, around, detector)
    found = [person for person in looked if person.score >= _MIN_SCORE and another(person.keypoints[0])]
    if not found:
        return []
    seen = landmark_bodies(landmarks, [painted], np.zeros(len(found), int), np.stack([p.crop for p in found]))
    sure = (seen.presence >= _MIN_PRESENCE) & (seen.visibility[:, _LIMBS].mean(1) >= _MIN_VISIBLE)
    return [_from_crop(seen.crops[i], found[i].score) for i in np.flatnonzero(sure) if another(seen.crops[i, :2])]


def _painted(image: np.ndarray, middle: np.ndarray, up: np.ndarray, radius: np.ndarray) -> np.ndarray:
    mask = np.zeros(image.shape[:2], np.uint8)
    for (x, y), (dx, dy), r in zip(middle, up, radius, strict=True):
        axes = (2 * _LENGTH * float(r), 2 * _WIDTH * float(r))
        cv2.ellipse(mask, ((float(x), float(y)), axes, float(np.degrees(np.arctan2(dy, dx)))), 255, -1)
    height, width = image.shape[:2]
    small = (max(1, width // _COARSENESS), max(1, height // _COARSENESS))
    coarse = cv2.resize(cv2.resize(image, small, interpolation=cv2.INTER_AREA), (width, height))
    return np.where(mask[..., None] > 0, coarse, image)


def _from_crop(crop: np.ndarray, score: float) -> PersonDetection:
    """A detection with this crop; its shoulders are put where people's usually are."""
    centre, radius = crop[:2], crop[2] / (2 * CROP_SCALE)
    up = radius * np.array([np.sin(crop[3]), -np.cos(crop[3])])
    keypoints = np.stack([centre, centre + up, centre + 0.5 * up, centre + up]).astype(np.float32)
    box = np.concatenate([centre - radius, centre + radius]).astype(np.float32)
    return PersonDetection(box, keypoints, score, uncovered=True)
