"""The engine's warm process: started when it is first needed, kept for the next request, let go without waiting."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...core import protocol
from ...core.client import ClientEvent, DiedEvent, WorkerClient, worker_command


@dataclass(frozen=True)
class Engine:
    """What a process is started with: the environment's interpreter, variables for it, and where its log goes."""

    python: Path
    variables: tuple[tuple[str, str], ...]
    log_path: Path


class Asked(Protocol):
    """Something asked of the engine beside captures and corrections, such as a look at footage."""

    @property
    def active(self) -> bool: ...

    def handle(self, event: protocol.Event | DiedEvent) -> None: ...


client: WorkerClient | None = None
_started_as: Engine | None = None
_retiring: list[threading.Thread] = []


def warm(engine: Engine) -> WorkerClient:
    """The process of an earlier request if it is still there and of the same engine, else a new one.

    Raises BadInputError when the interpreter does not start.
    """
    global client, _started_as
    if client is not None and (not client.alive or engine != _started_as):
        retire()
    if client is None:
        client = WorkerClient(worker_command(engine.python), engine.log_path, dict(engine.variables))
        _started_as = engine
    return client


def poll() -> list[ClientEvent]:
    """What arrived since the last call; after a DiedEvent, which comes last, there is no process any more."""
    global client
    if client is None:
        return []
    events: list[ClientEvent] = []
    for event in client.poll():
        events.append(event)
        if isinstance(event, DiedEvent):
            client = None
            break
    return events


def retire() -> None:
    """Lets the process end by itself, which may take a second: nobody waits for it here."""
    global client
    if client is not None:
        thread = threading.Thread(target=client.close, name="understudy-retire")
        thread.start()
        _retiring.append(thread)
        client = None


def shut_down() -> None:
    """Ends the process and waits until it is gone."""
    retire()
    while _retiring:
        _retiring.pop().join()
