"""What a person's clothes look like: evidence for keeping people apart when their paths cross."""

from __future__ import annotations

import cv2
import numpy as np

from ..pose2d.crops import Frame
from ..skeleton import KEYPOINT_INDEX

_GRID = 10
_BINS = (8, 12, 12)
_SHOULDERS = (KEYPOINT_INDEX["left_shoulder"], KEYPOINT_INDEX["right_shoulder"])
_HIPS = (KEYPOINT_INDEX["left_hip"], KEYPOINT_INDEX["right_hip"])
_KNEES = (KEYPOINT_INDEX["left_knee"], KEYPOINT_INDEX["right_knee"])
SIZE = 2 * sum(_BINS)


def describe(frame: Frame, points: np.ndarray) -> np.ndarray:
    """(SIZE,) float32 histograms of lightness and colour over the trunk and the thighs; ``points`` (33, 2) image px.

    A part outside the picture gives zeros. Square roots are stored, so that a dot product of two descriptions is the
    Bhattacharyya coefficient.
    """
    trunk = _quad(points[_SHOULDERS[0]], points[_SHOULDERS[1]], points[_HIPS[0]], points[_HIPS[1]])
    thighs = np.concatenate([_line(points[hip], points[knee]) for hip, knee in zip(_HIPS, _KNEES, strict=True)])
    return np.concatenate([_histograms(frame, part) for part in (trunk, thighs)]).astype(np.float32)


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """0 (same colours) to 1 (nothing in common) between two descriptions; NaN where no part was seen in both."""
    parts = []
    for x, y in zip(np.split(a, 2), np.split(b, 2), strict=True):
        if x.any() and y.any():
            parts.append(1.0 - float(x @ y) / len(_BINS))
    return float(np.mean(parts)) if parts else float("nan")


def _quad(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Grid of points inside the quadrilateral with sides a–b and c–d, away from its rim."""
    u, v = np.meshgrid(np.linspace(0.2, 0.8, _GRID), np.linspace(0.15, 0.85, _GRID))
    u, v = u.reshape(-1, 1), v.reshape(-1, 1)
    return (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)


def _line(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a + np.linspace(0.15, 0.75, 3 * _GRID)[:, None] * (b - a)


def _histograms(frame: Frame, points: np.ndarray) -> np.ndarray:
    width, height = frame.size
    xy = np.rint(points).astype(int)
    inside = (xy >= 0).all(1) & (xy[:, 0] < width) & (xy[:, 1] < height)
    if inside.mean() < 0.3:
        return np.zeros(sum(_BINS))
    pixels = frame.levels[0][xy[inside, 1], xy[inside, 0]]
    lab = cv2.cvtColor(pixels[None], cv2.COLOR_RGB2LAB)[0].astype(float) / 255.0
    # Colour differences of clothes lie in the middle of the a and b axes.
    lab[:, 1:] = np.clip((lab[:, 1:] - 0.5) * 2.5 + 0.5, 0.0, 1.0)
    return np.concatenate([_soft_histogram(lab[:, i], bins) for i, bins in enumerate(_BINS)])


def _soft_histogram(values: np.ndarray, bins: int) -> np.ndarray:
    """Square roots of a histogram in which each value is shared by its two nearest bins, so that light may drift."""
    position = values * (bins - 1)
    low = np.minimum(position.astype(int), bins - 2)
    share = position - low
    counts = np.bincount(low, 1.0 - share, bins) + np.bincount(low + 1, share, bins)
    return np.sqrt(counts / len(values))
