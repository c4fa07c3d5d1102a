"""Where walkers go: lines, circles and there-and-back paths, and the steps that follow them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .gait import HEEL_STRIKE, STEP_LIFT, Step, turn

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Path:
    """A path along the floor: ``places`` (N, 2) m at ``distances`` (N,) m along it, ``headings`` (N,) rad unwrapped."""

    distances: Array
    places: Array
    headings: Array

    def at(self, distance: float, aside: float = 0.0) -> tuple[tuple[float, float], float]:
        """Place and heading ``distance`` m along it, ``aside`` m to its left; straight on before and after its ends."""
        inside = float(np.clip(distance, self.distances[0], self.distances[-1]))
        heading = float(np.interp(inside, self.distances, self.headings))
        place = np.array([np.interp(inside, self.distances, self.places[:, k]) for k in range(2)])
        ahead, left = (turn(np.array(heading)) @ np.array([0, -1.0, 0]))[:2], (turn(np.array(heading))[:, 0])[:2]
        place = place + (distance - inside) * ahead + aside * left
        return (float(place[0]), float(place[1])), heading


def follow(curvature: list[tuple[float, float]], heading: float = 0.0) -> Path:
    """A path from the origin of pieces (length m, turn to the left rad), each an arc or a line."""
    spacing = 0.02
    bends = np.concatenate([np.full(max(1, round(length / spacing)), angle / max(1, round(length / spacing)))
                            for length, angle in curvature])  # fmt: skip
    headings = heading + np.concatenate([[0.0], np.cumsum(bends)])
    middle = (headings[1:] + headings[:-1]) / 2
    steps = spacing * np.stack([np.sin(middle), -np.cos(middle)], axis=1)
    places = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    return Path(spacing * np.arange(len(places)), places, headings)


@dataclass(frozen=True)
class Cadence:
    """``length`` m from one foot's place to the other's; each foot is in the air for ``swing`` s, and ``period`` s pass
    from one landing to the next; feet ``width`` m off the path; see ``Step`` for the rest."""

    length: float
    period: float
    swing: float
    width: float = 0.075
    height: float = STEP_LIFT
    strike: float = HEEL_STRIKE
    dip: float = 0.0


def steps_along(
    path: Path, gait: Cadence, first: str, lift: float, until: float, origin: float = 0.0
) -> tuple[dict[str, tuple[float, float]], list[Step]]:
    """Feet beside ``origin`` m of the path, and steps from ``lift`` s on; after ``until`` s the feet come together."""
    aside = {"left": gait.width, "right": -gait.width}
    start = {side: path.at(origin, aside[side])[0] for side in aside}
    steps, side, distance, time = [], first, origin, lift
    while True:
        last = time + gait.period > until
        distance += 0.0 if last and steps else gait.length * (0.6 if not steps else 1.0)
        place, heading = path.at(distance, aside[side])
        steps.append(Step(side, time, time + gait.swing, place, heading, gait.height, gait.strike, gait.dip))
        if last:
            return start, steps
        side = "right" if side == "left" else "left"
        time += gait.period
