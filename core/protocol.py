"""The lines that a front end and the worker exchange: one JSON object per line, UTF-8, standard library only.

Requests go to the worker's stdin, events come from its stdout, a ``hello`` first. ``type`` names the message, the
other keys are its fields. Unknown fields are ignored, so that either side may be newer; an unknown type or a field of
the wrong type is refused. ``job`` is a number the front end chooses; the events of that job repeat it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from dataclasses import dataclass
from typing import Any

from .errors import UnderstudyError

PROTOCOL = 1


class ProtocolError(UnderstudyError):
    """A line is not a message of this protocol."""

    code = "protocol"


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
_NAMES = {cls: name for kinds in (REQUEST_TYPES, EVENT_TYPES) for name, cls in kinds.items()}


def encode(message: Request | Event) -> bytes:
    """One line, its newline included. ASCII only, so that no path can break the framing or the encoding."""
    body = {"type": _NAMES[type(message)]} | {
        field.name: getattr(message, field.name) for field in dataclasses.fields(message)
    }
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii") + b"\n"


def decode_request(line: bytes) -> Request:
    """The request on one line. Raises ProtocolError naming what is wrong."""
    return _decode(line, REQUEST_TYPES)


def decode_event(line: bytes) -> Event:
    """The event on one line. Raises ProtocolError naming what is wrong."""
    return _decode(line, EVENT_TYPES)


def _decode(line: bytes, kinds: dict[str, type]) -> Any:
    try:
        body = json.loads(line)
    except ValueError as error:
        raise ProtocolError(f"Not a JSON line: {line[:80]!r}.") from error
    if not isinstance(body, dict):
        raise ProtocolError(f"Not a JSON object: {line[:80]!r}.")
    name = body.get("type")
    cls = kinds.get(name) if isinstance(name, str) else None
    if cls is None:
        raise ProtocolError(f"Unknown message type {name!r}; known: {', '.join(kinds)}.")
    values = {}
    for field, kind in _schema(cls).items():
        if field not in body:
            if field in _optional(cls):
                continue
            raise ProtocolError(f"The {name} message lacks '{field}'.")
        if not _matches(body[field], kind):
            raise ProtocolError(f"The {name} message's '{field}' is {body[field]!r}, expected {kind}.")
        values[field] = body[field]
    return cls(**values)


@functools.cache
def _optional(cls: type) -> frozenset[str]:
    """Fields that an older side does not send."""
    return frozenset(f.name for f in dataclasses.fields(cls) if f.default is not dataclasses.MISSING)


@functools.cache
def _schema(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _matches(value: Any, kind: Any) -> bool:
    if isinstance(kind, types.UnionType):
        return any(_matches(value, option) for option in typing.get_args(kind))
    origin = typing.get_origin(kind) or kind
    if origin is list:
        return isinstance(value, list) and all(_matches(item, typing.get_args(kind)[0]) for item in value)
    if isinstance(value, bool):  # a bool is an int to Python, never to this protocol
        return origin is bool
    if origin is float:
        return isinstance(value, (int, float))
    return isinstance(value, origin)
