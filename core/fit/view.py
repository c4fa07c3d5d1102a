"""The axes a landmark network answers in: those of a camera that looks straight at the person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rotation import rotation_between
from ..skeleton import KEYPOINT_INDEX
from .root import to_rays

Array = NDArray[np.floating]


def view_centre(pixels: Array, confidence: Array, box_centre: Array) -> Array:
    """(T, 2) where the landmark network looked: the hips, which its crop is centred on; else the box."""
    hips = [KEYPOINT_INDEX["left_hip"], KEYPOINT_INDEX["right_hip"]]
    trusted = confidence[:, hips].min(1, keepdims=True) > 0.3
    return np.where(trusted, pixels[:, hips].mean(1), box_centre)


def view_rotation(centre: Array, camera: Array) -> Array:
    """(T, 3, 3) camera-from-view: networks take the crop's middle for the optical axis."""
    rays = to_rays(centre, camera)
    direction = np.concatenate([rays, np.ones_like(rays[:, :1])], axis=1)
    direction = np.where(np.isfinite(direction).all(1, keepdims=True), direction, np.array([0.0, 0, 1]))
    return rotation_between(np.broadcast_to(np.array([0.0, 0, 1]), direction.shape), direction)
