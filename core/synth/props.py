"""Things that a motion rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .authored.gait import turn


@dataclass(frozen=True)
class Box:
    """A solid box, such as a seat: ``centre`` and ``size`` (3,) m, turned by ``heading`` rad about the vertical."""

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    heading: float = 0.0

    def moved(self, heading: float, place: tuple[float, float]) -> Box:
        """Turned about the world's origin by ``heading`` rad, then moved by ``place`` m."""
        x, y, z = (turn(np.array(heading)) @ np.array(self.centre) + [*place, 0.0]).tolist()
        return replace(self, centre=(x, y, z), heading=self.heading + heading)
