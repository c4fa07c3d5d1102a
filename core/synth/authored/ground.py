"""Floor work: down on the back and up again, down on hands and knees and up again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..footing import BULGE
from .figure import SIDES, Build, Score, curve, standing_feet
from .gait import Foot, Legs, ease, foot_rotation
from .hand_keys import HANGING, READY, HandKey, at
from .lowering import Plant, Stance, lower

Array = NDArray[np.floating]
Keys = list[tuple[float, float]]

# Both take about 9 s; a shot of another length slows them down, or hurries them, but not beyond what looks right.
_USUAL, _FASTEST = 9.3, 0.75
_KNEE = 0.058  # m, the joint above the floor of somebody who kneels
_TIPTOE = -1.05  # rad, pitch of a kneeling foot whose toes are on the floor


def lie_down(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Squats, sits down on the floor behind the heels, lies on the back, sits up, gets up; the feet stay planted."""
    pace = max((t[-1] - 0.6) / _USUAL, _FASTEST)
    stand, squat, touch, sits, lies, stays, up, touches, squats, end = (
        pace * s for s in (0.3, 1.4, 2.2, 2.9, 4.2, 5.2, 6.4, 7.1, 7.8, 9.0)
    )
    stands = build.standing / build.size - 0.012
    stances = [
        Stance(-1, 0, stands, 0.02, 0.03),
        Stance(stand, 0, stands, 0.02, 0.03),
        Stance(squat, 0.20, 0.36, 0.45, 0.85, -0.2),
        Stance(touch, 0.34, 0.24, 0.00, 0.15, 0.15),
        Stance(sits, 0.47, 0.10, -0.35, -0.25, 0.15),
        Stance((sits + lies) / 2, 0.49, 0.09, -0.85, -0.75, 0.5),
        Stance(lies, 0.50, 0.09, -1.45, -1.50, 0.06),
        Stance(stays, 0.50, 0.09, -1.45, -1.50, 0.06),
        Stance((stays + up) / 2, 0.49, 0.09, -0.85, -0.55, 0.5),
        Stance(up, 0.47, 0.10, -0.25, 0.10, 0.1),
        Stance(touches, 0.34, 0.24, 0.10, 0.30, 0.0),
        Stance(squats, 0.20, 0.36, 0.50, 0.95, -0.2),
        Stance(end, 0, stands, 0.02, 0.03),
    ]
    size = build.size
    places = {"left": (0.15 * size, 0.0), "right": (-0.15 * size, 0.0)}
    feet = standing_feet(t, build, {"left": 0.30, "right": -0.30}, places)
    forward = at(READY, 0, 0, wrist=(0.20, -0.16, 0.42), hand=(-0.1, 0.1, 0.98), palm=(-0.6, -0.75, 0.0))
    aside = at(HANGING, 0, 0, wrist=(0.30, -0.44, 0.03))
    keys, plants = {}, []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        keys[side] = [
            at(HANGING, 0, 0), at(forward, stand, squat), at(aside, squat, touch), at(forward, sits + 0.1, sits + 0.6),
            at(aside, 0.6 * sits + 0.4 * lies, lies), at(forward, stays, (stays + up) / 2), at(aside, up, touches),
            at(forward, touches, squats), at(HANGING, squats + 0.2, end),
        ]  # fmt: skip
        place, hand = (sign * 0.27 * size, 0.68 * size), (sign * 0.55, 0.80, -0.15)
        plants += [Plant(side, place, hand, touch, sits + 0.15 * pace), Plant(side, place, hand, up, touches, 0.45)]
    knees = {side: np.tile([sign * 0.28, -0.7, 0.7], (len(t), 1)) for side, sign in (("left", 1.0), ("right", -1.0))}
    return lower(t, build, stances, feet, keys, plants, rng, knees)


def kneel(t: Array, build: Build, rng: np.random.Generator) -> Score:
    """Goes down on one knee, on both, on hands and knees, reaches out with one hand, and comes up the same way."""
    pace = max((t[-1] - 0.6) / _USUAL, _FASTEST)
    stand, half, both, four, out, again, back, halves, end = (
        pace * s for s in (0.3, 1.4, 2.4, 3.6, 4.5, 5.3, 6.4, 7.4, 8.9)
    )
    size, stands, leg = build.size, build.standing / build.size - 0.012, build.legs["right"]
    shin = float(np.linalg.norm(leg.ankle - leg.knee)) / size
    high = float(np.linalg.norm(leg.knee - leg.hip)) / size + _KNEE + 0.012
    # The toes of a kneeling foot stand on the floor behind the knee.
    ankle = _on_toes(np.zeros((1, 2)), np.zeros(1), np.array([_TIPTOE]), np.zeros(1), leg).ankle[0] / size
    standing, there = -0.10, 0.46
    behind = there + float(np.sqrt(shin**2 - (ankle[2] - _KNEE) ** 2)) - float(ankle[1])
    stances = [
        Stance(-1, 0, stands, 0.02, 0.03),
        Stance(stand, 0, stands, 0.02, 0.03),
        Stance((stand + half) / 2, 0.45 * there, 0.5 * (stands + high), 0.12, 0.32, 0.2),
        Stance(half, there, high, 0.05, 0.08, 0.25),
        Stance(both, there, high, 0.05, 0.10, 0.2),
        Stance(four, there - 0.02, high - 0.01, 1.30, 1.68, -0.45),
        Stance(out, there - 0.02, high - 0.01, 1.28, 1.62, -0.8),
        Stance(again, there - 0.02, high - 0.01, 1.30, 1.68, -0.4),
        Stance(back, there, high, 0.05, 0.10, 0.2),
        Stance(halves, there, high, 0.05, 0.08),
        Stance(0.6 * halves + 0.4 * end, 0.35 * there, 0.5 * (stands + high), 0.3, 0.6, 0.0),
        Stance(end, 0, stands, 0.02, 0.03),
    ]
    # The right knee comes down first, a long step behind; the left one follows, and goes first on the way up.
    places: dict[str, Keys] = {
        "right": [
            (stand + 0.1 * pace, standing), (half - 0.25 * pace, behind), (halves + 0.3 * pace, behind),
            (end - 0.1 * pace, standing),
        ],
        "left": [
            (half + 0.15 * pace, standing), (both - 0.05 * pace, behind), (back + 0.05 * pace, behind),
            (halves - 0.15 * pace, standing),
        ],
    }  # fmt: skip
    bends = {"right": (stand, half, halves, end), "left": (half, both, back, halves)}
    feet = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        y, lift = _moves(t, places[side])
        down, kneels, rise, up = bends[side]
        pitch = curve(t, [(down, 0.0), (kneels, _TIPTOE), (rise, _TIPTOE), (0.25 * rise + 0.75 * up, 0.0)], 0.05)
        place = size * np.stack([np.full(len(t), sign * 0.12), y], axis=1)
        feet[side] = _on_toes(place, size * lift, pitch, np.full(len(t), 0.08 * sign), build.legs[side])
    reaching = str(rng.choice(SIDES))
    keys, plants = {}, []
    for side, sign in (("left", 1.0), ("right", -1.0)):
        keys[side] = [at(HANGING, 0, 0), at(READY, both, four - 0.5)]
        place, hand = (sign * 0.19 * size, (there - 0.50) * size), (-0.1 * sign, -0.98, -0.1)
        if side == reaching:
            keys[side].append(HandKey(four + 0.2, out, (0.17, 0.30, 0.22), (0, 0.95, 0.3), (-0.5, 0, 0.85), "flat",
                                      (0.8, -0.3, 0.2)))  # fmt: skip
            plants.append(Plant(side, place, hand, four - 0.15, four + 0.2))
            plants.append(Plant(side, place, hand, again - 0.1, again + 0.2))
        else:
            plants.append(Plant(side, place, hand, four - 0.15, again + 0.2))
        keys[side] += [at(READY, again, back), at(HANGING, back, halves)]
    knees = {side: np.tile([sign * 0.10, -1.0, -0.1], (len(t), 1)) for side, sign in (("left", 1.0), ("right", -1.0))}
    return lower(t, build, stances, feet, keys, plants, rng, knees)


def _moves(t: Array, places: Keys) -> tuple[Array, Array]:
    """Places (T,) m through keys, each pair of different ones a step; and the height (T,) m of the steps."""
    y, lift = np.full(len(t), places[0][1]), np.zeros(len(t))
    for (begin, a), (arrive, b) in pairwise(places):
        if a == b:
            continue
        s = (t - begin) / (arrive - begin)
        y = y + (b - a) * ease(s)
        inside = (s > 0) & (s < 1)
        lift[inside] = (0.05 + 0.05 * abs(b - a)) * np.sin(np.pi * s[inside]) ** 2
    return y, lift


def _on_toes(place: Array, lift: Array, pitch: Array, heading: Array, leg: Legs) -> Foot:
    """A foot on its ball at ``place`` (T, 2) m, ``lift`` (T,) m high, its heel up by −pitch (T,) rad, toes flat."""
    from_ball = leg.ankle - leg.ball
    rotation = foot_rotation(heading, pitch)
    bulge = BULGE * np.sin(pitch) ** 2
    ball = np.column_stack([place, lift + bulge + leg.ball[1] - leg.sole])
    ankle = ball + rotation @ from_ball
    return Foot(ankle, pitch, heading, np.minimum(pitch, 0), np.where(lift > 0, 0.0, 1.0))
