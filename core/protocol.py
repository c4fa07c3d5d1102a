"""The messages that a front end and the worker exchange, as ``core.lines`` writes them; standard library only.

Requests go to the worker's stdin, events come from its stdout, a ``hello`` first. ``job`` is a number the front end
chooses; the events of that job repeat it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PROTOCOL = 1


@dataclass(frozen=True)
class CaptureRequest:
    """Capture a video. ``settings`` are the fields of ``core.settings.CaptureSettings``.

    ``preview``: a file for what is seen on the way, each time announced by a ``PreviewEvent``; None for nothing.
    """

    job: int
    settings: dict[str, Any]
    preview: str | None = None


@dataclass(frozen=True)
class SolveRequest:
    """Solve a take again without its video. ``settings`` are the fields of ``core.settings.ResolveSettings``."""

    job: int
    settings: dict[str, Any]


@dataclass(frozen=True)
class CorrectRequest:
    """Solve an interval again with a user's corrections. ``settings`` are the fields of
    ``core.settings.CorrectSettings``."""

    job: int
    settings: dict[str, Any]


@dataclass(frozen=True)
class LookRequest:
    """Look at footage, also while a capture runs; the result's path is a ``core.glimpse.Glimpse``. ``settings`` are the
    fields of ``core.footage_settings.LookSettings``."""

    job: int
    settings: dict[str, Any]


@dataclass(frozen=True)
class RecordRequest:
    """Record a camera, also while a capture runs, until it is cancelled, which ends it with its result. ``settings``
    are the fields of ``core.footage_settings.RecordSettings``; ``preview`` as in ``CaptureRequest``."""

    job: int
    settings: dict[str, Any]
    preview: str | None = None


@dataclass(frozen=True)
class CancelRequest:
    """Stop a job at its next chunk; one that is over already is left alone."""

    job: int


@dataclass(frozen=True)
class StatusRequest:
    """Ask for a ``StatusEvent``."""


@dataclass(frozen=True)
class ShutdownRequest:
    """Cancel what runs and exit."""


@dataclass(frozen=True)
class HelloEvent:
    """First line of a worker."""

    protocol: int
    version: str
    pid: int


@dataclass(frozen=True)
class ProgressEvent:
    """``done`` of ``total`` units of ``stage``; ``total`` and ``eta_s`` (seconds left in the stage) may be unknown."""

    job: int
    stage: str
    done: int
    total: int | None
    eta_s: float | None


@dataclass(frozen=True)
class PreviewEvent:
    """There is something new to see of a job at ``path``, a ``core.glimpse.Glimpse``."""

    job: int
    path: str


@dataclass(frozen=True)
class LogEvent:
    """A line for the log view. ``level`` is one of the logging module's names in lower case."""

    level: str
    message: str


@dataclass(frozen=True)
class WarningEvent:
    """Something the user should know about a job that goes on."""

    job: int
    message: str


@dataclass(frozen=True)
class ResultEvent:
    """The job is done: the take's path, and the same summary as the command line's ``--json``."""

    job: int
    path: str
    summary: dict[str, Any]


@dataclass(frozen=True)
class ErrorEvent:
    """The job is over without a result (``code`` is that of ``core.errors``), or a line was refused (``job`` is
    None)."""

    job: int | None
    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class StatusEvent:
    """The capture, solve or correction that runs, if any, and those that wait."""

    running: int | None
    waiting: list[int]


JobRequest = CaptureRequest | SolveRequest | CorrectRequest | LookRequest | RecordRequest
Request = JobRequest | CancelRequest | StatusRequest | ShutdownRequest
Event = HelloEvent | ProgressEvent | PreviewEvent | LogEvent | WarningEvent | ResultEvent | ErrorEvent | StatusEvent

REQUEST_TYPES: dict[str, type] = {
    "capture": CaptureRequest,
    "solve": SolveRequest,
    "correct": CorrectRequest,
    "look": LookRequest,
    "record": RecordRequest,
    "cancel": CancelRequest,
    "status": StatusRequest,
    "shutdown": ShutdownRequest,
}
EVENT_TYPES: dict[str, type] = {
    "hello": HelloEvent,
    "progress": ProgressEvent,
    "preview": PreviewEvent,
    "log": LogEvent,
    "warning": WarningEvent,
    "result": ResultEvent,
    "error": ErrorEvent,
    "status": StatusEvent,
}
