"""Boxing at a shadow: jab, cross, hook and uppercut from a guard, a seventh of a second out and a quarter back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .figure import Build, Score, curve
from .gait import Step
from .hand_keys import HandKey, hand_tracks
from .reach import ELBOW_POLE
from .walking import Manner, carry, stride_feet

Array = NDArray[np.floating]
Vector = tuple[float, float, float]

# A right-hander turns the left shoulder to the opponent: feet (x, y) m and headings (rad).
_STANCE = {"left": ((0.11, -0.20), -0.35), "right": ((-0.13, 0.20), -0.95)}
_LEFT_GUARD = HandKey(0, 0, (0.12, -0.02, 0.28), (-0.25, 0.85, 0.45), (-0.85, -0.15, -0.5), "fist", (0.45, -0.85, 0.1))
_RIGHT_GUARD = HandKey(0, 0, (0.11, 0.00, 0.22), (-0.25, 0.90, 0.35), (-0.85, -0.15, -0.5), "fist", (0.45, -0.85, 0.1))


@dataclass(frozen=True)
class Punch:
    """Hand, fist's place and directions in the chest's axes at impact, the chest's twist and lean (rad) then, seconds
    to get there."""

    side: str
    wrist: Vector
    hand: Vector
    palm: Vector
    twist: float
    lean: float
    seconds: float
    elbow: Vector = ELBOW_POLE


_PUNCHES: dict[str, Punch] = {
    "jab": Punch("left", (-0.14, 0.04, 0.47), (-0.42, 0.02, 0.91), (0.05, -1.0, 0.0), -0.10, 0.10, 0.13),
    "cross": Punch("right", (-0.02, 0.03, 0.49), (-0.12, 0.02, 0.99), (0.05, -1.0, 0.0), 0.75, 0.16, 0.15),
    "hook": Punch("left", (-0.12, 0.02, 0.30), (-0.95, 0.02, 0.30), (-0.2, -0.95, -0.2), -0.65, 0.08, 0.15,
                  (0.95, -0.05, 0.15)),
    "uppercut": Punch("right", (0.02, 0.00, 0.33), (-0.10, 0.93, 0.35), (-0.05, 0.35, -0.93), 0.60, 0.05, 0.16,
                      (0.3, -0.9, 0.2)),
    "body": Punch("right", (0.02, -0.20, 0.46), (-0.15, -0.20, 0.97), (0.0, -0.98, -0.2), 0.60, 0.38, 0.16),
}  # fmt: skip
_COMBINATIONS = (
    ("jab",), ("jab", "cross"), ("jab", "jab", "cross"), ("jab", "cross", "hook"), ("cross", "hook", "cross"),
    ("jab", "body"), ("hook", "uppercut"), ("jab", "cross", "hook", "uppercut"),
)  # fmt: skip


def punch(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Combinations of fast punches, small shuffling steps between them."""
    start = {side: (place[0] * build.size, place[1] * build.size) for side, (place, _) in _STANCE.items()}
    headings = {side: heading for side, (_, heading) in _STANCE.items()}
    keys = {"left": [_LEFT_GUARD], "right": [_RIGHT_GUARD]}
    twist, lean, steps = [(-2.0, 0.0)], [(-2.0, 0.05)], []
    time, shift = rng.uniform(0.1, 0.3), np.zeros(2)
    while time < t[-1]:
        for name in _COMBINATIONS[int(rng.integers(len(_COMBINATIONS)))]:
            blow = _PUNCHES[name]
            guard = _LEFT_GUARD if blow.side == "left" else _RIGHT_GUARD
            hit = time + blow.seconds
            jitter = rng.normal(0, 0.012, 3)
            x, y, z = (float(a + b) for a, b in zip(blow.wrist, jitter, strict=True))
            keys[blow.side].append(HandKey(time, hit, (x, y, z), blow.hand, blow.palm, "fist", blow.elbow))
            keys[blow.side].append(replace(guard, begin=hit, arrive=hit + 0.24))
            twist += [(time, 0.4 * twist[-1][1]), (hit, blow.twist)]
            lean += [(time, 0.07), (hit, 0.05 + blow.lean)]
            time = hit + rng.uniform(0.16, 0.22)
        twist.append((time + 0.1, 0.0))
        lean.append((time + 0.1, 0.05))
        time += 0.25
        # A step in or out: the foot on that side first.
        move = np.array([rng.uniform(-0.08, 0.08), rng.uniform(-0.10, 0.10)]) - 0.3 * shift
        shift = shift + move
        order = ("left", "right") if move[1] < 0 else ("right", "left")
        for k, side in enumerate(order):
            x, y = start[side][0] + float(shift[0]), start[side][1] + float(shift[1])
            steps.append(Step(side, time + 0.17 * k, time + 0.17 * k + 0.22, (x, y), headings[side], 0.035, 0.0))
        time += 0.45 + rng.uniform(0.0, 0.4)
    feet = {side: stride_feet(t, build, start, headings[side], steps)[side] for side in start}
    bounce = -0.05 * build.size + 0.010 * np.sin(2 * np.pi * 2.1 * t + rng.uniform(0, 6.28))
    hips = np.stack([np.zeros(len(t)), 0.45 * curve(t, twist)], axis=1)
    manner = Manner(lean=lean, nod=[(0.0, 0.08)], twist=twist, counter=0.0, phase=rng.uniform(0, 6.28))
    score = carry(t, build, feet, manner, bounce=bounce, hips=hips)
    arms, fingers = hand_tracks(t, build, keys, rng, crossing=True)
    # Eyes on the opponent, straight ahead whatever the shoulders do.
    head = score.head.copy()
    head[:, 1] += -score.pelvis.heading
    return replace(score, arms=arms, fingers=fingers, head=head)
