"""Motion through the world: W-MPJPE, WA-MPJPE and RTE, for cameras that move and takes whose world is their own.

Joints (T, J, 3) and roots (T, 3) in metres, each side in its own gravity-aligned or free world: the metrics align.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .alignment import aligned_sequence, fit
from .masks import common, known, mean
from .pose import joint_errors

Array = NDArray[Any]

SEGMENT = 100


def w_mpjpe(predicted: ArrayLike, truth: ArrayLike, valid: ArrayLike | None = None, segment: int = SEGMENT) -> float:
    """W-MPJPE: MPJPE after the similarity that aligns the first two frames of each segment of 100 (Ye et al. 2023,
    SLAHMR; Kaufmann et al. 2023, EMDB).

    Segments follow one another, the rest at the end is one of its own; the mean is over all their frames and joints.
    Drift within a segment counts, where the world lies does not. Segments whose first two frames have fewer than 3
    common joints do not count.
    """
    return mean(world_errors(predicted, truth, valid, segment, 2))


def wa_mpjpe(predicted: ArrayLike, truth: ArrayLike, valid: ArrayLike | None = None, segment: int = SEGMENT) -> float:
    """WA-MPJPE: as W-MPJPE with the similarity of all frames of each segment (Ye et al. 2023), so that drift within a
    segment is averaged out."""
    return mean(world_errors(predicted, truth, valid, segment, None))


def world_errors(
    predicted: ArrayLike,
    truth: ArrayLike,
    valid: ArrayLike | None = None,
    segment: int = SEGMENT,
    first: int | None = 2,
) -> Array:
    """(T, J) errors behind W-MPJPE (``first`` 2) and WA-MPJPE (``first`` None): alignment on those frames."""
    a, b = common(predicted, truth, valid, dimensions=3)
    errors = np.full(a.shape[:-1], np.nan)
    for start in range(0, len(a), segment):
        part = slice(start, start + segment)
        errors[part] = joint_errors(aligned_sequence(a[part], b[part], first=first), b[part])
    return errors


def rte(predicted: ArrayLike, truth: ArrayLike, valid: ArrayLike | None = None) -> float:
    """RTE: mean distance of root positions (T, 3) after one rigid alignment (no scale) of the whole path, as a share
    of the length of the true path (Shin et al. 2024, WHAM).

    Frames missing in either do not count; the path leads straight over them. NaN with fewer than 3 frames, or for a
    person who stays in one place (a path under 1 mm): there is nothing to divide by.
    """
    a, b = common(predicted, truth, valid)
    there = known(a)
    a, b = a[there], b[there]
    length = float(np.linalg.norm(np.diff(b, axis=0), axis=-1).sum())
    if length < 1e-3:
        return float("nan")
    return mean(joint_errors(fit(a, b, scale=False).apply(a), b)) / length
