"""Which soles and palms stand still, and on what: the floor, or another surface at its own height."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import normalise
from .network import load_contact_net
from .points import DURATION, contact_probability, lasting

Array = NDArray[np.floating]

SOLES = 4
# A contact begins above the one, lasts while above the other, and a gap this short (s) does not end it. It lasts on
# little, and is then held as little: of a foot that lands or leaves, doubt about the frame is no doubt of the contact.
_BEGIN, _LAST, _GAP = 0.5, 0.12, 0.07
# Something else than the floor is stood on where a point rests this high (m), for this long (s), this still (m/s).
_HIGH, _LONG, _STILL = 0.15, 0.4, 0.15
# Feet with less confidence are not in the picture.
_SEEN = 0.1
# How much of a speed along the line of sight is believed.
_DEPTH_SHARE = 0.3
# A hand rests on something where its shoulder strays this far (m at a stature of 1.70 m) while the palm keeps within
# this share of that: a hand that hangs, or is held up, goes where its shoulder goes.
_STRAY, _KEEPS, _STATURE = 0.03, 0.35, 1.70


@dataclass(frozen=True)
class Contacts:
    """``probability`` (T, 6) that a point is in contact; ``standing`` (T, 6) how firmly it is to be held, 0 outside the
    contacts; ``level`` (T, 6) m height of the floor it stands on, NaN where that is another surface, or nothing."""

    probability: Array
    standing: Array
    level: Array


# What ``detect`` is, for those who look at what it is given.
Detector = Callable[[Array, Array, Array, Array, Array, float], Contacts]


def detect(
    points: Array, shoulders: Array, camera: Array, timestamps: Array, confidence: Array, height: float
) -> Contacts:  # fmt: skip
    """Contacts of heels, balls and palms.

    points (T, 6, 3) m in the order of CONTACT_POINTS, world with the floor at z = 0; shoulders (T, 2, 3) m, left and
    right; camera (T, 3) m where it stands; timestamps (T,) s; confidence (T, 6) that the points are where they seem to
    be; height (m) of the person.
    """
    if len(points) < 2:
        probability = contact_probability(points, timestamps, confidence)
        return Contacts(probability, np.zeros_like(probability), np.full_like(probability, np.nan))
    soles = load_contact_net().soles(points[:, :SOLES], camera, timestamps, confidence[:, :SOLES], height)
    palms = contact_probability(points[:, SOLES:], timestamps, confidence[:, SOLES:])
    elsewhere = _elsewhere(points, camera, timestamps) * confidence
    elsewhere[:, SOLES:] *= _rests(elsewhere[:, SOLES:], points[:, SOLES:], shoulders, camera, timestamps, height)
    floor = np.concatenate([soles * (confidence[:, :SOLES] > _SEEN), palms], axis=1)
    probability = np.maximum(floor, elsewhere)
    return contacts_of(probability, points[..., 2], timestamps)


def contacts_of(probability: Array, heights: Array, timestamps: Array) -> Contacts:
    """The contacts that probabilities (T, 6) make: held firmly, and on the floor where heights (T, 6) m are about 0."""
    standing, level = np.zeros_like(probability), np.full_like(probability, np.nan)
    for point in range(probability.shape[1]):
        for begin, end in intervals(probability[:, point], timestamps):
            standing[begin:end, point] = np.clip(probability[begin:end, point] / _BEGIN, _LAST, 1.0)
            if np.median(heights[begin:end, point]) < _HIGH:
                level[begin:end, point] = 0.0
    return Contacts(probability, standing, level)


def intervals(probability: Array, timestamps: Array) -> list[tuple[int, int]]:
    """[begin, end) of the stretches of probability (T,) that begin and last as contacts do, with hysteresis."""
    lasts = probability > _LAST
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lasts, [False]]).astype(int)))
    stretches: list[tuple[int, int]] = []
    for begin, end in edges.reshape(-1, 2).tolist():
        if stretches and timestamps[begin] - timestamps[stretches[-1][1] - 1] <= _GAP:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((begin, end))
    step = float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else 0.0
    return [
        (begin, end)
        for begin, end in stretches
        if probability[begin:end].max() > _BEGIN and timestamps[end - 1] - timestamps[begin] + step >= DURATION - 1e-9
    ]


def _elsewhere(points: Array, camera: Array, timestamps: Array) -> Array:
    """(T, N) probability that a point rests on something high: only what keeps still for long."""
    velocity = _doubting_depth(np.gradient(points, timestamps, axis=0), points, camera)
    speed = np.linalg.norm(velocity, axis=-1)
    return lasting((points[..., 2] > _HIGH) / (1 + (speed / _STILL) ** 4), timestamps, _LONG)


def _rests(still: Array, palms: Array, shoulders: Array, camera: Array, timestamps: Array, height: float) -> Array:
    """(T, 2) 1 where a palm that keeps still, ``still`` (T, 2), does so against the motion of its shoulder, else 0."""
    result = np.zeros_like(still)
    for hand in range(still.shape[1]):
        for begin, end in intervals(still[:, hand], timestamps):
            moved, strayed = (
                _stray(points[begin:end, hand], camera[begin:end]) for points in (palms, shoulders)
            )  # fmt: skip
            if strayed > _STRAY * height / _STATURE and moved < _KEEPS * strayed:
                result[begin:end, hand] = 1.0
    return result


def _stray(points: Array, camera: Array) -> float:
    """How far (m) points (T, 3) stray from their middle, but for the tenth of the frames that are farthest."""
    away = points - np.median(points, axis=0)
    return float(np.quantile(np.linalg.norm(_doubting_depth(away, points, camera), axis=-1), 0.9))


def _doubting_depth(vectors: Array, points: Array, camera: Array) -> Array:
    """Vectors (T, …, 3) at points (T, …, 3) with the part along the line of sight made less, as little as it is known.

    camera (T, 3).
    """
    sight = normalise(points - camera.reshape(len(camera), *(1,) * (points.ndim - 2), 3))
    along = np.sum(vectors * sight, axis=-1, keepdims=True) * sight
    return vectors - (1 - _DEPTH_SHARE) * along
