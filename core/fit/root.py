"""Absolute translation of a posed body by reprojecting it through the pinhole camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def locate(points: Array, rays: Array, weights: Array, scale: Array, rounds: int = 4) -> Array:
    """Translations (T, 3) m that bring ``points`` under their pixels.

    points (T, L, 3) m, camera axes; rays (T, L, 2) normalised image coordinates x/z, y/z; weights (T, L) ≥ 0, 0 where
    not measured; scale (T,) the residual, in ray units, beyond which a landmark counts as an outlier. The reprojection
    equations x + t_x = u (z + t_z), … are linear in the translation; dividing each by its depth makes them errors of
    the image, and a Cauchy weight drops outliers (iteratively reweighted least squares).
    """
    weights = np.where(np.isfinite(rays).all(-1), weights, 0.0)
    u = np.where(np.isfinite(rays), rays, 0.0)
    # Rows (1, 0, -u), (0, 1, -v); right-hand sides u z - x, v z - y.
    right = u * points[..., 2:] - points[..., :2]
    current = weights
    translation = np.zeros((len(points), 3))
    for _ in range(rounds):
        w2 = current**2
        total = w2.sum(1)
        normal = np.zeros((len(points), 3, 3))
        normal[:, 0, 0] = normal[:, 1, 1] = total
        normal[:, :2, 2] = normal[:, 2, :2] = -(w2[..., None] * u).sum(1)
        normal[:, 2, 2] = (w2 * (u**2).sum(-1)).sum(1)
        side = np.empty((len(points), 3))
        side[:, :2] = (w2[..., None] * right).sum(1)
        side[:, 2] = -(w2 * (u * right).sum(-1)).sum(1)
        # A tiny ridge keeps frames with fewer than two landmarks solvable; they are bridged afterwards.
        ridge = 1e-9 * (1 + total)[:, None, None] * np.eye(3)
        translation = np.linalg.solve(normal + ridge, side[..., None])[..., 0]
        depth = np.maximum(points[..., 2] + translation[:, None, 2], 0.1)
        residual = np.linalg.norm((points[..., :2] + translation[:, None, :2]) / depth[..., None] - u, axis=-1)
        current = weights / depth / np.sqrt(1 + (residual / scale[:, None]) ** 2)
    return translation


def project(points: Array, camera: Array) -> Array:
    """Pixels (…, 2) of points (…, 3) in camera axes; camera (3, 3)."""
    depth = np.maximum(points[..., 2:], 1e-3)
    homogeneous = np.concatenate([points[..., :2] / depth, np.ones_like(depth)], axis=-1)
    return (homogeneous @ np.asarray(camera, np.float64).T)[..., :2]


def to_rays(pixels: Array, camera: Array) -> Array:
    """Normalised image coordinates (…, 2) of pixels (…, 2)."""
    inverse = np.linalg.inv(np.asarray(camera, np.float64))
    homogeneous = np.concatenate([pixels, np.ones_like(pixels[..., :1])], axis=-1)
    return (homogeneous @ inverse.T)[..., :2]
