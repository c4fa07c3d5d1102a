"""Which arm a found hand hangs on: one hand, one arm."""

from __future__ import annotations

import numpy as np

from .landmarks import HandLandmarks

_WRIST, _MIDDLE_TIP = 0, 12
# Mean distance of two hands' points over their size below which they are one hand.
_SAME_HAND = 0.3
# A hand whose wrist is further from the arm's than this times its size does not hang on that arm.
_MAX_WRIST_SHIFT = 1.2
# Handedness weighs as much as this share of the hand's size of distance between wrists.
_HANDEDNESS_WEIGHT = 0.5


def own_hands(left: HandLandmarks, right: HandLandmarks, wrists: np.ndarray) -> tuple[HandLandmarks, HandLandmarks]:
    """The hands found by the left and the right arm's crops (n each) with what is not theirs taken away.

    ``wrists`` (n, 2, 2) the body network's wrists, image px. Where both arms found the same hand it stays with the arm
    whose wrist is closer, the network's handedness being weighed in; hands far from their arm are dropped.
    """
    size = np.maximum(hand_size(left.points), hand_size(right.points))
    costs = np.stack([
        _cost(left, wrists[:, 0], 1.0 - left.right),
        _cost(right, wrists[:, 1], right.right),
    ])  # fmt: skip
    both = (left.presence > 0) & (right.presence > 0)
    apart = np.hypot(*np.moveaxis(left.points - right.points, -1, 0)).mean(-1) / np.maximum(size, 1.0)
    clash = both & (apart < _SAME_HAND)
    loser = np.argmax(costs, 0)
    kept = []
    for side, hands in enumerate((left, right)):
        shift = np.hypot(*(hands.points[:, _WRIST] - wrists[:, side]).T) / np.maximum(hand_size(hands.points), 1.0)
        drop = (clash & (loser == side)) | (shift > _MAX_WRIST_SHIFT)
        result = hands.take(np.arange(len(hands)))
        result.put(
            np.flatnonzero(drop | (hands.presence < 0.5)),
            HandLandmarks.empty(int((drop | (hands.presence < 0.5)).sum())),
        )
        kept.append(result)
    return kept[0], kept[1]


def hand_size(points: np.ndarray) -> np.ndarray:
    """(N,) longer side of the box around hands (N, 21, 2), px; NaN for NaN."""
    return (points.max(1) - points.min(1)).max(-1)


def _cost(hands: HandLandmarks, wrist: np.ndarray, agrees: np.ndarray) -> np.ndarray:
    shift = np.hypot(*(hands.points[:, _WRIST] - wrist).T) / np.maximum(hand_size(hands.points), 1.0)
    return shift + _HANDEDNESS_WEIGHT * (1.0 - agrees)
