"""Where hands are to be, key by key, and how they come there: arms and fingers of a performance in front of the chest.

Places are wrists in the chest's axes from the middle between the shoulders (reach.py), in metres for a body 1.70 m tall
and grown with the arms; right hands are written as left ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from ..hand_shapes import shape_pose
from .arms import MIRROR, slerp_directions
from .clearance import HANDS_TOUCHING, along, apart, hand_points, passage
from .figure import SIDES, Build, Score
from .gait import ease
from .reach import ELBOW_POLE, hand_frame, reach
from .walking import Manner, carry, stand

Array = NDArray[np.floating]
Vector = tuple[float, float, float]

_ROUNDS = 3
_USUAL_ARM = 0.499  # m, shoulder to wrist of a body 1.70 m tall


@dataclass(frozen=True)
class HandKey:
    """From ``begin`` to ``arrive`` s the wrist goes to ``wrist``, fingers pointing along ``hand``, the palm facing
    ``palm``, the hand in a named ``shape``, the elbow towards ``elbow``."""

    begin: float
    arrive: float
    wrist: Vector
    hand: Vector
    palm: Vector
    shape: str
    elbow: Vector = ELBOW_POLE


HANGING = HandKey(0, 0, (0.27, -0.47, 0.06), (0.02, -0.97, 0.2), (-0.95, -0.05, -0.2), "relaxed", (0.3, -0.4, -0.85))


READY = HandKey(0, 0, (0.16, -0.27, 0.30), (-0.35, 0.45, 0.85), (-0.6, -0.7, 0.2), "relaxed")


SHOWN = HandKey(0, 0, (0.24, -0.16, 0.30), (0.10, 0.97, 0.15), (0.0, -0.1, 1.0), "flat")


def at(key: HandKey, begin: float, arrive: float, **changes: object) -> HandKey:
    """A copy at another time with other values."""
    return replace(key, begin=begin, arrive=arrive, **changes)  # type: ignore[arg-type]


def play(
    t: Array, build: Build, keys: Mapping[str, Sequence[HandKey]], rng: np.random.Generator, look: float = 0.0,
    crossing: bool = False,
) -> Score:  # fmt: skip
    """Somebody stands and lets the hands do what ``keys`` say; ``look`` rad the head is bowed towards them."""
    feet, pelvis = stand(t, build, rng)
    manner = Manner(nod=[(0.0, 0.06 + look)], phase=float(rng.uniform(0, 6.28)))
    score = carry(t, build, feet, manner, pelvis=pelvis)
    arms, fingers = hand_tracks(t, build, keys, rng, crossing)
    return replace(score, arms=arms, fingers=fingers)


def hand_tracks(
    t: Array, build: Build, keys: Mapping[str, Sequence[HandKey]], rng: np.random.Generator, crossing: bool = False
) -> tuple[dict[str, dict[str, Array]], dict[str, Array]]:
    """Tracks of the arms and finger poses (T, 15, 3) by side.

    Hands that would go through each other part: to their own sides, or where ``crossing`` says that they may be on the
    other one, by the shortest way.
    """
    fps = 1 / float(t[1] - t[0])
    plans = {side: _plan(t, build, side, keys[side], rng) for side in SIDES}
    away = {side: np.zeros((len(t), 3)) for side in SIDES}
    arms: dict[str, dict[str, Array]] = {}
    for _ in range(_ROUNDS):
        points = {}
        for side in SIDES:
            plan = plans[side]
            arms[side] = reach(plan.wrist + away[side], plan.hand, plan.palm, side, build.rest, plan.elbow)
            points[side] = _points(plan, arms[side], away[side], side, build)
        gap, direction = apart(points["left"], points["right"])
        short = np.maximum(HANDS_TOUCHING - gap, 0)
        if not short.any():
            break
        if not crossing:
            # Which of two hands that touch came from where is plain: each to its own side, until they are past.
            overlap = points["right"][..., 0].max(axis=1) - points["left"][..., 0].min(axis=1) + HANDS_TOUCHING
            short, direction = np.where(short > 0, overlap, 0.0), np.tile([1.0, 0, 0], (len(t), 1))
        push = 0.5 * short[:, None] * direction
        width = max(3, round(0.1 * fps) | 1)
        push = np.sign(push) * maximum_filter1d(np.abs(push), width, axis=0, mode="nearest")
        push = gaussian_filter1d(push, 0.06 * fps, axis=0, mode="nearest")
        away["left"], away["right"] = away["left"] + push, away["right"] - push * MIRROR
    return arms, {side: plan.fingers for side, plan in plans.items()}


@dataclass(frozen=True)
class _Plan:
    """One hand over T frames: wrist (T, 3) m, directions (T, 3), fingers (T, 15, 3)."""

    wrist: Array
    hand: Array
    palm: Array
    elbow: Array
    fingers: Array


def _points(plan: _Plan, tracks: dict[str, Array], away: Array, side: str, build: Build) -> Array:
    """Points (T, N, 3) of a hand in the chest's axes, the right one's not mirrored."""
    own = hand_points(plan.fingers, side, build.body, build.betas).reshape(len(away), -1, 3)
    mirror = np.ones(3) if side == "left" else MIRROR
    turned = (hand_frame(tracks["hand"], tracks["palm"], build.rest) @ np.swapaxes(own * mirror, 1, 2)).swapaxes(1, 2)
    return (turned + (plan.wrist + away)[:, None]) * mirror


def _plan(t: Array, build: Build, side: str, keys: Sequence[HandKey], rng: np.random.Generator) -> _Plan:
    scale = float(
        np.linalg.norm(build.rest["left_elbow"] - build.rest["left_shoulder"])
        + np.linalg.norm(build.rest["left_wrist"] - build.rest["left_elbow"])
    ) / _USUAL_ARM  # fmt: skip
    first = keys[0]
    wrist = np.tile(scale * np.array(first.wrist), (len(t), 1))
    turned = {name: np.tile(np.array(getattr(first, name), float), (len(t), 1)) for name in ("hand", "palm", "elbow")}
    shape = shape_pose(first.shape, side, build.body, build.betas)
    fingers = np.tile(shape, (len(t), 1, 1))
    sizes = tuple(build.betas.tolist())
    before = first.shape
    for key in keys[1:]:
        share = (t - key.begin) / max(key.arrive - key.begin, 1e-6)
        wrist = wrist + (scale * np.array(key.wrist) - wrist) * ease(share)[:, None]
        for name, value in turned.items():
            turned[name] = slerp_directions(value, np.array(getattr(key, name), float), ease(share))
        started = share > 0
        fingers[started] = along(passage(before, key.shape, side, build.body, sizes), ease(share[started]))
        before = key.shape
    # Hands are never quite still.
    dt = float(t[1] - t[0])
    tremble = gaussian_filter1d(rng.normal(0, 1, wrist.shape), 0.25 / dt, axis=0) * np.sqrt(0.25 / dt) * 0.003
    return _Plan(wrist + tremble, turned["hand"], turned["palm"], turned["elbow"], fingers)
