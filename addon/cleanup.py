"""Keeps the curves of every take in step with its list of edits: computed from the take's file, in slices.

Whoever changes a list calls ``request``; a short list is done at once, within the undo step of whoever asked, the rest
by a timer. ``edits_applied`` on the collection names the list that the curves show, so that after undo, redo or opening
a file nothing is taken for finished that is not.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent

from ..core.errors import BadInputError, UnderstudyError
from . import readings, redraw
from .declarations import TAKE_PROPERTY
from .scene import links, takes

if TYPE_CHECKING:
    from ..core.edit.base import Edit
    from ..core.edit.motion import Motion
    from .scene.rekey import Written

_STITCH = "stitch"  # the kind of edit that needs another take

# A request's own share of the time at once, and the timer's per slice; no single step takes 0.15 s with 2,000 frames.
AT_ONCE_S = 0.08
SLICE_S = 0.06
PAUSE_S = 0.01


@dataclass
class Job:
    """One collection's curves on their way."""

    take: int  # session_uid
    text: str
    steps: Generator[None, None, None]
    began: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Problem:
    """Why a take's list is not what the curves show; ``index`` is the edit's place, −1 for none in particular."""

    message: str
    hint: str = ""
    index: int = -1


_jobs: dict[int, Job] = {}
_written: dict[tuple[int, str], Written] = {}
_problems: dict[int, Problem] = {}


def problem(take: bpy.types.Collection) -> Problem | None:
    """What is wrong with the take's list, None when nothing is."""
    return _problems.get(take.session_uid)


def busy(take: bpy.types.Collection) -> bool:
    """Whether curves of the take are on their way."""
    return take.session_uid in _jobs


def wanted(take: bpy.types.Collection) -> str:
    """The list that the curves should show."""
    settings = getattr(take, TAKE_PROPERTY)
    return links.NO_EDITS if settings.show_before else take.get(links.EDITS, links.NO_EDITS)


def refuse(take: bpy.types.Collection, index: int, error: BadInputError) -> None:
    """Values of an edit that do not go together: the curves stay as they are, and the panel says why."""
    _problems[take.session_uid] = Problem(error.message, error.hint, index)


def request(take: bpy.types.Collection, *, wait: bool | None = None) -> None:
    """Brings the take's curves in step with its list; ``wait`` until they are, as without a window, where timers rest.

    Raises UnderstudyError when it waits and cannot.
    """
    wait = bpy.app.background if wait is None else wait
    uid = take.session_uid
    _problems.pop(uid, None)
    if wanted(take) == take.get(links.EDITS_APPLIED, links.NO_EDITS):
        _jobs.pop(uid, None)
        return
    _jobs[uid] = Job(uid, wanted(take), _steps(take))
    if wait:
        _advance(_jobs[uid], None)
        if uid in _problems:
            found = _problems[uid]
            raise BadInputError(found.message, found.hint)
        return
    _advance(_jobs[uid], time.monotonic() + AT_ONCE_S)
    _watch()


def motions(take: bpy.types.Collection) -> dict[str, Motion]:
    """The people of a take as its list leaves them, computed now. Raises UnderstudyError."""
    from ..core.edit.evaluation import parse

    return readings.evaluation_of(take).result(parse(wanted(take)), _library)


def forget(take: bpy.types.Collection | None = None) -> None:
    """Lets go of what is known about a take's curves and file, or about all."""
    if take is None:
        _written.clear()
        _jobs.clear()
        return
    _jobs.pop(take.session_uid, None)
    _problems.pop(take.session_uid, None)
    readings.forget(take)
    for key in [key for key in _written if key[0] == take.session_uid]:
        del _written[key]


def _steps(take: bpy.types.Collection) -> Generator[None, None, None]:
    """Everything there is to do for one take, a short piece of work per step."""
    from ..core.edit.evaluation import parse
    from .scene import rekey

    uid, text = take.session_uid, wanted(take)
    edits = parse(text)
    for other in [take, *_stitched(edits)]:
        reading = readings.reading_of(other)
        while not reading.done:
            yield
    people = yield from readings.evaluation_of(take).steps(edits, _library)
    take[links.EDITS_APPLIED] = ""  # whatever is saved or undone to from here on is known to be half done
    for person, motion in people.items():
        actor = takes.actor_of(take, person)
        if actor is None or takes.action_of(actor) is None:
            continue
        written = _written.setdefault((uid, person), rekey.Written())
        yield from rekey.rekey(actor, motion, takes.rate(take), takes.frame_start(take), written)
    take[links.EDITS_APPLIED] = text


def _library(take_id: str, person: str) -> Motion:
    """People of other takes in this file, as their own lists leave them; what those stitch is left out."""
    from ..core.edit.evaluation import parse

    take = next((t for t in links.take_collections() if t[links.TAKE_ID] == take_id), None)
    if take is None:
        raise BadInputError("the other take is not in this file.", "Import it, or remove the step.")
    edits = [edit for edit in parse(take.get(links.EDITS, links.NO_EDITS)) if edit.kind != _STITCH]
    people = readings.evaluation_of(take).result(edits)
    if person not in people:
        raise BadInputError(f"{take.name} has no person {person!r}.", f"There are: {', '.join(people)}.")
    return people[person]


def _stitched(edits: tuple[Edit, ...]) -> list[bpy.types.Collection]:
    """The other takes that a list needs."""
    ids = {getattr(edit, "take", "") for edit in edits if edit.kind == _STITCH and edit.enabled}
    return [take for take in links.take_collections() if take[links.TAKE_ID] in ids]


def _advance(job: Job, deadline: float | None) -> None:
    """Works on a job until ``deadline``, at least one step; without one to its end."""
    finished = False
    try:
        while True:
            try:
                next(job.steps)
            except StopIteration:
                finished = True
                return
            if deadline is None:
                continue
            if time.monotonic() >= deadline:
                return
    except (UnderstudyError, ReferenceError) as error:
        finished = True
        if isinstance(error, UnderstudyError):
            index = getattr(error, "index", -1)  # an EditError names the step
            _problems[job.take] = Problem(error.message, error.hint, index)
    finally:
        if finished:
            _jobs.pop(job.take, None)
            redraw.sidebars()


def _tick() -> float | None:
    """The timer: a slice of the oldest job."""
    if bpy.app.is_job_running("RENDER"):
        return 0.2
    for job in list(_jobs.values())[:1]:
        _advance(job, time.monotonic() + SLICE_S)
    return PAUSE_S if _jobs else None


def _watch() -> None:
    if _jobs and not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=PAUSE_S, persistent=True)


@persistent
def _data_goes(*_: Any) -> None:
    """Undo, redo or another file is about to replace all data."""
    forget()


@persistent
def _data_came(*_: Any) -> None:
    """Lists whose curves were caught half done are done again."""
    for take in links.take_collections():
        if wanted(take) != take.get(links.EDITS_APPLIED, links.NO_EDITS):
            with contextlib.suppress(UnderstudyError):
                request(take)


_HANDLERS = (
    ("undo_pre", _data_goes),
    ("redo_pre", _data_goes),
    ("load_pre", _data_goes),
    ("undo_post", _data_came),
    ("redo_post", _data_came),
    ("load_post", _data_came),
)


def register() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    for name, handler in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(handler)
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    forget()
    readings.clear()
    _problems.clear()
