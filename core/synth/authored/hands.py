"""What hands do in front of the chest: shapes one after the other, signs, grasps, crossed and clasped hands.

Places are as in ``hand_keys.py``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..hand_shapes import LETTERS, SHAPES, shape_pose
from .clearance import hand_points
from .figure import SIDES, Build, Score
from .hand_keys import READY, SHOWN, HandKey, Vector, at, play
from .reach import hand_frame

Array = NDArray[np.floating]

UP, AHEAD, IN, DOWN, BACK = (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, -1.0)


def _inmost(shape: str, hand: Vector, palm: Vector, build: Build) -> float:
    """How far (m, negative) a left hand reaches to the right of its wrist."""
    points = hand_points(shape_pose(shape, "left", build.body, build.betas)[None], "left", build.body, build.betas)
    turned = hand_frame(np.array([hand]), np.array([palm]), build.rest)[0]
    return float((points.reshape(-1, 3) @ turned.T)[:, 0].min())


def shapes(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Both hands raised, a named shape every second, turned so that palm, edge and back are seen."""
    views = [((0.10, 0.97, 0.15), (0.0, -0.1, 1.0)), ((0.0, 0.95, 0.3), (-0.9, 0.1, 0.3)),
             ((-0.15, 0.95, 0.2), (0.15, 0.2, -0.95)), ((-0.45, 0.75, 0.5), (-0.6, -0.3, 0.75))]  # fmt: skip
    keys = {}
    for side in SIDES:
        list_, time, own = [at(SHOWN, 0, 0)], 0.2, list(SHAPES)
        while time < t[-1]:
            hand, palm = views[int(rng.choice(len(views), p=[0.5, 0.2, 0.1, 0.2]))]
            place = np.array(SHOWN.wrist) + rng.normal(0, 1, 3) * [0.03, 0.04, 0.03]
            move = rng.uniform(0.3, 0.5)
            x, y, z = (float(v) for v in place)
            list_.append(HandKey(time, time + move, (x, y, z), hand, palm, str(rng.choice(own))))
            time += move + rng.uniform(0.35, 0.7)
        keys[side] = list_
    return play(t, build, keys, rng)


_SPOTS: dict[str, Vector] = {
    "neutral": (0.16, -0.22, 0.34), "chest": (0.06, -0.20, 0.20), "chin": (0.05, 0.00, 0.24),
    "temple": (0.20, 0.15, 0.18), "aside": (0.30, -0.10, 0.32), "low": (0.18, -0.34, 0.30),
}  # fmt: skip
_AIMS: tuple[tuple[Vector, Vector], ...] = (
    ((-0.2, 0.9, 0.35), (0.0, -0.3, 0.95)), ((-0.75, 0.35, 0.5), (-0.35, 0.2, -0.9)),
    ((-0.35, 0.3, 0.9), (-0.85, -0.3, -0.2)), ((-0.4, 0.3, 0.85), (0.1, -0.95, 0.2)),
    ((-0.6, 0.5, 0.6), (-0.2, 0.6, -0.75)), ((-0.1, 0.85, 0.5), (-0.95, 0.1, 0.1)),
)  # fmt: skip
_MOVES: tuple[tuple[Vector, ...], ...] = (
    ((0.0, 0.0, 0.06), (0.0, 0.0, 0.0)), ((0.0, -0.06, 0.0), (0.0, 0.0, 0.0), (0.0, -0.06, 0.0)),
    ((0.10, 0.03, 0.04),), ((0.05, 0.05, 0.0), (0.0, 0.10, 0.0), (-0.05, 0.05, 0.0), (0.0, 0.0, 0.0)),
    ((0.08, 0.0, 0.0), (-0.02, 0.0, 0.0)), (),
)  # fmt: skip


def signs(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Signing: now one hand spells or moves, now both mirror each other, now one works over the other's palm.

    Handshape, place, palm and movement are drawn; they look like signing and mean nothing.
    """
    keys: dict[str, list[HandKey]] = {side: [at(READY, 0, 0)] for side in SIDES}
    leading, time = str(rng.choice(SIDES, p=[0.2, 0.8])), 0.1
    other = "left" if leading == "right" else "right"
    handshapes = [*LETTERS, "flat", "spread", "point", "claw", "v", "i_love_you", "ok", "horns", "pinch"]
    while time < t[-1]:
        kind = str(rng.choice(["one", "both", "base"], p=[0.4, 0.4, 0.2]))
        shape = str(rng.choice(handshapes))
        spot = np.array(_SPOTS["neutral" if kind == "base" else str(rng.choice(list(_SPOTS)))])
        hand, palm = _AIMS[int(rng.integers(len(_AIMS)))]
        begin, arrive = time, time + rng.uniform(0.28, 0.42)
        path = [spot, *(spot + np.array(move) for move in _MOVES[int(rng.integers(len(_MOVES)))])]
        if kind == "base":
            path = [place + np.array([-0.02, 0.07, 0.0]) for place in path]
            hand, palm = (-0.55, 0.1, 0.8), (-0.1, -0.95, 0.1)
            base = HandKey(begin, arrive, (0.10, -0.30, 0.28), (-0.6, 0.1, 0.8), (-0.1, 0.95, 0.2), "flat")
            keys[other].append(base)
        elif kind == "one":
            keys[other].append(at(READY, begin, arrive + 0.1, wrist=(0.18, -0.36, 0.24)))
        for k, place in enumerate(path):
            x, y, z = (float(v) for v in place)
            if kind == "both":  # finger tips stay on their own side
                x = max(x, 0.015 - _inmost(shape, hand, palm, build))
            key = HandKey(begin, arrive, (max(x, 0.055), y, z), hand, palm, shape)
            keys[leading].append(key)
            if kind == "both":
                keys[other].append(key)
            begin, arrive = arrive, arrive + (rng.uniform(0.16, 0.24) if k + 1 < len(path) else 0.0)
        time = begin + rng.uniform(0.05, 0.25)
    return play(t, build, keys, rng)


def grasps(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Things are taken that are not there: reach out open, close, lift, turn or look at it, put back, let go."""
    keys: dict[str, list[HandKey]] = {side: [at(READY, 0, 0, wrist=(0.2, -0.38, 0.22))] for side in SIDES}
    time, side = 0.2, str(rng.choice(SIDES))
    while time < t[-1]:
        kind = str(rng.choice(["cup", "small", "flat"]))
        opened, closed = {"cup": ("grasp", "grip"), "small": ("c", "pinch"), "flat": ("spread", "c")}[kind]
        hand, palm = {
            "cup": ((-0.2, 0.05, 0.98), (-0.95, 0.0, -0.15)), "small": ((-0.15, -0.75, 0.65), (-0.1, -0.65, -0.75)),
            "flat": ((-0.1, -0.1, 0.98), (-0.2, 0.95, 0.1)),
        }[kind]  # fmt: skip
        spot = np.array([rng.uniform(0.08, 0.24), rng.uniform(-0.34, -0.24), rng.uniform(0.34, 0.40)])
        seen = np.array([0.10, -0.10, 0.30]) + rng.normal(0, 0.02, 3)
        over, down = spot + np.array([0.02, 0.05, -0.08]), spot
        moves = [(over, opened, 0.5, hand, palm), (down, opened, 0.3, hand, palm), (down, closed, 0.25, hand, palm),
                 (seen, closed, 0.6, hand, palm)]  # fmt: skip
        turned = {"cup": ((-0.75, 0.2, 0.6), (-0.3, -0.9, -0.2)), "small": ((-0.3, 0.8, 0.5), (-0.3, 0.45, -0.85)),
                  "flat": ((-0.3, 0.4, 0.85), (-0.5, 0.75, -0.3))}[kind]  # fmt: skip
        moves += [(seen, closed, 0.5, *turned), (seen, closed, 0.5, hand, palm), (down, closed, 0.6, hand, palm),
                  (down, opened, 0.25, hand, palm), (over, opened, 0.3, hand, palm)]  # fmt: skip
        for place, shape, seconds, towards, facing in moves:
            x, y, z = (float(v) for v in place)
            keys[side].append(HandKey(time, time + seconds, (x, y, z), towards, facing, shape))
            time += seconds + 0.05
        keys[side].append(at(READY, time, time + 0.5, wrist=(0.2, -0.38, 0.22)))
        side = "left" if side == "right" else "right"
        time += 0.2
    return play(t, build, keys, rng, look=0.2)


def crossed(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Hands that hide each other: wrists crossed, palms together, one hand round the other, folded arms."""
    keys: dict[str, list[HandKey]] = {side: [at(READY, 0, 0)] for side in SIDES}
    time, poses = 0.2, list(_TOGETHER)
    order: list[str] = []
    while time < t[-1]:
        if not order:
            order = [str(name) for name in rng.permutation(poses)]
        name = order.pop()
        front = str(rng.choice(SIDES))
        behind = "left" if front == "right" else "right"
        hold = time + rng.uniform(1.1, 1.4)
        for side, pose, aside in zip((front, behind), _TOGETHER[name], _ASIDE, strict=True):
            x, y, z = (a + b for a, b in zip(pose.wrist, aside, strict=True))
            near = replace(pose, wrist=(x, y, z))
            away = at(READY, 0, 0, shape=pose.shape)
            for key, begin, seconds in ((near, time, 0.4), (pose, time + 0.4, 0.3), (near, hold, 0.25),
                                        (away, hold + 0.25, 0.3)):  # fmt: skip
                keys[side].append(replace(key, begin=begin, arrive=begin + seconds))
        time = hold + 0.6
    return play(t, build, keys, rng, look=0.12, crossing=True)


# From where the hand in front and the one behind it come together.
_ASIDE: tuple[Vector, Vector] = ((0.10, 0.02, 0.06), (0.10, -0.02, 0.0))
# (the hand in front, the hand behind it)
_TOGETHER: dict[str, tuple[HandKey, HandKey]] = {
    "wrists": (
        HandKey(0, 0, (-0.035, -0.16, 0.335), (-0.55, 0.80, 0.1), (0.1, 0.1, -0.98), "flat"),
        HandKey(0, 0, (-0.035, -0.16, 0.275), (-0.55, 0.80, 0.1), (0.1, 0.1, -0.98), "flat"),
    ),
    "palms": (
        HandKey(0, 0, (0.029, -0.20, 0.24), (0.0, 0.88, 0.47), (-1.0, 0.0, 0.0), "blade", (0.85, -0.5, -0.1)),
        HandKey(0, 0, (0.029, -0.20, 0.24), (0.0, 0.88, 0.47), (-1.0, 0.0, 0.0), "blade", (0.85, -0.5, -0.1)),
    ),
    "round a fist": (
        HandKey(0, 0, (0.085, -0.27, 0.319), (-0.80, 0.35, 0.48), (-0.35, 0.15, -0.92), "grasp"),
        HandKey(0, 0, (0.055, -0.25, 0.215), (-0.55, 0.45, 0.70), (-0.80, -0.45, -0.35), "fist"),
    ),
    "stacked": (
        HandKey(0, 0, (0.075, -0.282, 0.285), (-0.75, 0.05, 0.66), (0.0, -1.0, 0.0), "blade"),
        HandKey(0, 0, (0.075, -0.335, 0.270), (-0.75, 0.05, 0.66), (0.0, 1.0, 0.0), "blade"),
    ),
    "point at the palm": (
        HandKey(0, 0, (0.155, -0.20, 0.275), (-0.85, -0.45, 0.3), (-0.2, -0.3, -0.93), "point"),
        HandKey(0, 0, (0.100, -0.30, 0.290), (-0.55, 0.55, 0.63), (-0.15, 0.7, -0.7), "spread"),
    ),
}  # fmt: skip
