"""How far two records of the same skeleton in motion are apart, bone by bone and frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BadInputError

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Worst:
    """The largest deviation: ``value`` in mm or degrees, at ``bone`` in ``frame``, counted from 0."""

    value: float
    bone: str
    frame: int


@dataclass(frozen=True)
class Difference:
    """Largest distance of heads (mm) and angle of rotations (degrees) over all bones and frames."""

    millimetres: Worst
    degrees: Worst

    def within(self, millimetres: float, degrees: float) -> bool:
        """Whether every bone of every frame is that near."""
        return self.millimetres.value <= millimetres and self.degrees.value <= degrees


def compare(names: tuple[str, ...], expected: Array, found: Array) -> Difference:
    """Bones' matrices (T, B, 4, 4), metres, of the same bones and frames; scale is left out of the angles.

    Raises BadInputError where the shapes differ, with both, or where a value is no number.
    """
    if expected.shape != found.shape or expected.shape[1:] != (len(names), 4, 4):
        raise BadInputError(
            f"{found.shape[0]} frames of {found.shape[1]} bones were found, {expected.shape[0]} of {expected.shape[1]} "
            "expected."
        )
    if not (np.isfinite(expected).all() and np.isfinite(found).all()):
        raise BadInputError("A bone's place is not a number.", "Look for constraints or drivers that fail.")
    distance = 1000 * np.linalg.norm(found[..., :3, 3] - expected[..., :3, 3], axis=-1)
    turns = [m[..., :3, :3] / np.linalg.norm(m[..., :3, :3], axis=-2, keepdims=True) for m in (expected, found)]
    # By the chord, which keeps its digits near zero where the arc cosine of the trace has none.
    chord = np.linalg.norm(turns[0] - turns[1], axis=(-2, -1)) / np.sqrt(8)
    return Difference(_worst(names, distance), _worst(names, np.degrees(2 * np.arcsin(np.clip(chord, 0, 1)))))


def _worst(names: tuple[str, ...], values: Array) -> Worst:
    frame, bone = np.unravel_index(int(values.argmax()), values.shape)
    return Worst(float(values[frame, bone]), names[int(bone)], int(frame))
