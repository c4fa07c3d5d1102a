"""Shape space and joint regressor, fitted to T-posed samples."""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

BETAS = 10


def area_centroid(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Centroid of the surface, (S,3) for vertices (S,V,3)."""
    corners = vertices[:, faces]
    area = np.linalg.norm(np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0]), axis=-1)
    return np.einsum("sf,sfi->si", area, corners.mean(2)) / area.sum(1)[:, None]


def principal_shapes(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (V,3), directions (V,3,10) of unit variance (metres per standard deviation), and explained share (10,).

    Signs: the first direction makes bodies taller, the others wider or longer, so that a rebuild keeps them.
    """
    mean = vertices.mean(0)
    flat = (vertices - mean).reshape(len(vertices), -1)
    values, rows = np.linalg.eigh(flat @ flat.T)
    order = np.argsort(values)[::-1][:BETAS]
    deviation = np.sqrt(values[order] / (len(vertices) - 1))
    directions = (rows[:, order].T @ flat) / np.sqrt(values[order])[:, None] * deviation[:, None]
    directions = directions.reshape(BETAS, *mean.shape)
    growth = np.einsum("kvi,vi->k", directions, mean - mean.mean(0))
    directions *= np.where(growth < 0, -1.0, 1.0)[:, None, None]
    return mean, np.moveaxis(directions, 0, -1), values[order] / values.sum()


def held_out_error(vertices: np.ndarray, mean: np.ndarray, directions: np.ndarray) -> float:
    """RMS distance (m) of bodies not used in the fit from their projection on the shape space."""
    basis = directions.reshape(-1, directions.shape[-1])
    flat = (vertices - mean).reshape(len(vertices), -1)
    coefficients = np.linalg.lstsq(basis, flat.T, rcond=None)[0]
    residual = (flat - (basis @ coefficients).T).reshape(vertices.shape)
    return float(np.sqrt((residual**2).sum(-1).mean()))


def section_centre(vertices: np.ndarray, faces: np.ndarray, point: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Area centroid of the cross-section of a mesh through ``point``: for a limb, its middle."""
    from scipy.spatial import ConvexHull

    normal = normal / np.linalg.norm(normal)
    height = (vertices - point) @ normal
    crossings = []
    for a, b in ((0, 1), (1, 2), (2, 0)):
        ha, hb = height[faces[:, a]], height[faces[:, b]]
        cut = ha * hb < 0
        share = (ha[cut] / (ha[cut] - hb[cut]))[:, None]
        crossings.append((1 - share) * vertices[faces[cut, a]] + share * vertices[faces[cut, b]])
    points = np.concatenate(crossings)
    u = np.linalg.svd(normal[None])[2][1:]
    flat = (points - point) @ u.T
    ring = flat[ConvexHull(flat).vertices]
    following = np.roll(ring, -1, 0)
    cross = ring[:, 0] * following[:, 1] - ring[:, 1] * following[:, 0]
    return point + ((ring + following) * cross[:, None]).sum(0) / (3 * cross.sum()) @ u


def _around(mean: np.ndarray, joint: np.ndarray, allowed: np.ndarray, directions: int = 90) -> np.ndarray:
    """Vertices that surround a joint: the nearest allowed one in each of many directions."""
    k = np.arange(directions) + 0.5
    polar, azimuth = np.arccos(1 - 2 * k / directions), np.pi * (1 + 5**0.5) * k
    rays = np.stack([np.cos(azimuth) * np.sin(polar), np.sin(azimuth) * np.sin(polar), np.cos(polar)], 1)
    offset = mean[allowed] - joint
    distance = np.linalg.norm(offset, axis=1)
    cosine = (offset / distance[:, None]) @ rays.T
    cost = np.where(cosine > np.cos(np.deg2rad(25)), distance[:, None], np.inf)
    best = cost.argmin(0)
    return allowed[np.unique(best[np.isfinite(cost.min(0))])]


def fit_regressor(
    vertices: np.ndarray,
    joints: np.ndarray,
    weights: np.ndarray,
    parents: tuple[int, ...],
    mirror: np.ndarray | None,
    mirror_joint: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Non-negative rows of sum 1 from vertices (S,V,3) to joints (S,J,3), each from vertices of its own region.

    Returns the regressor (J,V) and each joint's mean error (J,) in metres. With mirror maps of vertices and joints,
    only one side is fitted and the other is its mirror image.
    """
    mean, count = vertices.mean(0), joints.shape[1]
    dominant = weights.argmax(1)
    regressor = np.zeros((count, vertices.shape[1]))
    for j in range(count):
        if mirror_joint is not None and mirror_joint[j] < j:
            continue
        family = [j, parents[j], *(c for c in range(count) if parents[c] == j)]
        allowed = np.flatnonzero(np.isin(dominant, family))
        chosen = _around(mean, joints[:, j].mean(0), allowed)
        if mirror is not None and mirror_joint is not None and mirror_joint[j] == j:
            chosen = np.unique(np.concatenate([chosen, mirror[chosen]]))
        design = vertices[:, chosen].transpose(0, 2, 1).reshape(-1, len(chosen))
        target = joints[:, j].reshape(-1)
        heavy = 10.0 * np.sqrt(len(target))
        # A little ridge spreads the weight over more vertices, which keeps joints steady under new shapes.
        ridge = 0.02 * np.eye(len(chosen))
        system = np.concatenate([design, heavy * np.ones((1, len(chosen))), ridge])
        row = nnls(system, np.concatenate([target, [heavy], np.zeros(len(chosen))]))[0]
        row[row < 2e-3 * row.max()] = 0
        regressor[j, chosen] = row / row.sum()
    if mirror is not None and mirror_joint is not None:
        for j in range(count):
            if mirror_joint[j] == j:
                regressor[j] = (regressor[j] + regressor[j, mirror]) / 2
            elif mirror_joint[j] < j:
                regressor[j] = regressor[mirror_joint[j], mirror]
    error = np.linalg.norm(np.einsum("jv,svi->sji", regressor, vertices) - joints, axis=-1).mean(0)
    return regressor, error
