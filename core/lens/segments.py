"""Straight edges of the background: walls, floors, doors and windows run to vanishing points, which tell the lens."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

# Pictures are looked at no wider than this (px); shorter edges (share of the longer side) and more of them tell little.
_SIDE, _SHORTEST, _MOST = 960, 0.03, 120
# Boxes of people are widened by this share.
_ROOM = 0.06


def looks_of(chunk: int, frames: int) -> list[int]:
    """Which pictures of a chunk are looked at: the first of chunks 0, 1, 2, 4, 8, … and the last of the very first, so
    that hours of footage are looked at a few times."""
    if chunk & (chunk - 1):
        return []
    return [0, frames - 1] if chunk == 0 and frames > 1 else [0]


def find_segments(image: NDArray[np.uint8], boxes: Array) -> NDArray[np.float32]:
    """(N, 4) px x0, y0, x1, y1 of the longest straight edges of an RGB picture (H, W, 3), longest first.

    boxes (k, 4) px x0, y0, x1, y1: people, whose edges are left out. Source: von Gioi et al., LSD, 2012.
    """
    height, width = image.shape[:2]
    side = max(height, width)
    scale = min(1.0, _SIDE / side)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))[0]
    if found is None:
        return np.zeros((0, 4), np.float32)
    ends = (np.asarray(found, np.float32).reshape(-1, 4) + 0.5) / scale - 0.5
    lengths = np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])
    kept = (lengths > _SHORTEST * side) & ~_on_people((ends[:, :2] + ends[:, 2:]) / 2, boxes)
    return ends[kept][np.argsort(-lengths[kept])][:_MOST]


def _on_people(points: Array, boxes: Array) -> NDArray[np.bool_]:
    on = np.zeros(len(points), bool)
    for x0, y0, x1, y1 in np.asarray(boxes, float).reshape(-1, 4):
        room = _ROOM * max(x1 - x0, y1 - y0)
        across = (points[:, 0] > x0 - room) & (points[:, 0] < x1 + room)
        on |= across & (points[:, 1] > y0 - room) & (points[:, 1] < y1 + room)
    return on
