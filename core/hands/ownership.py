"""Which arm a found hand hangs on: one hand, one arm."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation

from .landmarks import HandLandmarks

_WRIST = 0
# The landmark network's probability from which on it is taken to see a hand.
MIN_PRESENCE = 0.5
# Enough where a hand was seen within this many frames.
_MIN_BESIDE = 0.25
_BESIDE = 2
# Mean distance of two hands' points over their size below which they are one hand.
_SAME_HAND = 0.3
# A hand whose wrist is further from the arm's than this times its size does not hang on that arm.
_MAX_WRIST_SHIFT = 1.2
# Handedness weighs as much as this share of the hand's size of distance between wrists.
_HANDEDNESS_WEIGHT = 0.5


def clashes(left: HandLandmarks, right: HandLandmarks, wrists: np.ndarray) -> np.ndarray:
    """(n,) the arm (0 left, 1 right) whose crop found the other arm's hand, −1 where there is no such clash.

    ``wrists`` (n, 2, 2): the body network's wrists, image px. A hand that both found stays with the arm whose wrist is
    closer, the network's handedness being weighed in.
    """
    size = np.fmax(hand_size(left.points), hand_size(right.points))
    apart = np.hypot(*np.moveaxis(left.points - right.points, -1, 0)).mean(-1) / np.fmax(size, 1.0)
    both = (left.presence >= MIN_PRESENCE) & (right.presence >= MIN_PRESENCE)
    left_cost = _wrist_shift(left, wrists[:, 0]) + _HANDEDNESS_WEIGHT * left.right
    right_cost = _wrist_shift(right, wrists[:, 1]) + _HANDEDNESS_WEIGHT * (1.0 - right.right)
    return np.where(both & (apart < _SAME_HAND), np.where(left_cost > right_cost, 0, 1), -1)


def settle(left: HandLandmarks, right: HandLandmarks, wrists: np.ndarray) -> None:
    """Take away, in place, what is no hand, hangs too far from its arm, or belongs to the other arm."""
    loser = clashes(left, right, wrists)
    for side, hands in enumerate((left, right)):
        shift = _wrist_shift(hands, wrists[:, side])
        sure = hands.presence >= MIN_PRESENCE
        # A blurred hand beside frames where it was seen well is still that hand.
        beside = np.asarray(binary_dilation(sure, iterations=_BESIDE), bool)
        there = sure | (beside & (hands.presence >= _MIN_BESIDE) & (shift < _MAX_WRIST_SHIFT / 2.0))
        drop = np.flatnonzero(~there | ~(shift <= _MAX_WRIST_SHIFT) | (loser == side))
        hands.put(drop, HandLandmarks.empty(len(drop)))


def hand_size(points: np.ndarray) -> np.ndarray:
    """(N,) longer side of the box around hands (N, 21, 2), px; NaN for NaN."""
    return (points.max(1) - points.min(1)).max(-1)


def _wrist_shift(hands: HandLandmarks, wrist: np.ndarray) -> np.ndarray:
    """(n,) distance of the hands' wrists from the arms', over the hands' size."""
    return np.hypot(*(hands.points[:, _WRIST] - wrist).T) / np.fmax(hand_size(hands.points), 1.0)
