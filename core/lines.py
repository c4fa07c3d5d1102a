"""The messages of ``core.protocol`` as lines: one JSON object each, standard library only.

``type`` names the message, the other keys are its fields. Unknown fields are ignored, so that either side may be newer;
an unknown type or a field of the wrong type is refused.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from typing import Any

from .errors import UnderstudyError
from .protocol import EVENT_TYPES, REQUEST_TYPES, Event, Request

_NAMES = {cls: name for kinds in (REQUEST_TYPES, EVENT_TYPES) for name, cls in kinds.items()}


class ProtocolError(UnderstudyError):
    """A line is not a message of this protocol."""

    code = "protocol"


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
