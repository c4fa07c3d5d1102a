"""Where people are, not only how they stand: MRPE, 3DPCK and its AUC, relative and absolute, and AP_root.

Lengths are metres unless the thresholds say otherwise; shares are 0…1 (tables print them in per cent).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from .alignment import Root, centred
from .masks import checked, common, known, mean

Array = NDArray[Any]

PCK_THRESHOLD = 0.15
# 0, 5, …, 150 mm: the thresholds of the MPI-INF-3DHP and MuPoTS evaluations.
AUC_THRESHOLDS: tuple[float, ...] = tuple(0.005 * i for i in range(31))
AP_THRESHOLD = 0.25


class RootError(NamedTuple):
    """MRPE and its parts along the camera's axes, in the input's unit."""

    mrpe: float
    x: float
    y: float
    z: float


def mrpe(predicted: ArrayLike, truth: ArrayLike, valid: ArrayLike | None = None) -> RootError:
    """MRPE: mean ‖r_p − r_t‖ of root joints (…, 3) in camera axes, and the mean |Δx|, |Δy|, |Δz| (Moon et al. 2019).

    Missing roots do not count; all NaN where none is left.
    """
    a, b = common(predicted, truth, valid)
    parts = np.abs(a - b)
    return RootError(mean(np.linalg.norm(a - b, axis=-1)), *(mean(parts[..., i]) for i in range(3)))


def rescaled_bones(predicted: ArrayLike, truth: ArrayLike, parents: Sequence[int], order: Sequence[int]) -> Array:
    """``predicted`` (…, J, 3) with the truth's bone lengths, directions kept; joints in ``order``, parents first.

    As in the MuPoTS evaluation (Mehta et al. 2018), for methods without a body of known size. The first joint of
    ``order`` stays. Missing joints make their descendants missing. Raises BadInputError where ``order`` has a child
    before its parent.
    """
    p, t = checked(predicted, "the prediction", 2), checked(truth, "the truth", 2)
    result = np.full(p.shape, np.nan)
    result[..., order[0], :] = p[..., order[0], :]
    done = {int(order[0])}
    for joint in order[1:]:
        parent = int(parents[joint])
        if parent not in done:
            raise BadInputError(f"Joint {joint} comes before its parent {parent}.", "Order joints from the root out.")
        bone = p[..., joint, :] - p[..., parent, :]
        length = np.linalg.norm(t[..., joint, :] - t[..., parent, :], axis=-1, keepdims=True)
        own = np.linalg.norm(bone, axis=-1, keepdims=True)
        # A bone of no length has no direction: its joint is missing, not on its parent.
        result[..., joint, :] = result[..., parent, :] + length * bone / np.where(own > 0, own, np.nan)
        done.add(int(joint))
    return result


def pck3d(
    predicted: ArrayLike,
    truth: ArrayLike,
    threshold: float = PCK_THRESHOLD,
    root: Root | None = None,
    matched: bool = False,
) -> float:
    """3DPCK: share of joints (…, J, 3) with ‖p_j − t_j‖ < ``threshold`` (Mehta et al. 2017; MuPoTS, Mehta et al. 2018).

    Relative with ``root`` (both centred on it), absolute without. A truth that is NaN is not annotated and never
    counts. A prediction that is NaN was not detected: with ``matched`` it does not count, without (mode *all*) it is
    wrong. NaN where nothing counts.
    """
    hit, counted = _hits(predicted, truth, np.array([threshold]), root, matched)
    return float(hit[0] / counted) if counted else float("nan")


def auc3d(
    predicted: ArrayLike,
    truth: ArrayLike,
    thresholds: Sequence[float] = AUC_THRESHOLDS,
    root: Root | None = None,
    matched: bool = False,
) -> float:
    """AUC of 3DPCK: its mean over 31 thresholds 0, 5, …, 150 mm (Mehta et al. 2017, 2018); modes as in ``pck3d``.

    No error is under 0 mm: a perfect prediction has 30/31."""
    hit, counted = _hits(predicted, truth, np.asarray(thresholds, np.float64), root, matched)
    return float((hit / counted).mean()) if counted else float("nan")


def ap_root(
    truth_image: ArrayLike,
    truth_root: ArrayLike,
    predicted_image: ArrayLike,
    predicted_root: ArrayLike,
    score: ArrayLike,
    threshold: float = AP_THRESHOLD,
) -> float:
    """AP_root: average precision of root joints found within ``threshold``, 25 cm as published (Moon et al. 2019).

    truth_image (N,), truth_root (N, 3), NaN where not annotated; predicted_image (M,), predicted_root (M, 3), score
    (M,). Detections by falling score; each takes the nearest true root of its picture, right when nearer than the
    threshold and that one is still free. Pictures without an annotated person do not count.
    AP = Σ_n P(n+1) · (R(n+1) − R(n)) from the first detection on, so the first adds nothing, as in the authors'
    evaluation. NaN without truth; 0 is earned: people are there and none was found.
    """
    images, roots = np.asarray(truth_image), checked(truth_root, "the true roots", 2)
    at, found = np.asarray(predicted_image), checked(predicted_root, "the predicted roots", 2)
    scores = np.asarray(score, np.float64)
    if images.shape != roots.shape[:-1] or at.shape != found.shape[:-1] or scores.shape != at.shape:
        raise BadInputError(
            f"AP_root needs one image and root per person and one score per detection; got {images.shape}, "
            f"{roots.shape}, {at.shape}, {found.shape}, {scores.shape}.",
            "Flatten people over all pictures first.",
        )
    annotated = known(roots)
    images, roots = images[annotated], roots[annotated]
    if not len(roots):
        return float("nan")
    counted = np.isin(at, images) & known(found)
    at, found, scores = at[counted], found[counted], scores[counted]
    free = np.ones(len(roots), bool)
    right = np.zeros(len(at), bool)
    for rank, i in enumerate(np.argsort(-scores, kind="stable")):
        own = np.flatnonzero(images == at[i])
        distances = np.linalg.norm(roots[own] - found[i], axis=-1)
        nearest = int(np.argmin(distances))
        if distances[nearest] < threshold and free[own[nearest]]:
            right[rank], free[own[nearest]] = True, False
    hits = np.cumsum(right)
    precision, recall = hits / np.arange(1, len(hits) + 1), hits / len(roots)
    return float(np.sum(precision[1:] * np.diff(recall)))


def _hits(
    predicted: ArrayLike, truth: ArrayLike, thresholds: Array, root: Root | None, matched: bool
) -> tuple[Array, int]:
    """Joints within each threshold (K,), and how many count."""
    a, b = checked(predicted, "the prediction", 2), checked(truth, "the truth", 2)
    if a.shape != b.shape:
        common(a, b)  # raises
    if root is not None:
        a, b = centred(a, root), centred(b, root)
    distance = np.linalg.norm(a - b, axis=-1)
    counts = known(b)
    if matched:
        counts &= known(a)
    # NaN distances, people that were not detected, compare as not below.
    within = distance[counts][:, None] < thresholds
    return within.sum(0), int(counts.sum())
