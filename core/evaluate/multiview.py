"""Many cameras: PCP of limbs, and how far points in the world lie from where the cameras saw them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from .masks import checked, mean
from .pose import joint_errors

Array = NDArray[Any]


def pcp_correct(
    predicted: ArrayLike, truth: ArrayLike, limbs: Sequence[Sequence[int]], alpha: float = 0.5
) -> tuple[Array, Array]:
    """(…, L) whether each limb is right, and whether it counts: its truth is annotated. See ``pcp``."""
    a, b = checked(predicted, "the prediction", 2), checked(truth, "the truth", 2)
    pairs = np.asarray(limbs, int)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.min() < 0 or pairs.max() >= b.shape[-2]:
        raise BadInputError(f"Limbs {pairs.tolist()} do not fit {b.shape[-2]} joints.", "Give pairs of joint indices.")
    if a.shape != b.shape:
        joint_errors(a, b)  # raises
    errors = np.linalg.norm(a - b, axis=-1)
    length = np.linalg.norm(b[..., pairs[:, 0], :] - b[..., pairs[:, 1], :], axis=-1)
    # NaN compares as not within: a limb that was not found is wrong.
    return errors[..., pairs].mean(-1) <= alpha * length, np.isfinite(length)


def pcp(predicted: ArrayLike, truth: ArrayLike, limbs: Sequence[Sequence[int]], alpha: float = 0.5) -> float:
    """PCP, mean of ends: share of limbs whose two end points' mean error is at most ``alpha`` of the true length.

    Joints (…, J, 3), limbs (L, 2). Belagiannis et al. 2014 (Campus, Shelf) as the reference evaluation computes it:
    the mean of the ends, not each. Limbs without annotation do not count; limbs not found are wrong.
    """
    right, counts = pcp_correct(predicted, truth, limbs, alpha)
    return float(right[counts].mean()) if counts.any() else float("nan")


def project(points: ArrayLike, K: ArrayLike, world_from_camera: ArrayLike, distortion: ArrayLike = ()) -> Array:
    """(T, N, 2) px of world points (T, N, 3); NaN behind the camera.

    K (3, 3), world_from_camera (4, 4) or (T, 4, 4), distortion k1 k2 p1 p2 [k3 [k4 k5 k6]] in OpenCV's order and model.
    """
    world = checked(points, "the points", 3)
    local = to_camera(world, world_from_camera)
    depth = local[..., 2:]
    x, y = np.moveaxis(local[..., :2] / np.where(depth > 0, depth, np.nan), -1, 0)
    lens = np.zeros(8)
    given = np.asarray(distortion, np.float64).ravel()
    if given.size > lens.size:
        raise BadInputError(f"{given.size} distortion coefficients; at most 8 are known.", "Use OpenCV's k1 … k6.")
    lens[: given.size] = given
    k1, k2, p1, p2, k3, k4, k5, k6 = lens
    r2 = x * x + y * y
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    bent_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    bent_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    matrix = np.asarray(K, np.float64)
    return np.stack(
        [matrix[0, 0] * bent_x + matrix[0, 1] * bent_y + matrix[0, 2], matrix[1, 1] * bent_y + matrix[1, 2]], axis=-1
    )


def to_camera(points: ArrayLike, world_from_camera: ArrayLike) -> Array:
    """World points (T, …, 3) in camera axes; world_from_camera (4, 4), or (T, 4, 4) for a camera that moves."""
    world, pose = np.asarray(points, np.float64), np.asarray(world_from_camera, np.float64)
    flat = world.reshape(len(world), -1, 3)
    if pose.ndim == 2:
        local = (flat - pose[:3, 3]) @ pose[:3, :3]
    elif len(pose) == len(world):
        local = np.einsum("tji,tnj->tni", pose[:, :3, :3], flat - pose[:, None, :3, 3])
    else:
        raise BadInputError(f"{len(pose)} camera poses for {len(world)} frames.", "Give one per frame.")
    return local.reshape(world.shape)


def reprojection_error(projected: ArrayLike, measured: ArrayLike, valid: ArrayLike | None = None) -> float:
    """Reprojection error: mean distance in px between projected points and measured ones, (…, 2) each.

    Points behind the camera or not measured (NaN, or ``valid`` false) do not count.
    """
    return mean(joint_errors(projected, measured, valid))

