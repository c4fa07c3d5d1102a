"""Skin weights made fit for 52 joints and for game engines.

There are no pose correctives: fitted to delta mush they changed pictures barely, and Blender and game engines, which
skin by weights alone, would show another surface than the engine.
"""

from __future__ import annotations

import numpy as np

from .mesh import smoothing_matrix

INFLUENCES = 4  # what game engines take


def refine(weights: np.ndarray, quads: np.ndarray, mirror: np.ndarray, mirror_joint: np.ndarray) -> np.ndarray:
    """Smoothed, symmetric weights with at most four joints per vertex, rows of sum 1."""
    smooth = smoothing_matrix(quads, len(weights))
    for _ in range(3):
        weights = smooth @ weights
    return limit(weights, mirror, mirror_joint)


def limit(weights: np.ndarray, mirror: np.ndarray, mirror_joint: np.ndarray) -> np.ndarray:
    """The four largest weights of each vertex, symmetric, rows of sum 1."""
    weights = (weights + weights[mirror][:, mirror_joint]) / 2
    # A tiny preference by joint number decides between equals the same way on both sides.
    weakest = np.argsort(-weights, axis=1, kind="stable")[:, INFLUENCES:]
    weights = weights.copy()
    np.put_along_axis(weights, weakest, 0.0, axis=1)
    weights[weights < 2e-3] = 0.0
    return weights / weights.sum(1, keepdims=True)
