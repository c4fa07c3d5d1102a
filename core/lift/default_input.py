"""What the default lifter sees: landmarks as rays, turned to the person and divided by their spread.

Every frame is looked at by a camera of its own whose axis goes through the person (the *view*), so that a person at
the picture's edge looks as one in its middle, and the focal length counts for what it is. Direction and size that this
takes away are given to the network as numbers of their own, since they tell where somebody walks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import rotation_between

Array = NDArray[np.floating]

# The landmarks of BlazePose that the lifter reads, by their names in POSE_LANDMARKS.
LANDMARKS: tuple[str, ...] = (
    "nose", "left_ear", "right_ear",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
FEATURES = 3 * len(LANDMARKS) + 5
MIN_VISIBLE = 6
_REFERENCE_RATE = 30.0
_LARGEST = 6.0


@dataclass(frozen=True)
class LifterInput:
    """features (…, T, FEATURES) float32; view (…, T, 3, 3) camera-from-view rotation: its third column is the line of
    sight through the person. A frame with nothing measured is all zeros, looking straight ahead."""

    features: NDArray[np.float32]
    view: Array


def encode(rays: Array, confidence: Array, interval: Array | float) -> LifterInput:
    """Features of landmarks in the order of ``LANDMARKS``.

    rays (…, T, L, 2) normalised image coordinates, x right, y down (pixel minus principal point, by the focal length);
    confidence (…, T, L) 0 … 1, 0 where not measured; interval: seconds between frames, broadcast to (…, T).
    """
    weight = np.where(np.isfinite(rays).all(-1), np.nan_to_num(confidence), 0.0).astype(np.float32)
    rays = np.where(weight[..., None] > 0, np.nan_to_num(rays), 0.0).astype(np.float32)
    total = weight.sum(-1, keepdims=True)
    centre = (weight[..., None] * rays).sum(-2) / np.maximum(total, 1e-6)
    direction = np.concatenate([centre, np.ones_like(centre[..., :1])], axis=-1)
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    view = rotation_between(np.broadcast_to(np.array([0, 0, 1], np.float32), direction.shape), direction)
    turned = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1) @ view.astype(np.float32)
    seen = turned[..., :2] / np.maximum(turned[..., 2:], 0.1)
    spread = np.sqrt((weight[..., None] * seen**2).sum((-1, -2))[..., None] / np.maximum(total, 1e-6))
    spread = np.maximum(spread, 1e-4)
    known = (weight > 0).astype(np.float32)
    place = np.clip(seen / spread[..., None], -_LARGEST, _LARGEST) * known[..., None]
    anything = (total > 0).astype(np.float32)
    rate = np.broadcast_to(np.asarray(interval, np.float32), anything.shape[:-1])[..., None] * _REFERENCE_RATE - 1
    features = np.concatenate(
        [
            place.reshape(*place.shape[:-2], -1),
            weight,
            anything * direction[..., :2] * 2,
            anything * (np.log(spread) + 2.0),
            anything,
            rate,
        ],
        axis=-1,
    )
    return LifterInput(features.astype(np.float32), view)
