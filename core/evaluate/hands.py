"""Hands: joint errors, PCK-AUC, the place of one hand to the other, which hand is which, and how wrists turn.

Lengths are metres unless thresholds say otherwise; shares are 0…1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from .alignment import Root, centred
from .masks import checked, common, known, mean, mean_along, median
from .pose import joint_errors

Array = NDArray[Any]

PCK_RANGE = (0.020, 0.050)
_PCK_STEPS = 100


class Epe(NamedTuple):
    """End point error: mean and median, in the input's unit."""

    mean: float
    median: float


class InterHandMpjpe(NamedTuple):
    """MPJPE over all frames, over frames of a single hand (SH) and over frames of interacting hands (IH)."""

    all: float
    single: float
    interacting: float


def epe(predicted: ArrayLike, truth: ArrayLike, root: Root | None = None, valid: ArrayLike | None = None) -> Epe:
    """EPE: mean and median of ‖p_j − t_j‖ over all joints and frames, centred on ``root`` if given (Zimmermann & Brox
    2017, RHD and STB)."""
    if root is not None:
        predicted, truth = centred(predicted, root), centred(truth, root)
    errors = joint_errors(predicted, truth, valid)
    return Epe(mean(errors), median(errors))


def pck_auc(errors: ArrayLike, low: float = PCK_RANGE[0], high: float = PCK_RANGE[1]) -> float:
    """PCK-AUC: area under the share of joints with an error ≤ x for x from ``low`` to ``high`` (100 steps,
    trapezoids), over the area of a perfect curve (Zimmermann & Brox 2017; 20–50 mm for RHD and STB).

    errors of any shape, NaN does not count; NaN of nothing.
    """
    values = np.asarray(errors, np.float64)
    values = np.sort(values[np.isfinite(values)])
    if not values.size:
        return float("nan")
    thresholds = np.linspace(low, high, _PCK_STEPS)
    curve = np.searchsorted(values, thresholds, side="right") / values.size
    return float(np.trapezoid(curve, thresholds) / (high - low))


def f_score(predicted: ArrayLike, truth: ArrayLike, threshold: float) -> float:
    """F-score of two point sets (N, 3) and (M, 3): harmonic mean of the shares of points of each with a point of the
    other within ``threshold`` (Knapitsch et al. 2017; FreiHAND prints 5 and 15 mm). NaN if either is empty."""
    a, b = checked(predicted, "the prediction", 2), checked(truth, "the truth", 2)
    a, b = a[known(a)], b[known(b)]
    if not len(a) or not len(b):
        return float("nan")
    from scipy.spatial import KDTree

    precision = float(np.mean(KDTree(b).query(a)[0] <= threshold))
    recall = float(np.mean(KDTree(a).query(b)[0] <= threshold))
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def mrrpe(
    predicted_left: ArrayLike,
    predicted_right: ArrayLike,
    truth_left: ArrayLike,
    truth_right: ArrayLike,
    valid: ArrayLike | None = None,
) -> float:
    """MRRPE: mean ‖(l_p − r_p) − (l_t − r_t)‖ of the wrists (…, 3) where both hands are there (Moon et al. 2020,
    equation 7)."""
    predicted = np.asarray(predicted_left, np.float64) - np.asarray(predicted_right, np.float64)
    truth = np.asarray(truth_left, np.float64) - np.asarray(truth_right, np.float64)
    return mean(joint_errors(predicted, truth, valid))


def interhand_mpjpe(
    predicted: ArrayLike,
    truth: ArrayLike,
    interacting: ArrayLike,
    hands: Sequence[slice] = (slice(0, 21), slice(21, 42)),
    roots: Sequence[int] = (20, 41),
) -> InterHandMpjpe:
    """MPJPE of InterHand2.6M: each hand centred on its own wrist, mean over frames per joint, then over joints.

    predicted and truth (N, 42, 3), right hand first, NaN where not annotated; interacting (N,) bool. Moon et al. 2020,
    section 6. The order of means matters where joints are annotated unevenly.
    """
    a, b = common(predicted, truth, dimensions=3)
    both = np.asarray(interacting, bool)
    if both.shape != a.shape[:1]:
        raise BadInputError(f"{both.shape} interaction flags for {len(a)} frames.", "Give one per frame.")
    errors = np.full(a.shape[:2], np.nan)
    for hand, root in zip(hands, roots, strict=True):
        own, true = a[:, hand] - a[:, root, None], b[:, hand] - b[:, root, None]
        errors[:, hand] = np.linalg.norm(own - true, axis=-1)
    return InterHandMpjpe(*(mean(mean_along(errors[rows], 0)) for rows in (slice(None), ~both, both)))


def handedness_accuracy(probability: ArrayLike, truth: ArrayLike, threshold: float = 0.5) -> float:
    """Handedness accuracy: share of frames in which both hands' probabilities are on the right side of ``threshold``
    (Moon et al. 2020). probability and truth (N, 2), right and left; frames with NaN do not count.
    """
    p, t = common(probability, truth, last=2)
    there = known(p)
    right = ((p > threshold) == (t > 0.5)).all(-1)
    return mean(np.where(there, right, np.nan))


def swapped(
    predicted_left: ArrayLike, predicted_right: ArrayLike, truth_left: ArrayLike, truth_right: ArrayLike
) -> Array:
    """(T,) 1 where left and right are swapped, 0 where not, NaN where it cannot be said.

    Joints (T, J, 3), or (T, 3) for one. Swapped: the hands fit the truth crosswise with less than half the summed
    distance with which they fit it straight. It cannot be said with a hand missing, or with the true hands nearer
    than 20 mm to each other.
    """
    left, right, true_left, true_right = (
        _per_frame(x) for x in (predicted_left, predicted_right, truth_left, truth_right)
    )
    if not left.shape == right.shape == true_left.shape == true_right.shape:
        raise BadInputError(
            f"Hands have shapes {left.shape}, {right.shape}, {true_left.shape}, {true_right.shape}.",
            "Match frames by time and joints by name first.",
        )

    def distance(a: Array, b: Array) -> Array:
        return mean_along(np.linalg.norm(a - b, axis=-1), -1)

    straight = distance(left, true_left) + distance(right, true_right)
    crosswise = distance(left, true_right) + distance(right, true_left)
    told = np.isfinite(straight) & np.isfinite(crosswise) & (distance(true_left, true_right) >= 0.02)
    return np.where(told, crosswise < 0.5 * straight, np.nan)


def swaps_per_minute(is_swapped: ArrayLike, timestamps: ArrayLike) -> float:
    """Left/right swaps per minute: how often ``swapped`` (T,) begins, over the time in which it can be said.

    A swap that lasts counts once, one that begins the clip too. The time is that of all frames told, each lasting the
    median interval; NaN where it can never be said, or for one frame, which has no duration.
    """
    state, times = np.asarray(is_swapped, np.float64), np.asarray(timestamps, np.float64)
    if state.shape != times.shape:
        raise BadInputError(f"{state.shape} states for {times.shape} timestamps.", "Give one per frame.")
    known = np.isfinite(state)
    if not known.any() or len(times) < 2:
        return float("nan")
    seen = state[known] > 0
    starts = int(seen[0]) + int(np.count_nonzero(seen[1:] & ~seen[:-1]))
    return 60.0 * starts / (known.sum() * float(np.median(np.diff(times))))


def wrist_rotation_error(predicted: ArrayLike, truth: ArrayLike, valid: ArrayLike | None = None) -> float:
    """Wrist-rotation error: mean angle of R_pᵀ R_t in radians, arccos((tr − 1) / 2) (Huynh 2009, Φ₆).

    Rotation matrices (…, 3, 3) of wrists in one frame of reference. NaN does not count.
    """
    shape = np.shape(predicted)
    if shape != np.shape(truth) or shape[-2:] != (3, 3):
        raise BadInputError(
            f"Rotations have shapes {shape} and {np.shape(truth)}, expected (…, 3, 3).", "Give rotation matrices."
        )
    a, b = (np.asarray(m, np.float64).reshape(*shape[:-2], 9) for m in (predicted, truth))
    a, b = common(a, b, valid, dimensions=1, last=9)
    turn = np.einsum("...ji,...jk->...ik", a.reshape(shape), b.reshape(shape))
    # atan2 of sine and cosine: arccos alone has no precision near 0 and π.
    pairs = ((2, 1), (0, 2), (1, 0))
    axis = np.stack([turn[..., i, j] - turn[..., j, i] for i, j in pairs])
    cosine = np.trace(turn, axis1=-2, axis2=-1) - 1
    return mean(np.arctan2(np.linalg.norm(axis, axis=0), cosine))


def _per_frame(points: ArrayLike) -> Array:
    array = checked(points, "the hand", 2)
    return array[:, None] if array.ndim == 2 else array
