"""What perception carries from one chunk to the next: no seam, and a resumed run equals a whole one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np


@dataclass(frozen=True)
class PersonState:
    """One followed person at the end of a chunk.

    ``track`` number; ``time`` s of the last frame measured; ``crop`` (4,) suggested then, ``velocity`` (2,) px/s of its
    centre; ``appearance`` (A,) running description of the clothes; ``hands`` (2, 4) crops of the left and right hand
    then, NaN where none was seen.
    """

    track: int
    time: float
    crop: np.ndarray
    velocity: np.ndarray
    appearance: np.ndarray
    hands: np.ndarray


@dataclass(frozen=True)
class PerceptionState:
    """``next_frame``: absolute index of the next frame; ``next_track``: the next unused track number;
    ``last_detection``: time (s) of the last frame that the detector saw, −inf before the first."""

    next_frame: int = 0
    next_track: int = 0
    last_detection: float = float("-inf")
    people: tuple[PersonState, ...] = field(default=())

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Everything as named arrays, for ``numpy.savez``."""
        arrays = {name: np.asarray(getattr(self, name)) for name in ("next_frame", "next_track", "last_detection")}
        for f in fields(PersonState):
            values = [getattr(person, f.name) for person in self.people]
            arrays[f"people/{f.name}"] = np.stack(values) if values else np.zeros(0)
        return arrays

    @staticmethod
    def from_arrays(arrays: Mapping[str, np.ndarray]) -> PerceptionState:
        """Inverse of ``to_arrays``."""
        people = []
        for i in range(len(arrays["people/track"])):
            values = {f.name: arrays[f"people/{f.name}"][i] for f in fields(PersonState)}
            people.append(PersonState(**{**values, "track": int(values["track"]), "time": float(values["time"])}))
        return PerceptionState(
            int(arrays["next_frame"]), int(arrays["next_track"]), float(arrays["last_detection"]), tuple(people)
        )
