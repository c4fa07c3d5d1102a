"""Where a hand should be, from the arm it hangs on."""

from __future__ import annotations

import numpy as np

from ..pose2d.landmarks import BodyLandmarks
from ..skeleton import KEYPOINT_INDEX

_SIDES = ("left", "right")
WRISTS, _ELBOWS, _INDEXES, _PINKIES = (
    np.array([KEYPOINT_INDEX[f"{side}_{part}"] for side in _SIDES]) for part in ("wrist", "elbow", "index", "pinky")
)
# Metres: a square this wide holds a hand with spread fingers and the error of the body network's wrist; its middle lies
# this far beyond the wrist when the hand is seen from the side.
_CROP_METRES = 0.25
_REACH_METRES = 0.07
# Share of the forearm's direction against the body network's knuckles, which tremble but know bent wrists.
_FOREARM_SHARE = 0.4
# Crops under this many pixels show hands of some thirty, whose fingers cannot be told.
_MIN_PIXELS = 48.0


def pixels_per_metre(bodies: BodyLandmarks) -> np.ndarray:
    """(N,) size in the picture of one metre at each person, from the spread of its landmarks in pixels and metres."""
    weight = np.maximum(bodies.visibility, 1e-3)[..., None]
    weight = weight / weight.sum(1, keepdims=True)

    def spread(values: np.ndarray) -> np.ndarray:
        centred = values - (weight * values).sum(1, keepdims=True)
        return np.sqrt((weight * centred**2).sum((1, 2)))

    return spread(bodies.points) / np.maximum(spread(bodies.world[..., :2]), 1e-6)


def expected_hands(bodies: BodyLandmarks, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Crops (N, 2, 4) of the left and right hand, and (N, 2) whether the wrist is in the picture and big enough to try.

    ``size``: width and height of the picture, px.
    """
    points = bodies.points.astype(np.float64)
    wrist = points[:, WRISTS]
    knuckles = (2.0 * points[:, _INDEXES] + points[:, _PINKIES]) / 3.0
    forearm, hand = _direction(wrist - points[:, _ELBOWS]), knuckles - wrist
    scale = pixels_per_metre(bodies)[:, None]
    # Towards the knuckles as far as they are seen off the wrist, so that a hand pointing at the camera stays central.
    reach = np.clip(np.linalg.norm(hand, axis=-1) / (0.09 * scale), 0.3, 1.0)
    along = _direction(_FOREARM_SHARE * forearm + (1.0 - _FOREARM_SHARE) * _direction(hand))
    centre = wrist + along * (reach * _REACH_METRES * scale)[..., None]
    side = np.broadcast_to(_CROP_METRES * scale, centre.shape[:2])
    angle = np.arctan2(along[..., 0], -along[..., 1])
    margin = 0.25 * side
    width, height = size
    seen = (
        (centre[..., 0] > -margin) & (centre[..., 0] < width + margin)
        & (centre[..., 1] > -margin) & (centre[..., 1] < height + margin)
        & (side >= _MIN_PIXELS)
    )  # fmt: skip
    return np.concatenate([centre, side[..., None], angle[..., None]], -1), seen


def _direction(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)
