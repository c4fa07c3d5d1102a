"""Two people whom the capture took for one another."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..errors import BadInputError
from .base import Edit, Library, People, frames_in
from .motion import Motion

_EXCHANGED = ("rotations", "pelvis", "contacts", "confidence", "hand_scores", "present")


@dataclass(frozen=True)
class SwapPeople(Edit):
    """Exchanges the motion of ``person`` and ``other`` in the range. Each keeps their own body."""

    kind: ClassVar[str] = "swap_people"
    label: ClassVar[str] = "Swap two people"

    other: str = ""

    def steps(self, people: People, library: Library) -> Generator[None, None, dict[str, Motion]]:
        for name in (self.person, self.other):
            if name not in people:
                raise BadInputError(
                    f"Swap two people: there is no person {name!r} in this take.", f"There are: {', '.join(people)}."
                )
        if self.person == self.other:
            raise BadInputError("Swap two people: both are the same person.", "Choose two different people.")
        one, two = people[self.person], people[self.other]
        first = self._given(one, two)
        yield
        return {**people, self.person: first, self.other: self._given(two, one)}

    def _given(self, motion: Motion, other: Motion) -> Motion:
        """``motion`` with what ``other`` does at the same times in the range; hips stand at its own legs' height."""
        inside = frames_in(motion, self)
        frames = np.arange(motion.frame_count)[inside]
        moved = other.at(motion.timestamps[frames])
        # Where a shorter person stands in for a taller one, the hips' height follows the legs, or the feet would float.
        taller = (motion.rest[0, 1] - motion.sole) * motion.scale / ((other.rest[0, 1] - other.sole) * other.scale)
        moved = moved.replace(pelvis=moved.pelvis * [1.0, 1.0, taller])
        changes = {}
        for name in _EXCHANGED:
            values = getattr(motion, name).copy()
            values[frames] = getattr(moved, name)
            changes[name] = values
        source = motion.source.copy()
        source[frames] = np.nan
        changes["source"] = source
        return motion.replace(**changes)
