"""Dancing to a beat that nobody hears: steps to the side and round; hips, shoulders and arms change with the bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .arms import FIST, OPEN, RELAXED_CURL, Arm, Key, turned
from .figure import SIDES, Build, Score
from .gait import Step, turn
from .walking import Manner, carry, stride_feet

Array = NDArray[np.floating]

_BENT = Arm((0.35, -0.90, 0.15), (0.05, 0.15, 0.98), (-0.15, 0.30, 0.94), (-0.85, -0.4, 0.1), FIST)
_WIDE = Arm((0.92, -0.15, 0.28), (0.90, 0.25, 0.30), (0.93, 0.15, 0.30), (0.1, -0.95, 0.2), OPEN, spread=0.1)
_HIGH = Arm((0.55, 0.62, 0.50), (0.10, 0.95, 0.25), (-0.05, 0.97, 0.15), (-0.3, 0.1, 0.95), OPEN, spread=0.15)
_ARMS: tuple[tuple[Arm, Arm], ...] = (  # on the beat and off it
    (_BENT, turned(_BENT, upper=(0.35, -0.75, -0.50), fore=(0.10, -0.35, 0.93), hand=(0.0, -0.2, 0.98))),
    (_WIDE, turned(_WIDE, upper=(0.90, 0.10, 0.35), fore=(0.75, 0.55, 0.30), hand=(0.95, 0.1, 0.25))),
    (_HIGH, turned(_HIGH, fore=(0.55, 0.80, 0.20), hand=(0.65, 0.72, 0.15))),
    (turned(_BENT, upper=(0.70, -0.45, 0.55), fore=(-0.75, 0.35, 0.55), hand=(-0.80, 0.30, 0.50), curl=RELAXED_CURL),
     turned(_BENT, upper=(0.70, -0.55, 0.45), fore=(0.45, 0.30, 0.85), hand=(0.50, 0.40, 0.75), curl=RELAXED_CURL)),
    (_HIGH, turned(_BENT, upper=(0.75, -0.50, 0.30), fore=(0.30, 0.85, 0.40), hand=(0.25, 0.90, 0.35))),
)  # fmt: skip


def dance(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """A new figure every four beats: side and close, forward and back, a turn on four steps, on the spot."""
    beat = 60 / rng.uniform(104, 122)
    first = t[0] - beat * rng.uniform(0, 1)
    width, side_step = 0.10 * build.size, rng.uniform(0.28, 0.36) * build.size
    centre, heading = np.zeros(2), 0.0
    weight = str(rng.choice(SIDES))
    steps: list[Step] = []
    bars = int(np.ceil((t[-1] - first + 2) / (4 * beat)))

    def place(side: str) -> tuple[float, float]:
        aside = turn(np.array(heading))[:2, 0] * (width if side == "left" else -width)
        x, y = (float(v) for v in centre + aside)
        return x, y

    start = {side: place(side) for side in SIDES}
    for bar in range(bars):
        figure = str(rng.choice(["side", "rock", "turn", "spot"], p=[0.4, 0.2, 0.2, 0.2]))
        spin = rng.choice([-1.0, 1.0])
        for k in range(4):
            ahead = (turn(np.array(heading)) @ np.array([0, -1.0, 0]))[:2]
            across = turn(np.array(heading))[:2, 0]
            side = "right" if weight == "left" else "left"
            height = 0.05
            if figure == "side":
                if k in (0, 2):
                    centre = centre + across * side_step * (1 if side == "left" else -1)
                else:
                    height = 0.035
            elif figure == "rock":
                centre = centre + ahead * (0.16, -0.16, -0.14, 0.14)[k] * build.size
            elif figure == "turn":
                heading += spin * np.pi / 8 * (2 if k % 2 == 0 else 1)
            else:
                height = 0.07
            # Drift back to where the dance began.
            centre = centre * 0.97
            off = first + (4 * bar + k) * beat
            steps.append(Step(side, off + 0.10 * beat, off + 0.68 * beat, place(side), heading, height, -0.18))
            weight = side
    feet = stride_feet(t, build, start, 0.0, steps)
    phase = 2 * np.pi * (t - first) / beat
    bounce = -0.022 * build.size * np.cos(phase)
    # Hips swing to the standing leg: one way every beat.
    hips = np.stack([0.09 * np.sin(phase / 2 + 0.4), 0.16 * np.sin(phase / 2 - 0.5)], axis=1)
    twist = [(first + k * beat, 0.20 * (-1) ** k * rng.uniform(0.5, 1.2)) for k in range(4 * bars)]
    lean = [(first + k * beat, 0.05 + 0.06 * (k % 2)) for k in range(4 * bars)]
    nod = [(first + 0.5 * k * beat, 0.10 + 0.10 * (k % 2)) for k in range(8 * bars)]
    look = [(first + 2 * k * beat, rng.uniform(-0.5, 0.5)) for k in range(2 * bars)]
    manner = Manner(
        lean=lean, look=look, nod=nod, twist=twist, arms=_arm_keys(first, beat, bars, rng), swing=0.0, counter=0.0,
        phase=rng.uniform(0, 6.28),
    )  # fmt: skip
    return carry(t, build, feet, manner, bounce=bounce, hips=hips)


def _arm_keys(first: float, beat: float, bars: int, rng: np.random.Generator) -> dict[str, list[Key]]:
    """Both arms alike, one against the other, or each its own, for a bar at a time."""
    keys: dict[str, list[Key]] = {side: [(0.0, 0.0, _BENT)] for side in SIDES}
    for bar in range(bars):
        choice = {side: int(rng.integers(len(_ARMS))) for side in SIDES}
        together, against = rng.uniform() < 0.6, rng.uniform() < 0.5
        if together:
            choice["right"] = choice["left"]
        for k in range(4):
            begin = first + (4 * bar + k) * beat
            for side in SIDES:
                turn_about = (k + (side == "right" and against)) % 2
                keys[side].append((begin, begin + 0.92 * beat, _ARMS[choice[side]][turn_about]))
    return keys
