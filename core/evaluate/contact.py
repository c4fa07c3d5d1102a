"""Feet and floor: sliding, stance-foot speed, penetration, float, and contact detection.

Points (T, N, 3) metres in a world with the floor at z = 0, usually the body's contact points (heels and balls). Which
of them stand comes from the truth, so a method cannot be right by declaring no contact.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from .dynamics import velocity
from .masks import checked, mean, percentile

Array = NDArray[Any]

STILL = 0.01  # m per frame, WHAM's limit for a foot in contact


class Depths(NamedTuple):
    """95th percentile and mean over frames, m, and the share of frames with more than a millimetre."""

    p95: float
    mean: float
    share: float


class F1(NamedTuple):
    """Harmonic mean of precision and recall, and both; NaN where undefined."""

    f1: float
    precision: float
    recall: float


def standing(contact: ArrayLike) -> Array:
    """(T − 1, N) steps during which a point stands: in contact (probability ≥ 0.5) at both ends. contact (T, N)."""
    touching = np.asarray(contact, np.float64) >= 0.5
    return touching[1:] & touching[:-1]


def still_steps(truth: ArrayLike, limit: float = STILL) -> Array:
    """(T − 1, N) steps over which a true point (T, N, 3) moves less than ``limit`` m: contact where labels lack."""
    points = checked(truth, "the true points", 3)
    return np.linalg.norm(np.diff(points, axis=0), axis=-1) < limit


def foot_sliding(points: ArrayLike, steps: ArrayLike) -> float:
    """Foot sliding: mean ‖x(t+1) − x(t)‖ in metres per frame over the ``steps`` (T − 1, N) in which the true foot
    stands (Shin et al. 2024, WHAM, with vertices of toes and heels).

    Depends on the frame rate, as published; ``stance_foot_speed`` does not. NaN where no foot ever stands.
    """
    return mean(_over_steps(velocity(checked(points, "the points", 3)), steps))


def stance_foot_speed(points: ArrayLike, steps: ArrayLike, timestamps: ArrayLike) -> float:
    """Stance-foot speed: mean ‖v‖ in m/s over the ``steps`` (T − 1, N) in which the true foot stands.

    NaN where no foot ever stands.
    """
    return mean(_over_steps(velocity(checked(points, "the points", 3), timestamps), steps))


def penetration(points: ArrayLike) -> Depths:
    """Penetration: how deep the deepest point of each frame lies below the floor, max(0, −z).

    After the ground penetration of Yuan et al. 2021 (SimPoE), over all frames, so that a rare deep dive and a shallow
    constant one differ. A real 0 means never below; frames without points do not count, NaN where none has any.
    """
    return _depths(-checked(points, "the points", 3)[..., 2])


def floating(points: ArrayLike, contact: ArrayLike) -> Depths:
    """Float: how high the highest point lies above the floor, max(0, z), among those in true contact (T, N) per frame.

    Frames in which nothing touches do not count; NaN where there is none.
    """
    heights = checked(points, "the points", 3)[..., 2]
    touching = np.asarray(contact, np.float64) >= 0.5
    if touching.shape != heights.shape:
        raise _misfit("contacts", touching.shape, heights.shape)
    return _depths(np.where(touching, heights, np.nan))


def contact_f1(probability: ArrayLike, truth: ArrayLike, threshold: float = 0.5) -> F1:
    """Contact F1: 2PR / (P + R) of contacts (T, N) at ``threshold`` over all frames and points.

    NaN in either does not count. NaN where neither side has a contact: nothing was asked.
    """
    p, t = np.asarray(probability, np.float64), np.asarray(truth, np.float64)
    if p.shape != t.shape:
        raise _misfit("contacts", p.shape, t.shape)
    there = np.isfinite(p) & np.isfinite(t)
    ours, true = p[there] >= threshold, t[there] >= 0.5
    right, said, given = int((ours & true).sum()), int(ours.sum()), int(true.sum())
    return F1(_ratio(2 * right, said + given), _ratio(right, said), _ratio(right, given))


def _over_steps(velocities: Array, steps: ArrayLike) -> Array:
    chosen = np.asarray(steps, bool)
    if chosen.shape != velocities.shape[:-1]:
        raise _misfit("steps", chosen.shape, velocities.shape[:-1])
    return np.linalg.norm(velocities, axis=-1)[chosen]


def _depths(values: Array) -> Depths:
    """Of the largest value per frame (T, N), where positive."""
    there = np.isfinite(values).any(-1)
    largest = np.maximum(np.nanmax(values[there], axis=-1), 0.0) if there.any() else np.zeros(0)
    return Depths(percentile(largest, 95), mean(largest), mean(np.where(largest > 0.001, 1.0, 0.0)))


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def _misfit(what: str, actual: tuple[int, ...], expected: tuple[int, ...]) -> BadInputError:
    return BadInputError(f"The {what} have shape {actual}, expected {expected}.", "Give one per frame and point.")
