"""How much two people's landmarks agree, in units of their size."""

from __future__ import annotations

import numpy as np

# Landmarks of the head crowd one place and would outvote the limbs; the nose stands for them.
_COMPARED = np.array([0, *range(11, 17), *range(23, 29)])
_MIN_VISIBLE = 0.3


def box_of(points: np.ndarray, visibility: np.ndarray, width: int, height: int) -> np.ndarray:
    """(N, 4) boxes x0, y0, x1, y1 px around the visible part of people, from points (N, 33, 2) and visibility (N, 33).

    A twelfth of its longer side is added all round, for the flesh around the landmarks; cut at the picture's border.
    """
    seen = visibility >= _MIN_VISIBLE
    seen |= ~(seen.sum(1, keepdims=True) >= 3)
    low = np.where(seen[..., None], points, np.inf).min(1)
    high = np.where(seen[..., None], points, -np.inf).max(1)
    margin = (high - low).max(1, keepdims=True) / 12.0
    limit = np.array([width - 1, height - 1])
    return np.concatenate([np.clip(low - margin, 0, limit), np.clip(high + margin, 0, limit)], 1).astype(np.float32)


def box_side(boxes: np.ndarray) -> np.ndarray:
    """(…,) longer side of boxes (…, 4), at least one pixel."""
    return np.maximum(np.maximum(boxes[..., 2] - boxes[..., 0], boxes[..., 3] - boxes[..., 1]), 1.0)


def pose_distance(a: np.ndarray, b: np.ndarray, visible_a: np.ndarray, visible_b: np.ndarray, size: float) -> float:
    """Mean distance of the limb landmarks that both see, over ``size`` px; points (33, 2), visibility (33,).

    Infinite where fewer than four are seen by both.
    """
    both = np.minimum(visible_a[_COMPARED], visible_b[_COMPARED]) >= _MIN_VISIBLE
    if both.sum() < 4:
        return float("inf")
    picked = _COMPARED[both]
    return float(np.hypot(*(a[picked] - b[picked]).T).mean() / max(size, 1.0))
