"""Laying a prediction over the truth: by a root, a scale, a rigid motion or a similarity, per frame or sequence.

Least squares of Umeyama 1991 ("Least-squares estimation of transformation parameters between two point patterns",
equations 40–42), the rotation after Kabsch 1976; reflections are never used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from ..rotation import nearest_rotation
from .masks import checked, common, mean_along

Array = NDArray[Any]
# The joint, or the joints whose middle is, the origin.
Root = int | Sequence[int]

FEWEST_POINTS = 3  # two points leave a turn about their line free


class Similarity(NamedTuple):
    """``scale · rotation · x + translation``: (…), (…, 3, 3), (…, 3). All NaN where it could not be found."""

    scale: Array
    rotation: Array
    translation: Array

    def apply(self, points: ArrayLike) -> Array:
        """(…, N, 3) to (…, N, 3)."""
        turned = np.einsum("...ij,...nj->...ni", self.rotation, np.asarray(points, np.float64))
        return self.scale[..., None, None] * turned + self.translation[..., None, :]


def fit(source: ArrayLike, target: ArrayLike, scale: bool = True, valid: ArrayLike | None = None) -> Similarity:
    """The similarity (rigid motion without ``scale``) that takes ``source`` (…, N, 3) nearest to ``target`` (…, N, 3).

    One per leading index. Points missing in either do not count; with fewer than 3 common points, or all in one place,
    it is NaN. Raises BadInputError where shapes differ.
    """
    s, t = common(source, target, valid)
    there = np.isfinite(s[..., :1])
    number = there.sum(-2)  # (…, 1)
    middle_s, middle_t = mean_along(s, -2), mean_along(t, -2)
    a = np.where(there, s - middle_s[..., None, :], 0.0)
    b = np.where(there, t - middle_t[..., None, :], 0.0)
    covariance = np.einsum("...ni,...nj->...ij", b, a)
    rotation = nearest_rotation(covariance)
    spread = np.einsum("...ni,...ni->...", a, a)
    extent = np.max(np.abs(np.nan_to_num(s)), axis=(-2, -1), initial=0.0)
    found = (number[..., 0] >= FEWEST_POINTS) & (spread > (1e-9 * extent) ** 2)
    factor = np.ones_like(spread)
    if scale:
        factor = np.einsum("...ij,...ij->...", rotation, covariance) / np.where(found, spread, 1.0)
    factor = np.where(found, factor, np.nan)
    rotation = np.where(found[..., None, None], rotation, np.nan)
    translation = middle_t - factor[..., None] * np.einsum("...ij,...j->...i", rotation, middle_s)
    return Similarity(factor, rotation, translation)


def aligned(source: ArrayLike, target: ArrayLike, scale: bool = True, valid: ArrayLike | None = None) -> Array:
    """``source`` (…, N, 3) after ``fit`` to ``target``, one alignment per leading index; NaN where none was found."""
    return fit(source, target, scale, valid).apply(source)


def aligned_sequence(source: ArrayLike, target: ArrayLike, scale: bool = True, first: int | None = None) -> Array:
    """``source`` (T, J, 3) after one alignment for the whole sequence, found on its ``first`` frames (None: all)."""
    s, t = checked(source, "the prediction", 3), checked(target, "the truth", 3)
    head = slice(None, first)
    found = fit(s[head].reshape(-1, 3), t[head].reshape(-1, 3), scale)
    return found.apply(s.reshape(-1, 3)).reshape(s.shape)


def scaled(source: ArrayLike, target: ArrayLike, valid: ArrayLike | None = None) -> Array:
    """``source`` (…, N, 3) times the one factor per leading index that takes it nearest to ``target``: ⟨s,t⟩ / ⟨s,s⟩.

    Rhodin et al. 2018, section 4 (N-MPJPE); about the origin, so centre on the root first. NaN where all points lie in
    the origin.
    """
    s, t = common(source, target, valid)
    products = np.nansum(s * t, axis=(-2, -1))
    squares = np.nansum(s * s, axis=(-2, -1))
    factor = np.where(squares > 0, products / np.where(squares > 0, squares, 1.0), np.nan)
    return factor[..., None, None] * s


def centred(points: ArrayLike, root: Root) -> Array:
    """(…, J, 3) minus the root joint, or the middle of several. Frames without the root become NaN.

    Raises BadInputError for a root that is no joint.
    """
    array = checked(points, "the joints", 2)
    chosen = [root] if isinstance(root, (int, np.integer)) else list(root)
    if not chosen or not all(-array.shape[-2] <= j < array.shape[-2] for j in chosen):
        raise BadInputError(
            f"The root {root} is not among {array.shape[-2]} joints.", "Name a root that the skeleton has."
        )
    # A middle of which one side is missing would be another point: it is missing.
    return array - array[..., chosen, :].mean(-2, keepdims=True)
