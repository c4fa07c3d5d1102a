"""Named points in space over time: what marker files (TRC, C3D) hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError

Array = NDArray[np.floating]

# Rows are the world's x, y, z in a file's axes, by the axis that points up there. Y up turns in a circle: Pose2Sim
# writes lab (Y, Z, X), so that its markers land again in the lab of its own calibration.
WORLD_FROM_FILE: dict[str, Array] = {
    "+z": np.eye(3),
    "+y": np.array([[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]),
    "+x": np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]]),
    "-z": np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]]),
    "-y": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "-x": np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
}
METRES = {"m": 1.0, "meters": 1.0, "metres": 1.0, "cm": 0.01, "centimeters": 0.01, "mm": 0.001, "millimeters": 0.001}


@dataclass(frozen=True)
class Markers:
    """``names`` (M,); ``timestamps`` (T,) s, increasing; ``positions`` (T,M,3) metres in the file's axes, NaN where
    not measured; ``up``: the axis of the file that points up, such as '+y'."""

    names: tuple[str, ...]
    timestamps: Array
    positions: Array
    up: str

    def in_world(self) -> Array:
        """Positions (T,M,3) m in a Z-up world; the heading follows from the file's axes."""
        return self.positions @ WORLD_FROM_FILE[self.up].T


def check_up(up: str) -> str:
    """``up`` as '+y' or '-z', in small letters. Raises BadInputError."""
    axis = up.strip().lower()
    axis = axis if axis[:1] in ("+", "-") else f"+{axis}"
    if axis not in WORLD_FROM_FILE:
        raise BadInputError(f"No axis {up!r} points up.", f"Choose one of {', '.join(WORLD_FROM_FILE)}.")
    return axis


def metres(unit: str, source: object) -> float:
    """Metres per unit. Raises BadInputError naming the file."""
    if unit.strip().lower() not in METRES:
        raise BadInputError(f"{source}: unknown unit {unit!r}.", f"Known: {', '.join(METRES)}.")
    return METRES[unit.strip().lower()]
