"""Whether the skeleton is one skeleton: bone lengths over time and against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from .masks import checked, common, mean, mean_along

Array = NDArray[Any]


def bone_lengths(joints: ArrayLike, parents: Sequence[int]) -> Array:
    """(…, B) lengths of the bones of joints (…, J, 3), one per joint that has a parent (≥ 0), in joint order."""
    points = checked(joints, "the joints", 2)
    children = [j for j, parent in enumerate(parents) if parent >= 0]
    if len(parents) != points.shape[-2] or not children:
        raise BadInputError(
            f"{len(parents)} parents for {points.shape[-2]} joints.", "Give one parent per joint, −1 for the root."
        )
    return np.linalg.norm(points[..., children, :] - points[..., [parents[j] for j in children], :], axis=-1)


def bone_length_deviation(joints: ArrayLike, parents: Sequence[int]) -> float:
    """Bone-length deviation: standard deviation of each bone's length over time, mean over bones, metres.

    joints (T, J, 3) of one person. 0 for a constant skeleton, whatever its size. NaN for fewer than two frames, where
    nothing could deviate. After Zou et al. 2020 (bone length consistency).
    """
    lengths = bone_lengths(joints, parents)
    spread = np.sqrt(mean_along((lengths - mean_along(lengths, 0)) ** 2, 0))
    return mean(np.where(np.isfinite(lengths).sum(0) > 1, spread, np.nan))


def bone_length_error(predicted: ArrayLike, truth: ArrayLike, parents: Sequence[int]) -> float:
    """Bone-length error: |median length − true median length|, mean over bones, metres. Both (T, J, 3)."""
    a, b = common(predicted, truth, dimensions=3)
    own, true = bone_lengths(a, parents), bone_lengths(b, parents)
    known = np.isfinite(own).any(0) & np.isfinite(true).any(0)
    if not known.any():
        return float("nan")
    return mean(np.abs(np.nanmedian(own[:, known], axis=0) - np.nanmedian(true[:, known], axis=0)))
