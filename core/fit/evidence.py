"""What one person's frames show, made ready for a solve: filtered landmarks, their rays, the networks' 3D."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeleton import BODY_KEYPOINTS, KEYPOINT_INDEX
from ..smooth.filter import smooth
from .observation import Observation
from .rig import Rig
from .root import to_rays
from .terms import Evidence
from .view import view_centre, view_rotation

Array = NDArray[np.floating]

# Cutoffs in Hz. Measurements pass nearly whole: fast strikes live up to about 10 Hz.
_PIXEL_CUTOFF, _DIRECTION_CUTOFF = 12.0, 8.0
# Expected error of a landmark as a share of the person box's longer side.
_IMAGE_ERROR = 0.015
# Above this confidence a hand counts as measured by the hand network.
HAND_MEASURED = 0.3


@dataclass(frozen=True)
class Filtered:
    """Landmarks with gaps filled: ``pixels`` (T, 75, 2), ``points`` (T, 75, 3) m in the axes of the view,
    ``confidence`` (T, 75); ``body_pixels`` (T, 33, 2) and ``body_confidence`` (T, 33) with the hand network's word on
    the hands; ``body_points`` (T, 33, 3) m in camera axes; ``view`` (T, 3, 3) camera-from-view."""

    pixels: Array
    points: Array
    confidence: Array
    body_pixels: Array
    body_confidence: Array
    body_points: Array
    view: Array

    @classmethod
    def of(cls, seen: Observation, timestamps: Array, camera: Array) -> Filtered:
        """timestamps (T,) s, camera (3, 3) px."""
        confidence = seen.confidence
        pixels = smooth(seen.keypoints2d, timestamps, _PIXEL_CUTOFF, confidence)
        points = smooth(seen.keypoints3d, timestamps, _DIRECTION_CUTOFF, np.maximum(confidence, 0.1))
        body_pixels, body_confidence = _with_hand_pixels(pixels, confidence)
        view = view_rotation(view_centre(body_pixels, body_confidence, seen.box_centre), camera)
        body_points = (points[:, BODY_KEYPOINTS, None] @ np.swapaxes(view, -1, -2)[:, None])[:, :, 0]
        return cls(pixels, points, confidence, body_pixels, body_confidence, body_points, view)

    def evidence(self, seen: Observation, camera: Array, rig: Rig) -> Evidence:
        """For the landmarks of a rig."""
        return Evidence(
            rays=to_rays(self.body_pixels[:, rig.landmarks], camera),
            confidence=self.body_confidence[:, rig.landmarks],
            points=self.body_points[:, rig.landmarks],
            view=self.view,
            image_error=_IMAGE_ERROR * seen.box_side / camera[0, 0],
        )


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
            seen = confidence[:, hand_row] > HAND_MEASURED
            body[seen, row] += share * (pixels[seen, hand_row] - body[seen, row])
            trust[seen, row] = np.maximum(trust[seen, row], confidence[seen, hand_row])
    return body, trust
