"""The floor found anew from what stands on it: feet that were held still in the whole motion lie in one plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rotation import normalise

Array = NDArray[np.floating]

# Expected errors of the floor found before, as slopes along the view and across it; chosen on 44 clips of known truth.
_ALONG, _ACROSS = float(np.radians(1.5)), float(np.radians(3.0))
# Expected error of the height (m) at which a foot stands; frames of a stance repeat one measurement, so that all of
# them together count as so many at most.
_HEIGHT, _MOST = 0.05, 20.0
_ROUNDS = 4


def levelling(points: Array, weights: Array, forwards: Array) -> Array:
    """(4, 4) transform of the world after which points that stand lie at z = 0.

    points (N, 3) m in a world whose floor is about z = 0, weights (N,) how firmly each stands, forwards (3,) where the
    camera looks. The slope is held to none, more tightly along the view, where depths mislead; points on something else
    than the floor are left out by their distance from it (iteratively reweighted least squares).
    """
    total = weights.sum()
    if total < 1:
        return np.eye(4)
    ahead = normalise(np.array([forwards[0], forwards[1] + 1e-9, 0.0]))
    aside = np.array([ahead[1], -ahead[0], 0.0])
    prior = np.diag([1 / _ACROSS**2, 1 / _ALONG**2])
    robust = np.ones_like(weights)
    slope, mean = np.zeros(2), np.zeros(3)
    for _ in range(_ROUNDS):
        w = weights * robust
        mean = (w[:, None] * points).sum(0) / w.sum()
        plane = (points - mean) @ np.stack([aside, ahead], axis=1)
        scaled = w * min(1.0, _MOST / total) / _HEIGHT**2
        normal = (plane * scaled[:, None]).T @ plane + prior
        slope = np.linalg.solve(normal, (plane * scaled[:, None]).T @ (points[:, 2] - mean[2]))
        distance = points[:, 2] - mean[2] - plane @ slope
        robust = 1 / (1 + (distance / (2 * _HEIGHT)) ** 2)
    up = normalise(np.array([0, 0, 1.0]) - slope[0] * aside - slope[1] * ahead)
    result = np.eye(4)
    result[:3, :3] = _upright(up, ahead)
    result[2, 3] = -(result[2, :3] @ mean)
    return result


def _upright(up: Array, ahead: Array) -> Array:
    """(3, 3) rotation that brings ``up`` to +Z and keeps ``ahead`` over where it points."""
    forwards = normalise(ahead - up * (up @ ahead))
    own = np.stack([np.cross(forwards, up), forwards, up])
    flat = np.stack([np.cross(ahead, [0, 0, 1.0]), ahead, [0, 0, 1.0]])
    return flat.T @ own
