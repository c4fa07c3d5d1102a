"""What all edits share: who, when, whether; checked values; JSON.

An edit list is JSON of the form ``[{"kind": "smooth", "arms": 0.6, …}, …]``; what an entry leaves out has its default.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..rotation import slerp
from .motion import JOINTS, Motion

Array = NDArray[Any]
Result = TypeVar("Result")

People = Mapping[str, Motion]
# Finds the motion of a person of another take: (take id, person's id) to motion.
Library = Callable[[str, str], Motion]


def number(default: float, low: float, high: float, **more: Any) -> Any:
    """A field holding a number within ``low`` and ``high``."""
    return field(default=default, metadata={"low": low, "high": high, **more})


def choice(default: str, *others: str) -> Any:
    """A field holding one of a few words, the default first."""
    return field(default=default, metadata={"choices": (default, *others)})


@dataclass(frozen=True)
class Edit:
    """One step of the clean-up.

    ``person``: the take's id of the person it is for; empty is everybody. ``start`` and ``end``: seconds on the time
    line as the edits before it leave it; None is its beginning and its end. ``end`` is included.
    """

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""

    enabled: bool = True
    person: str = ""
    start: float | None = None
    end: float | None = None

    def __post_init__(self) -> None:
        for entry in dataclasses.fields(self):
            _check(self, entry)
        if self.start is not None and self.end is not None and self.end < self.start:
            raise BadInputError(
                f"{self.label}: the range ends at {self.end:.2f} s, before it starts at {self.start:.2f} s.",
                "Let it end later.",
            )

    def apply(self, people: People, library: Library) -> dict[str, Motion]:
        """``steps`` in one go."""
        return finish(self.steps(people, library))

    def steps(self, people: People, library: Library) -> Generator[None, None, dict[str, Motion]]:
        """Everybody's motion after this edit, a person per step.

        ``library`` serves the edits that bring in another take. Raises BadInputError for a person or a range that is
        not there.
        """
        self.check_person(people)
        after = dict(people)
        for name, motion in people.items():
            if self.person in ("", name):
                after[name] = self.edited(motion)
                yield
        return after

    def check_person(self, people: People) -> None:
        """Raises BadInputError when ``person`` is not one of the take's."""
        if self.person and self.person not in people:
            raise BadInputError(
                f"{self.label}: there is no person {self.person!r} in this take.", f"There are: {', '.join(people)}."
            )

    def edited(self, motion: Motion) -> Motion:
        """One person's motion after this edit."""
        raise NotImplementedError

    def replace(self, **changes: Any) -> Edit:
        """A copy with other values, checked."""
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, ``kind`` first."""
        return {"kind": self.kind, **dataclasses.asdict(self)}


def finish(steps: Generator[Any, None, Result]) -> Result:
    """Runs a generator to its end; returns what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def frames_in(motion: Motion, edit: Edit) -> slice:
    """The frames within an edit's range, at least one. Raises BadInputError when there is none."""
    times = motion.timestamps
    slack = 1e-6
    first = 0 if edit.start is None else int(np.searchsorted(times, edit.start - slack))
    last = len(times) if edit.end is None else int(np.searchsorted(times, edit.end + slack, side="right"))
    if first >= last:
        start, end = _seconds(edit.start, times[0]), _seconds(edit.end, times[-1])
        raise BadInputError(
            f"{edit.label}: no frame lies between {start} and {end}.",
            f"The motion lasts from {times[0]:.2f} s to {times[-1]:.2f} s.",
        )
    return slice(first, last)


def influence(motion: Motion, edit: Edit, fade_s: float = 0.15) -> Array:
    """How much an edit counts in every frame (T,), 0…1: full in its range, with a soft step outside both ends.

    An end that the edit leaves open has no step.
    """
    inside = frames_in(motion, edit)
    times = motion.timestamps
    weight = np.ones(len(times))
    for distance in (
        None if edit.start is None else times[inside.start] - times,
        None if edit.end is None else times - times[inside.stop - 1],
    ):
        if distance is not None:
            weight *= 1 - soft_step(np.clip(distance / max(fade_s, 1e-9), 0.0, 1.0))
    return weight


def soft_step(x: Array) -> Array:
    """0 at 0, 1 at 1, flat at both ends (3 x² − 2 x³)."""
    return x * x * (3 - 2 * x)


def mix(before: Motion, after: Motion, weight: Array) -> Motion:
    """``before`` where weight (T,) is 0, ``after`` where it is 1, rotations by slerp. Both have the same frames."""
    if np.all(weight == 1):
        return after
    untouched, between = weight == 0, np.flatnonzero((weight > 0) & (weight < 1))
    share = weight[between, None]
    rotations = np.where(untouched[:, None, None], before.rotations, after.rotations)
    pelvis = np.where(untouched[:, None], before.pelvis, after.pelvis)
    rotations[between] = slerp(
        before.rotations[between], after.rotations[between], np.broadcast_to(share, (len(between), JOINTS))
    )
    pelvis[between] = before.pelvis[between] + share * (after.pelvis[between] - before.pelvis[between])
    return after.replace(rotations=rotations, pelvis=pelvis)


def register_kinds(kinds: Iterable[type[Edit]]) -> dict[str, type[Edit]]:
    """Edit classes by their ``kind``."""
    return {cls.kind: cls for cls in kinds}


def dump_edits(edits: Iterable[Edit]) -> str:
    """An edit list as JSON."""
    return json.dumps([edit.to_dict() for edit in edits])


def load_edits(text: str, kinds: Mapping[str, type[Edit]]) -> tuple[Edit, ...]:
    """An edit list from JSON. Raises BadInputError naming the entry and what is wrong with it."""
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise BadInputError("the list of edits is not JSON.", "Remove all edits and add them again.") from error
    if not isinstance(entries, list):
        raise BadInputError("the list of edits is not a list.", "Remove all edits and add them again.")
    return tuple(load_edit(entry, kinds) for entry in entries)


def load_edit(entry: Any, kinds: Mapping[str, type[Edit]]) -> Edit:
    """One edit from its JSON object."""
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise BadInputError(f"the edit {kind!r} is unknown.", f"Known: {', '.join(kinds)}.")
    known = {item.name for item in dataclasses.fields(kinds[kind])}
    values = {key: value for key, value in entry.items() if key != "kind"}
    if strange := sorted(set(values) - known):
        raise BadInputError(f"the edit {kind!r} has no value {strange[0]!r}.", f"It has: {', '.join(sorted(known))}.")
    return kinds[kind](**values)


def _check(edit: Edit, entry: dataclasses.Field[Any]) -> None:
    value = getattr(edit, entry.name)
    if entry.name in ("start", "end"):
        fine = value is None or _is_number(value)
    elif isinstance(entry.default, bool):
        fine = isinstance(value, bool)
    elif isinstance(entry.default, str):
        fine = isinstance(value, str)
    else:
        fine = _is_number(value)
    if not fine:
        raise BadInputError(f"{edit.label}: {entry.name} cannot be {value!r}.")
    if "low" in entry.metadata and not entry.metadata["low"] <= value <= entry.metadata["high"]:
        low, high = entry.metadata["low"], entry.metadata["high"]
        raise BadInputError(f"{edit.label}: {entry.name} is {value:g}, outside {low:g} to {high:g}.")
    choices = entry.metadata.get("choices")
    if choices and value not in choices:
        raise BadInputError(f"{edit.label}: {entry.name} cannot be {value!r}.", f"Known: {', '.join(choices)}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _seconds(value: float | None, otherwise: float) -> str:
    return f"{otherwise if value is None else value:.2f} s"
