"""What tells that a foot stands: how both feet move and how high they are, over the half second around a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rotation import normalise

Array = NDArray[np.floating]

# Seconds around a frame at which the feet are looked at: the same whatever the frame rate.
OFFSETS = np.arange(-8, 9) / 30.0
_STATURE = 1.70
_PER_POINT = 4
FEATURES = len(OFFSETS) * (4 * _PER_POINT + 4) + 1


def foot_features(soles: Array, camera: Array, timestamps: Array, confidence: Array, height: float) -> Array:
    """(T, 2, FEATURES) float32 of the left and the right foot; each foot's own points come first, so that one network
    serves both.

    soles (T, 4, 3) m: left heel, left ball, right heel, right ball, world with the floor at z = 0; camera (T, 3) m,
    its place; timestamps (T,) s, at least two; confidence (T, 4) of their landmarks; height (m) of the person, whose
    stature everything is measured by.
    """
    times = np.asarray(timestamps, np.float64)
    points, eye = soles * (_STATURE / height), camera * (_STATURE / height)
    velocity = np.gradient(points, times, axis=0)
    sight = normalise(points - eye[:, None])
    along = np.sum(velocity * sight, axis=-1)
    # Depth is what one picture shows worst, so what a foot does along the view is told apart.
    across = np.linalg.norm(velocity - along[..., None] * sight, axis=-1)
    channels = np.stack(
        [np.clip(points[..., 2] / 0.1, -2, 4), np.clip(velocity[..., 2] / 0.5, -3, 3), np.log1p(across / 0.1),
         np.clip(along, -3, 3)], axis=-1
    )  # fmt: skip
    window = _window(np.concatenate([channels.reshape(len(times), -1), confidence], axis=1), times)
    half, motion = 2 * _PER_POINT, 4 * _PER_POINT
    left = np.concatenate([window[..., :half], window[..., motion : motion + 2]], axis=-1).reshape(len(times), -1)
    right = np.concatenate([window[..., half:motion], window[..., motion + 2 :]], axis=-1).reshape(len(times), -1)
    lowest = window[..., 0:motion:_PER_POINT].min(axis=(1, 2))[:, None]
    both = [np.concatenate([left, right, lowest], axis=1), np.concatenate([right, left, lowest], axis=1)]
    return np.stack(both, axis=1).astype(np.float32)


def _window(values: Array, times: Array) -> Array:
    """(T, K, C): values (T, C) at the offsets around each time, linear between frames, held at the ends."""
    at = times[:, None] + OFFSETS
    after = np.clip(np.searchsorted(times, at), 1, len(times) - 1)
    share = np.clip((at - times[after - 1]) / (times[after] - times[after - 1]), 0, 1)[..., None]
    return values[after - 1] + share * (values[after] - values[after - 1])
