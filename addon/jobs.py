"""What is under way: an installation, captures, an import. One timer polls them all; no thread ever touches bpy."""

from __future__ import annotations

import atexit
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.app.handlers import persistent

from ..core.errors import UnderstudyError
from . import ahead, capture_queue, exchange, redraw, status_bar
from .capture_job import CaptureJob
from .engine import link
from .engine.link import Asked, Engine
from .take_import import TakeImport

if TYPE_CHECKING:
    from .correction_job import CorrectionJob
    from .engine.installation import Installation, Progress

POLL_S = 0.15
QUICK_S = 0.03
SLICE_PAUSE_S = 0.02  # between slices of an import, for the window's own work

capture: CaptureJob | None = None  # the one that was started last
correction: CorrectionJob | None = None
importing: TakeImport | None = None
last_import_error: UnderstudyError | None = None
installation: Installation | None = None
last_installation: Progress | None = None
_asked: list[Asked] = []
_engine: Engine | None = None  # what the queue goes on with
_shown: Any = None


def busy() -> bool:
    """Whether a capture, a correction, an import or an installation is under way."""
    return capture_active() or capture_queue.going or correction_active() or importing is not None or installing()


def installing() -> bool:
    return installation is not None


def capture_active() -> bool:
    return capture is not None and capture.active


def correction_active() -> bool:
    return correction is not None and correction.active


def start_correction(job: CorrectionJob, engine: Engine) -> None:
    """Starts the worker where none is warm, and the job. Raises BadInputError when the interpreter does not start."""
    global correction
    job.number = link.warm(engine).correct(job.settings)
    correction = job
    _watch()


def start_captures(jobs: list[CaptureJob], engine: Engine) -> None:
    """Appends jobs to the queue and lets it go, one job after another."""
    capture_queue.add(jobs)
    go_on(engine)


def go_on(engine: Engine) -> None:
    """Lets the queue go: what waits is started, one job after another."""
    global _engine
    _engine = engine
    capture_queue.going = True
    capture_queue.advance(_start)
    _watch()


def ask(asked: Asked) -> None:
    """Has an answer of the engine taken up by ``asked``, for as long as it is active."""
    if asked not in _asked:
        _asked.append(asked)
    _watch()


def cancel_capture(job: CaptureJob | None = None) -> None:
    """Stops a job, by default the one under way, at its next chunk; one that waits at once. An import goes on."""
    job = job or capture_queue.active()
    if job is not None and job.state == "waiting":
        job.fail("Cancelled before it started.", "", "cancelled")
    elif job is not None and job.state in ("starting", "running") and link.client is not None:
        link.client.cancel(job.number)
        job.state, job.stage = "cancelling", "Cancelling"
    redraw.sidebars()


def dismiss(job: CaptureJob | None = None) -> None:
    """Forgets a job that is over, by default the last one."""
    global capture
    job = job or capture
    if job is not None and not job.active:
        capture_queue.remove(job)
        if job is capture:
            capture = None
    redraw.sidebars()


def start_import(path: Path, timing: str) -> TakeImport:
    """Imports a take in slices."""
    global importing, last_import_error
    importing, last_import_error = TakeImport(path, timing), None
    _watch()
    return importing


def start_installation(started: Installation) -> None:
    """Watches an installation; a warm worker of the old environment is let go."""
    global installation, last_installation
    link.retire()
    installation, last_installation = started, None
    _watch()


def shut_down() -> None:
    """Nothing is left running. Called when the add-on is switched off and when Blender quits."""
    global capture, correction, importing, installation
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    if installation is not None:
        installation.close()
    link.shut_down()
    if correction is not None:
        correction.clean()
    capture = correction = importing = installation = None
    _asked.clear()


def tick() -> float | None:
    """The timer: takes up news, works a slice, and says when to come again; None when nothing is under way."""
    _poll_worker()
    _poll_installation()
    # A correction takes a fraction of a second: nobody should wait for the timer.
    pause = QUICK_S if correction_active() else POLL_S
    if capture is not None and capture.state == "importing":
        capture.advance_import()
        pause = SLICE_PAUSE_S
    if importing is not None:
        _advance_import(importing)
        pause = SLICE_PAUSE_S
    capture_queue.advance(_start)
    _redraw_if_changed()
    return pause if busy() or _asked else None


def _start(job: CaptureJob) -> None:
    """Starts a job of the queue."""
    global capture
    assert _engine is not None
    job.begin()
    capture = job
    capture_queue.mirror(chosen=job)
    try:
        job.number = link.warm(_engine).capture(job.settings, str(exchange.file("capture")))
    except UnderstudyError as error:
        job.fail(error.message, error.hint)
        capture_queue.pause()


def _poll_worker() -> None:
    from ..core.client import DiedEvent

    for event in link.poll():
        if capture is not None and capture.active:
            starting = capture.state == "starting"
            capture.handle(event)
            if starting and capture.state == "failed" and isinstance(event, DiedEvent):
                capture_queue.pause()  # the others would fail as it did
        if correction is not None and correction.active:
            correction.handle(event)
        for asked in list(_asked):
            asked.handle(event)
    _asked[:] = [asked for asked in _asked if asked.active]


def _poll_installation() -> None:
    global installation, last_installation
    if installation is not None and installation.progress.state != "running":
        installation, last_installation = None, installation.progress


def _advance_import(running: TakeImport) -> None:
    global importing, last_import_error
    try:
        running.advance()
    finally:
        if running.state in ("done", "failed"):
            importing, last_import_error = None, running.error


def _watch() -> None:
    ahead.load()
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=0.05, persistent=True)


def _redraw_if_changed() -> None:
    global _shown
    job, other, install = capture, importing, installation
    state = (
        (job.state, job.stage, job.done, job.total, job.eta_s, len(job.warnings)) if job else None,
        [(one.uid, one.state) for one in capture_queue.items],
        id(job.glimpse) if job else None,
        [asked.active for asked in _asked],
        (other.label, other.done) if other else None,
        install.progress if install else last_installation,
        correction.state if correction else None,
    )
    if state != _shown:
        _shown = state
        redraw.sidebars()
        status_bar.redraw()
        if job is not None:
            from .scene import inset

            inset.show("capture", job.glimpse if job.active else None)


@persistent
def _interrupt(*_: Any) -> None:
    for running in (importing, capture.importing if capture is not None else None):
        if running is not None:
            running.interrupt()


_HANDLERS = ("undo_pre", "redo_pre", "load_pre")


def register() -> None:
    for name in _HANDLERS:
        getattr(bpy.app.handlers, name).append(_interrupt)
    atexit.register(shut_down)


def unregister() -> None:
    shut_down()
    atexit.unregister(shut_down)
    for name in _HANDLERS:
        with contextlib.suppress(ValueError):
            getattr(bpy.app.handlers, name).remove(_interrupt)
