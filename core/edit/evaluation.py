"""From a take and its list of edits to motions, keeping what was computed for the beginning of the list."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..errors import BadInputError
from ..take import Take, TakePerson
from .base import Edit, Library, finish, load_edits, register_kinds
from .correct import Correct
from .identity import SwapPeople
from .motion import Motion, from_person
from .place import Place, Scale
from .reduce import Reduce
from .repair import Repair
from .sides import Mirror, SwapSides
from .smoothing import Smooth
from .stitch import Stitch
from .timing import Loop, Retime, Reverse, Trim

Array = NDArray[Any]

# In the order in which a menu offers them.
KINDS: dict[str, type[Edit]] = register_kinds(
    (Smooth, Repair, Correct, SwapSides, SwapPeople, Place, Scale, Trim, Retime, Reverse, Loop, Mirror, Stitch, Reduce)
)


def parse(text: str) -> tuple[Edit, ...]:
    """An edit list from the JSON that a collection stores. Raises BadInputError."""
    return load_edits(text, KINDS)


def no_library(take: str, person: str) -> Motion:
    """The library of an evaluation without other takes."""
    raise BadInputError(f"the take {take!r} is not at hand.", "Import it into this file, or remove the edit.")


def evaluate(person: TakePerson, timestamps: Array, edits: Iterable[Edit], rate: float, body: BodyModel) -> Motion:
    """One person's motion after ``edits``; timestamps (T,) s and ``rate`` are the take's."""
    people: Mapping[str, Motion] = {person.id: from_person(person, timestamps, rate, body)}
    for edit in edits:
        if edit.enabled:
            people = edit.apply(people, no_library)
    return people[person.id]


class Evaluation:
    """A take's people under a list of edits; asked again with a longer list, only the new edits are computed."""

    def __init__(self, take: Take, body: BodyModel, kept: int = 12) -> None:
        """``kept``: how many stages are remembered."""
        self.take = take
        self._body = body
        self._kept = kept
        self._stages: OrderedDict[tuple[str, ...], dict[str, Motion]] = OrderedDict()

    def steps(self, edits: Sequence[Edit], library: Library = no_library) -> Generator[None, None, dict[str, Motion]]:
        """Computes the edits that are switched on, a person per step; returns everybody's motion by id.

        Raises BadInputError with ``index`` of the edit that cannot be applied.
        """
        active = [(i, edit) for i, edit in enumerate(edits) if edit.enabled]
        names = [json.dumps(edit.to_dict(), sort_keys=True) for _, edit in active]
        done = next(n for n in range(len(active), -1, -1) if n == 0 or tuple(names[:n]) in self._stages)
        people = self._stage(tuple(names[:done]))
        for n in range(done, len(active)):
            index, edit = active[n]
            try:
                people = yield from edit.steps(people, library)
            except BadInputError as error:
                raise EditError(index, error) from error
            # What another take gives may change without this list changing.
            if edit.kind != Stitch.kind:
                self._remember(tuple(names[: n + 1]), people)
        return dict(people)

    def result(self, edits: Sequence[Edit], library: Library = no_library) -> dict[str, Motion]:
        """``steps`` in one go."""
        return finish(self.steps(edits, library))

    def _stage(self, key: tuple[str, ...]) -> dict[str, Motion]:
        if key not in self._stages:
            take = self.take
            start = {p.id: from_person(p, take.timestamps, float(take.fps_nominal), self._body) for p in take.people}
            self._remember((), start)
        self._stages.move_to_end(key)
        return self._stages[key]

    def _remember(self, key: tuple[str, ...], people: dict[str, Motion]) -> None:
        self._stages[key] = people
        self._stages.move_to_end(key)
        # The take itself stays: reading it again is what costs most.
        for old in list(self._stages):
            if len(self._stages) <= self._kept:
                break
            if old:
                del self._stages[old]


class EditError(BadInputError):
    """An edit that cannot be applied; ``index`` is its place in the list."""

    def __init__(self, index: int, error: BadInputError) -> None:
        super().__init__(error.message, error.hint)
        self.index = index
