"""Who is to be captured: people by the box that somebody clicked on a frame. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from .errors import BadInputError


class Pick(NamedTuple):
    """A person: the box around them, upright full-size pixels, ``seconds`` after the clip's first frame."""

    seconds: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def text(self) -> str:
        """As people name it, and as ``parse_pick`` reads it."""
        return f"{self.seconds:g}:" + ",".join(f"{value:g}" for value in self[1:])


def check_picks(picks: Sequence[Pick], start: float | None, end: float | None) -> None:
    """Raises BadInputError for a pick that is no box, or whose time lies outside ``start`` … ``end`` (s, or None)."""
    for pick in picks:
        if not (all(map(math.isfinite, pick)) and pick.left < pick.right and pick.top < pick.bottom):
            raise BadInputError(f"--pick {pick.text} is not a box.", "Give left, top, right, bottom in pixels.")
        if pick.seconds < (start or 0.0) or (end is not None and pick.seconds >= end):
            message = f"--pick {pick.text} is at {pick.seconds:g} s, outside what is captured."
            raise BadInputError(message, "Choose the person inside --start and --end.")


def parse_pick(text: str) -> Pick:
    """From ``1.5:100,50,300,600``. Raises ValueError for anything else."""
    seconds, _, box = text.partition(":")
    left, top, right, bottom = (float(value) for value in box.split(","))
    return Pick(float(seconds), left, top, right, bottom)


def picks_from_json(rows: Any) -> tuple[Pick, ...]:
    """From JSON: a list of [seconds, left, top, right, bottom]. Raises BadInputError for anything else."""
    try:
        return tuple(Pick(*(float(value) for value in row)) for row in rows)
    except (TypeError, ValueError) as error:
        message = f"The setting 'picks' is {rows!r}, which is not a list of boxes."
        raise BadInputError(message, "Give rows of seconds, left, top, right, bottom.") from error
