"""Contacts of a person as intervals on the scene's time line, one track per foot and hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import BadInputError
from ..core.skeleton import CONTACT_POINTS
from . import cleanup, readings
from .scene import takes

if TYPE_CHECKING:
    from ..core.edit.motion import Motion


@dataclass(frozen=True)
class Limb:
    """``points``: names of CONTACT_POINTS that belong to it."""

    name: str
    label: str
    points: tuple[str, ...]


LIMBS = (
    Limb("LEFT_FOOT", "Left foot", ("left_heel", "left_ball")),
    Limb("RIGHT_FOOT", "Right foot", ("right_heel", "right_ball")),
    Limb("LEFT_HAND", "Left hand", ("left_palm",)),
    Limb("RIGHT_HAND", "Right hand", ("right_palm",)),
)


@dataclass(frozen=True)
class Track:
    """``intervals``: first and last scene frame of each contact."""

    limb: Limb
    intervals: tuple[tuple[int, int], ...]

    def at(self, frame: float) -> tuple[int, int] | None:
        """The contact that a frame lies in."""
        return next((one for one in self.intervals if one[0] <= frame <= one[1]), None)


_kept: dict[tuple[int, str, str], tuple[Track, ...]] = {}
_KEPT = 8


def tracks(take: bpy.types.Collection, person: str) -> tuple[Track, ...]:
    """A person's tracks as the take's list of edits leaves them. Raises UnderstudyError."""
    key = (take.session_uid, person, cleanup.wanted(take))
    if key not in _kept:
        while len(_kept) >= _KEPT:
            del _kept[next(iter(_kept))]
        motions = cleanup.motions(take)
        _kept[key] = _found(take, motions[person]) if person in motions else ()
    return _kept[key]


def known(take: bpy.types.Collection, person: str) -> tuple[Track, ...] | None:
    """The tracks where they can be had at once, for drawing."""
    key = (take.session_uid, person, cleanup.wanted(take))
    if key in _kept:
        return _kept[key]
    if not readings.is_read(take):
        readings.start_reading(take)
        return None
    return None if cleanup.busy(take) else tracks(take, person)


def forget() -> None:
    """Lets go of all tracks."""
    _kept.clear()


def differences(before: tuple[int, int], after: tuple[int, int]) -> list[tuple[int, int, bool]]:
    """What to say so that a contact lies at ``after``, not at ``before``: (first, last frame, stands) each."""
    changes: list[tuple[int, int, bool]] = []
    if before == after:
        return changes
    if after[0] > before[0]:
        changes.append((before[0], min(after[0] - 1, before[1]), False))
    if after[1] < before[1]:
        changes.append((max(after[1] + 1, before[0]), before[1], False))
    return [*changes, (*after, True)]


def take_frames(take: bpy.types.Collection, shown: Motion, start: int, end: int) -> tuple[int, int]:
    """The take's frames that the scene shows from ``start`` to ``end``. Raises BadInputError."""
    import numpy as np

    times = shown.timestamps
    first, last = (int(np.argmin(np.abs(times - takes.seconds_at(take, frame)))) for frame in (start, end))
    seconds = sorted(shown.source[[first, last]].tolist())
    if not np.isfinite(seconds).all():
        raise BadInputError("These frames show no footage of this take.", "Set contacts in frames of the take itself.")
    source: Any = readings.evaluation_of(take).take.timestamps
    source = np.asarray(source) - source[0]
    found = [int(np.argmin(np.abs(source - one))) for one in seconds]
    return found[0], found[1]


def _found(take: bpy.types.Collection, motion: Motion) -> tuple[Track, ...]:
    import numpy as np

    from ..core.edit.asking import STANDS
    from ..core.review.problems import runs

    frames = np.round([takes.frame_at(take, float(t)) for t in motion.timestamps]).astype(int)
    made = []
    for limb in LIMBS:
        columns = [CONTACT_POINTS.index(point) for point in limb.points]
        stands = motion.contacts[:, columns].max(axis=1) >= STANDS
        made.append(Track(limb, tuple((int(frames[a]), int(frames[b])) for a, b in runs(stands))))
    return tuple(made)
