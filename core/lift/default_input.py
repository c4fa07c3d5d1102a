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
ANYTHING = FEATURES - 2  # whether a frame has anything measured: 0 or 1
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
    seen = look(rays, confidence)
    known = (seen.weight > 0).astype(np.float32)
    place = np.clip(seen.points, -_LARGEST, _LARGEST) * known[..., None]
    anything = known.max(-1, keepdims=True)
    rate = np.broadcast_to(np.asarray(interval, np.float32), anything.shape[:-1])[..., None] * _REFERENCE_RATE - 1
    features = np.concatenate(
        [
            place.reshape(*place.shape[:-2], -1),
            seen.weight,
            anything * seen.view[..., :2, 2] * 2,
            anything * (np.log(seen.spread) + 2.0),
            anything,
            rate,
        ],
        axis=-1,
    )
    return LifterInput(features.astype(np.float32), seen.view)


@dataclass(frozen=True)
class Seen:
    """Points (…, J, 2) in the view, of mean square distance 1 from the person's middle; weight (…, J) their
    confidence, 0 where missing; view (…, 3, 3) camera-from-view; spread (…, 1): the unit of points, in rays."""

    points: NDArray[np.float32]
    weight: NDArray[np.float32]
    view: NDArray[np.float32]
    spread: NDArray[np.float32]


def look(rays: Array, confidence: Array) -> Seen:
    """Rays (…, J, 2) of any joints, as seen by the camera that looks at their middle; confidence (…, J)."""
    weight = np.where(np.isfinite(rays).all(-1), np.nan_to_num(confidence), 0.0).astype(np.float32)
    rays = np.where(weight[..., None] > 0, np.nan_to_num(rays), 0.0).astype(np.float32)
    total = np.maximum(weight.sum(-1, keepdims=True), 1e-6)
    centre = np.einsum("...j,...ji->...i", weight, rays) / total
    direction = np.concatenate([centre, np.ones_like(centre[..., :1])], axis=-1)
    view = rotation_between(np.broadcast_to(np.array([0, 0, 1], np.float32), direction.shape), direction)
    view = view.astype(np.float32)
    turned = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1) @ view
    flat = turned[..., :2] / np.maximum(turned[..., 2:], 0.1)
    spread = np.sqrt(np.einsum("...j,...ji,...ji->...", weight, flat, flat)[..., None] / total)
    spread = np.maximum(spread, 1e-4)
    return Seen(flat / spread[..., None], weight, view, spread)
