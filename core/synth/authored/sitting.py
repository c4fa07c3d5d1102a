"""Sitting down on a box, sitting, and getting up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..props import Box
from .figure import SIDES, Build, Score, parameters, standing_feet
from .gait import turn
from .hand_keys import HANGING, READY, HandKey, at
from .lowering import Stance, lower

Array = NDArray[np.floating]

_THIGH = HandKey(0, 0, (0.17, -0.36, 0.27), (-0.20, -0.35, 0.92), (-0.15, -0.93, -0.35), "relaxed", (0.75, -0.5, -0.4))


def sit(t: Array, build: Build, rng: np.random.Generator) -> tuple[Score, tuple[Box, ...]]:
    """Sits down on a box that stands behind, stays, hands on the thighs or talking, gets up before the end.

    Within less than 4.5 s there is no getting up.
    """
    length = t[-1] - 0.6
    down = rng.uniform(0.3, 0.7)
    half, seated = down + 0.7, down + 1.3
    rise = length - 1.9 if length > 4.5 else length + 10
    stands, height, behind = build.standing / build.size - 0.012, rng.uniform(0.50, 0.56), rng.uniform(0.40, 0.44)
    stances = [
        Stance(-1, 0, stands, 0.02, 0.03),
        Stance(down, 0, stands, 0.02, 0.03),
        Stance(half, 0.26, 0.74, 0.55, 0.85, -0.15),
        Stance(seated, behind, height, -0.10, 0.06),
        *(Stance(s, behind, height, -0.10, rng.uniform(-0.12, 0.14)) for s in np.arange(seated + 0.9, rise - 0.5, 1.6)),
        Stance(rise, behind, height, -0.10, 0.05),
        Stance(rise + 0.45, behind - 0.06, height + 0.03, 0.45, 0.85, -0.2),
        Stance(rise + 0.75, 0.22, 0.72, 0.45, 0.75, -0.15),
        Stance(rise + 1.45, 0, stands, 0.02, 0.03),
    ]
    feet = standing_feet(
        t, build, {"left": 0.15, "right": -0.15}, {"left": (0.12 * build.size, 0.0), "right": (-0.12 * build.size, 0.0)}
    )
    keys: dict[str, list[HandKey]] = {}
    for side in SIDES:
        own = [at(HANGING, 0, 0), at(HANGING, down, half, wrist=(0.24, -0.36, 0.22)), at(_THIGH, half, seated + 0.2)]
        time = seated + rng.uniform(0.4, 1.0)
        while time < rise - 1.6:
            shape = str(rng.choice(["relaxed", "spread", "point", "flat"]))
            place = (rng.uniform(0.12, 0.26), rng.uniform(-0.28, -0.12), 0.32)
            own += [at(READY, time, time + 0.5, wrist=place, shape=shape), at(_THIGH, time + 0.9, time + 1.4)]
            time += rng.uniform(1.6, 2.6)
        keys[side] = [*own, at(_THIGH, rise, rise + 0.1), at(HANGING, rise + 0.65, rise + 1.55)]
    ahead = {side: turn(feet[side].heading) @ np.array([0, -1.0, 0.15]) for side in SIDES}
    score = lower(t, build, stances, feet, keys, [], rng, ahead, floor=False)
    top = _seat_height(score, build, int(np.argmin(np.abs(t - (seated + 0.4)))))
    box = Box((0.0, (behind + 0.08) * build.size, top / 2), (0.48 * build.size, 0.42 * build.size, top))
    return score, (box,)


def _seat_height(score: Score, build: Build, frame: int) -> float:
    """Where (m) the skin is lowest under somebody who sits at this frame; it gives way a little."""
    body = build.body
    parts = [body.joint_names.index(name) for name in ("pelvis", "left_hip", "right_hip")]
    chosen = np.flatnonzero(body.weights[:, parts].sum(axis=1) > 0.7)
    pose, transl = parameters(score, build)
    one = slice(frame, frame + 1)
    vertices, joints, _ = body.forward(build.betas, pose[one], transl[one], vertex_ids=chosen)
    under = vertices[0][np.abs(vertices[0, :, 1] - joints[0, 0, 1]) < 0.16]
    return float(under[:, 2].min()) + 0.006
