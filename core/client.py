"""The front end's side of a worker: starts it, talks to it without ever blocking, and leaves nothing behind.

Standard library only: this runs inside Blender.
"""

from __future__ import annotations

import collections
import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from . import lines, protocol
from .errors import BadInputError

LAUNCHER = Path(__file__).resolve().parent / "launch.py"
STDERR_TAIL = 20  # lines kept for the message about a worker that died
LOG_LIMIT = 4_000_000  # bytes; a longer log starts afresh


@dataclass(frozen=True)
class DiedEvent:
    """The worker is gone without having been asked: its exit code (negative: the signal) and its last lines of stderr.

    ``jobs`` were under way or waiting; a capture started again with the same settings goes on from its journal.
    """

    exit_code: int
    stderr: tuple[str, ...]
    jobs: tuple[int, ...]


ClientEvent = protocol.Event | DiedEvent


def worker_command(python: Path | str) -> list[str]:
    """The command that starts a worker with the interpreter of the engine's own environment."""
    return [str(python), "-I", str(LAUNCHER), "worker"]


def clean_environment() -> dict[str, str]:
    """This process's environment without PYTHON*, which belongs to the front end's interpreter."""
    return {key: value for key, value in os.environ.items() if not key.upper().startswith("PYTHON")}


class WorkerClient:
    """A running worker. Every method returns at once, except ``close``."""

    def __init__(
        self, command: Sequence[str], log_path: Path | str, variables: Mapping[str, str] | None = None
    ) -> None:
        """Starts ``command`` (see ``worker_command``); its stderr goes to ``log_path``. ``variables`` join its
        environment.

        Raises BadInputError when the interpreter cannot be started or the log cannot be written.
        """
        self.log_path = Path(log_path)
        self._events: queue.SimpleQueue[ClientEvent] = queue.SimpleQueue()
        self._stderr: collections.deque[str] = collections.deque(maxlen=STDERR_TAIL)
        self._jobs: set[int] = set()
        self._last_job = 0
        self._closing = False
        log = self._open_log()
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean_environment() | dict(variables or {}),
                **_own_group(),
            )
        except OSError as error:
            log.close()
            raise BadInputError(
                f"The engine's Python {command[0]} cannot be started: {error.strerror}.", "Install the engine again."
            ) from error
        self._stderr_reader = threading.Thread(target=self._drain_stderr, args=(log,), daemon=True)
        self._reader = threading.Thread(target=self._read_events, daemon=True)
        self._stderr_reader.start()
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def capture(self, settings: dict[str, Any], preview: str | None = None) -> int:
        """Asks for a capture; arguments as in ``protocol.CaptureRequest``. Returns the job's number."""
        return self._start(protocol.CaptureRequest, settings, preview)

    def solve(self, settings: dict[str, Any]) -> int:
        """Asks to solve a take again; ``settings`` as in ``protocol.SolveRequest``. Returns the job's number."""
        return self._start(protocol.SolveRequest, settings)

    def correct(self, settings: dict[str, Any]) -> int:
        """Asks to solve an interval again; ``settings`` as in ``protocol.CorrectRequest``. Returns the job's number."""
        return self._start(protocol.CorrectRequest, settings)

    def look(self, settings: dict[str, Any]) -> int:
        """Asks to look at footage; ``settings`` as in ``protocol.LookRequest``. Returns the job's number."""
        return self._start(protocol.LookRequest, settings)

    def record(self, settings: dict[str, Any], preview: str | None = None) -> int:
        """Asks to record a camera; arguments as in ``protocol.RecordRequest``. Returns the job's number."""
        return self._start(protocol.RecordRequest, settings, preview)

    def cancel(self, job: int) -> None:
        """Asks to stop a job; an ``ErrorEvent`` with the code ``cancelled`` follows once it has, of a recording its
        result."""
        self._send(protocol.CancelRequest(job))

    def status(self) -> None:
        """Asks for a ``StatusEvent``."""
        self._send(protocol.StatusRequest())

    def poll(self) -> list[ClientEvent]:
        """The events that arrived since the last call, oldest first."""
        events = []
        with contextlib.suppress(queue.Empty):
            while True:
                events.append(self._events.get_nowait())
        for event in events:
            if isinstance(event, (protocol.ResultEvent, protocol.ErrorEvent)):
                self._jobs.discard(event.job or 0)
        return events

    def close(self, grace_s: float = 2.0) -> int:
        """Asks the worker to exit, waits ``grace_s`` seconds, then ends it and its children. Returns the exit code.

        A capture under way keeps its finished chunks in the journal whichever way it ends.
        """
        self._closing = True
        self._send(protocol.ShutdownRequest())
        with contextlib.suppress(OSError):
            self._stdin.close()
        for seconds, end in ((grace_s, self._terminate), (1.0, self._kill)):
            try:
                self._process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                end()
        code = self._process.wait()
        self._reader.join(1.0)
        self._stderr_reader.join(1.0)
        return code

    @property
    def _stdin(self) -> BinaryIO:
        assert self._process.stdin is not None
        return self._process.stdin  # type: ignore[return-value]

    def _start(self, kind: type, *fields: Any) -> int:
        self._last_job += 1
        self._jobs.add(self._last_job)
        self._send(kind(self._last_job, *fields))
        return self._last_job

    def _send(self, request: protocol.Request) -> None:
        # A worker that is gone is reported by the DiedEvent, not here.
        with contextlib.suppress(OSError, ValueError):
            self._stdin.write(lines.encode(request))
            self._stdin.flush()

    def _read_events(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                try:
                    event = lines.decode_event(line)
                except lines.ProtocolError as error:
                    self._events.put(protocol.LogEvent("error", str(error)))
                    continue
                if isinstance(event, protocol.HelloEvent) and event.protocol != protocol.PROTOCOL:
                    self._refuse(event.protocol)
                    return
                self._events.put(event)
        code = self._process.wait()
        if not self._closing:
            _signal_group(self._process.pid, "SIGKILL")  # children of a worker that was killed
            self._stderr_reader.join(1.0)
            self._events.put(DiedEvent(code, tuple(self._stderr), tuple(sorted(self._jobs))))

    def _refuse(self, spoken: int) -> None:
        self._closing = True
        self._events.put(
            protocol.ErrorEvent(
                None,
                "protocol",
                f"The engine speaks protocol {spoken}, this add-on {protocol.PROTOCOL}.",
                "Restart Blender so that both come from the same version.",
            )
        )
        self._kill()

    def _drain_stderr(self, log: BinaryIO) -> None:
        assert self._process.stderr is not None
        with log, self._process.stderr as stream:
            for line in stream:
                self._stderr.append(line.decode("utf-8", "replace").rstrip())
                with contextlib.suppress(OSError):  # a full disk must not stop the draining
                    log.write(line)
                    log.flush()

    def _open_log(self) -> BinaryIO:
        try:
            self.log_path.parent.mkdir(parents=True, exist_ok=True)
            afresh = self.log_path.exists() and self.log_path.stat().st_size > LOG_LIMIT
            return self.log_path.open("wb" if afresh else "ab")
        except OSError as error:
            raise BadInputError(
                f"Cannot write the log {self.log_path}: {error.strerror}.", "Choose another folder."
            ) from error

    def _terminate(self) -> None:
        if sys.platform == "win32":
            self._process.terminate()
        else:
            _signal_group(self._process.pid, "SIGTERM")

    def _kill(self) -> None:
        if sys.platform == "win32":
            command = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            subprocess.run(command, check=False, capture_output=True)
        else:
            _signal_group(self._process.pid, "SIGKILL")


def _own_group() -> dict[str, Any]:
    """A group of its own: a terminal's Ctrl-C does not reach the worker, and one signal ends its children too."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _signal_group(pid: int, name: str) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, getattr(signal, name))
