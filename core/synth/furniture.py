"""Furniture that hides people: built of boxes, set between a camera and somebody's way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .props import Box

Array = NDArray[np.floating]

_TRIES = 80
_FROM_PEOPLE, _FROM_CAMERAS = 0.12, 0.7  # m
_KINDS = ("crate", "table", "cupboard", "sofa", "pillar")


def draw_piece(camera: Array, others: Array, tracks: Array, rng: np.random.Generator) -> tuple[Box, ...]:
    """One piece as boxes, or nothing where there is no room.

    It stands on the line from ``camera`` (3,) to somebody, clear of every path in ``tracks`` (T,N,2) m and of the
    cameras at ``others`` (C,3).
    """
    kind = str(rng.choice(_KINDS))
    boxes = _build(kind, rng)
    half = max(float(np.hypot(abs(b.centre[0]) + b.size[0] / 2, abs(b.centre[1]) + b.size[1] / 2)) for b in boxes)
    for _ in range(_TRIES):
        person = tracks[rng.integers(len(tracks)), rng.integers(tracks.shape[1])]
        along = camera[:2] - person
        spot = person + rng.uniform(0.12, 0.5) * along + rng.normal(0, 0.25, 2)
        facing = float(np.arctan2(along[1], along[0]) + np.pi / 2 + rng.normal(0, 0.3))
        people = np.linalg.norm(tracks - spot, axis=-1).min() - half
        cameras = np.linalg.norm(others[:, :2] - spot, axis=-1).min() - half
        if people > _FROM_PEOPLE and cameras > _FROM_CAMERAS:
            return tuple(box.moved(facing, (float(spot[0]), float(spot[1]))) for box in boxes)
    return ()


def _build(kind: str, rng: np.random.Generator) -> tuple[Box, ...]:
    """Around the origin, its long side along X, m."""
    if kind == "crate":
        side, high = rng.uniform(0.45, 0.8), rng.uniform(0.4, 0.95)
        return (_box(0, 0, 0, side, side, high),)
    if kind == "table":
        wide, deep, high = rng.uniform(1.0, 1.6), rng.uniform(0.6, 0.8), rng.uniform(0.70, 0.76)
        x, y = wide / 2 - 0.06, deep / 2 - 0.06
        legs = [_box(sx * x, sy * y, 0, 0.06, 0.06, high - 0.035) for sx in (-1, 1) for sy in (-1, 1)]
        return (_box(0, 0, high - 0.035, wide, deep, 0.035), *legs)
    if kind == "cupboard":
        return (_box(0, 0, 0, rng.uniform(0.6, 1.1), 0.4, rng.uniform(0.8, 1.4)),)
    if kind == "sofa":
        wide = rng.uniform(1.3, 1.9)
        seat, back = _box(0, 0, 0, wide, 0.85, 0.42), _box(0, 0.35, 0.42, wide, 0.18, 0.40)
        arms = [_box(sx * (wide / 2 - 0.09), 0, 0.42, 0.18, 0.85, 0.2) for sx in (-1, 1)]
        return (seat, back, *arms)
    side = rng.uniform(0.22, 0.4)
    return (_box(0, 0, 0, side, side, 2.7),)


def _box(x: float, y: float, floor: float, wide: float, deep: float, high: float) -> Box:
    return Box((float(x), float(y), float(floor + high / 2)), (float(wide), float(deep), float(high)))
