"""What is under way: an installation, a capture, an import. One timer polls them all; no thread ever touches bpy."""

from __future__ import annotations

import atexit
import contextlib
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
from bpy.app.handlers import persistent

from ..core import protocol
from ..core.client import DiedEvent, WorkerClient, worker_command
from ..core.errors import CancelledError, UnderstudyError
from .correction_job import CorrectionJob
from .engine.installation import Installation, Progress
from .take_import import TakeImport

POLL_S = 0.15
QUICK_S = 0.03
SLICE_PAUSE_S = 0.02  # between slices of an import, for the window's own work
ACTIVE = ("starting", "running", "cancelling", "importing")

STAGE_LABELS = {
    "decode": "Reading the video",
    "detect": "Finding people",
    "landmarks": "Measuring bodies and hands",
    "track": "Following people",
    "solve": "Solving the motion",
    "save": "Writing the take",
    "background": "Copying the footage at a constant rate",
}


@dataclass
class CaptureJob:
    """One capture from its request to the actors in the scene.

    ``state``: one of ACTIVE, or done, cancelled, failed, or lost when the engine's process died; ``message`` and
    ``hint`` say why.
    """

    settings: dict[str, Any]
    timing: str
    number: int = 0
    state: str = "starting"
    stage: str = "Starting the engine"
    done: int = 0
    total: int | None = None
    eta_s: float | None = None
    message: str = ""
    hint: str = ""
    warnings: list[str] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    importing: TakeImport | None = None

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def output(self) -> Path:
        return Path(self.settings["output"])

    @property
    def fraction(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0

    def handle(self, event: protocol.Event | DiedEvent) -> None:
        """Takes up one event of the worker."""
        if isinstance(event, protocol.ProgressEvent) and event.job == self.number:
            self.state = "running" if self.state == "starting" else self.state
            self.stage = STAGE_LABELS.get(event.stage, event.stage.capitalize())
            self.done, self.total, self.eta_s = event.done, event.total, event.eta_s
        elif isinstance(event, protocol.WarningEvent) and event.job == self.number:
            self.warnings.append(without_options(event.message))
        elif isinstance(event, protocol.ResultEvent) and event.job == self.number:
            self.state, self.summary = "importing", event.summary
            self.importing = TakeImport(Path(event.path), self.timing)
        elif isinstance(event, protocol.ErrorEvent) and event.job in (self.number, None):
            cancelled = event.code == CancelledError.code
            self.state = "cancelled" if cancelled else "failed"
            self.message, self.hint = event.message, event.hint
        elif isinstance(event, DiedEvent) and self.state != "importing":
            self._died(event)

    def _died(self, event: DiedEvent) -> None:
        if self.state == "starting" and event.exit_code > 0:
            said = event.stderr[-1] if event.stderr else exit_text(event.exit_code)
            self.state, self.message = "failed", f"The engine did not start: {said}"
            self.hint = "Install it again in the preferences."
            return
        self.state = "lost"
        self.message = f"The engine stopped unexpectedly ({exit_text(event.exit_code)})."
        self.hint = "Resume goes on where it stopped; finished work was kept."

    def advance_import(self) -> None:
        """One slice of the import."""
        importing = self.importing
        assert importing is not None
        importing.advance()
        self.stage, self.done, self.total, self.eta_s = importing.label, importing.done, importing.total, None
        if importing.state == "done":
            self.state = "done"
            self.warnings += importing.warnings
        elif importing.state == "failed":
            self.state = "failed"
            self.message = importing.error.message if importing.error else "The take could not be imported."
            self.hint = importing.error.hint if importing.error else f"It is kept at {self.output}."


def without_options(text: str) -> str:
    """The engine names the command line's options in brackets; the sidebar has buttons instead."""
    return re.sub(r"\s*\(--[^)]*\)", "", text)


def exit_text(code: int) -> str:
    """How a process ended, for people."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


capture: CaptureJob | None = None
correction: CorrectionJob | None = None
importing: TakeImport | None = None
last_import_error: UnderstudyError | None = None
installation: Installation | None = None
last_installation: Progress | None = None
_client: WorkerClient | None = None
_client_key: tuple[Any, ...] = ()
_retiring: list[threading.Thread] = []
_shown: Any = None


def busy() -> bool:
    """Whether a capture, a correction, an import or an installation is under way."""
    return capture_active() or correction_active() or importing is not None or installation is not None


def capture_active() -> bool:
    return capture is not None and capture.active


def correction_active() -> bool:
    return correction is not None and correction.active


def start_correction(job: CorrectionJob, python: Path, variables: dict[str, str], log_path: Path) -> None:
    """Starts the worker where none is warm, and the job. Raises BadInputError when the interpreter does not start."""
    global correction
    job.number = _warm_client(python, variables, log_path).correct(job.settings)
    correction = job
    _watch()


def start_capture(
    settings: dict[str, Any], timing: str, python: Path, variables: dict[str, str], log_path: Path
) -> CaptureJob:
    """Starts the worker where none is warm, and the job. Raises BadInputError when the interpreter does not start."""
    global capture
    job = CaptureJob(settings, timing)
    job.number = _warm_client(python, variables, log_path).capture(settings)
    capture = job
    _watch()
    return job


def cancel_capture() -> None:
    """Asks the worker to stop at its next chunk; an import under way goes on, it is short."""
    if capture is not None and capture.state in ("starting", "running") and _client is not None:
        _client.cancel(capture.number)
        capture.state, capture.stage = "cancelling", "Cancelling"


def dismiss() -> None:
    """Forgets a job that is over."""
    global capture
    if not capture_active():
        capture = None


def start_import(path: Path, timing: str) -> TakeImport:
    """Imports a take in slices."""
    global importing, last_import_error
    importing, last_import_error = TakeImport(path, timing), None
    _watch()
    return importing


def start_installation(started: Installation) -> None:
    """Watches an installation; a warm worker of the old environment is let go."""
    global installation, last_installation
    retire_worker()
    installation, last_installation = started, None
    _watch()


def retire_worker() -> None:
    """Lets the engine's process end by itself, which may take a second: nobody waits for it here."""
    global _client
    if _client is not None:
        thread = threading.Thread(target=_client.close, name="understudy-retire")
        thread.start()
        _retiring.append(thread)
        _client = None


def shut_down() -> None:
    """Nothing is left running. Called when the add-on is switched off and when Blender quits."""
    global capture, correction, importing, installation
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
    if installation is not None:
        installation.close()
    retire_worker()
    while _retiring:
        _retiring.pop().join()
    if correction is not None:
        correction.clean()
    capture = correction = importing = installation = None


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
    _redraw_if_changed()
    return pause if busy() else None


def _poll_worker() -> None:
    global _client
    if _client is None:
        return
    for event in _client.poll():
        if capture is not None and capture.active:
            capture.handle(event)
        if correction is not None and correction.active:
            correction.handle(event)
        if isinstance(event, DiedEvent):
            _client = None
            return


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


def _warm_client(python: Path, variables: dict[str, str], log_path: Path) -> WorkerClient:
    """The worker of an earlier capture if it is still there and of the same environment, else a new one."""
    global _client, _client_key
    key = (python, tuple(sorted(variables.items())))
    if _client is not None and (not _client.alive or key != _client_key):
        retire_worker()
    if _client is None:
        _client, _client_key = WorkerClient(worker_command(python), log_path, variables), key
    return _client


def _watch() -> None:
    if not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=0.05, persistent=True)


def _redraw_if_changed() -> None:
    global _shown
    job, other, install = capture, importing, installation
    state = (
        (job.state, job.stage, job.done, job.total, job.eta_s, len(job.warnings)) if job else None,
        (other.label, other.done) if other else None,
        install.progress if install else last_installation,
        correction.state if correction else None,
    )
    if state != _shown:
        _shown = state
        redraw()


def redraw() -> None:
    """Only sidebars and preferences: the view itself may be heavy to draw."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            wanted = {"VIEW_3D": "UI", "PREFERENCES": "WINDOW"}.get(area.type)
            for region in area.regions:
                if region.type == wanted:
                    region.tag_redraw()


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
