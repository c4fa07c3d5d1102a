"""The engine as a process that stays warm: requests from stdin, events to stdout, one job of a kind at a time.

See ``core.protocol`` for what they say. The main thread reads requests, so that a cancel is heard while a capture runs
in another thread; looking at footage and recording have threads of their own, so that they need not wait for it. The
end of stdin means that the parent is gone: the chunk under way is finished and the process exits.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, Protocol

from . import lines, protocol
from .errors import EXIT_DONE, CancelledError, UnderstudyError
from .version import VERSION

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class JobContext:
    """How a job reports and learns that it should stop."""

    progress: Callable[[str, int, int | None, float | None], None]
    warn: Callable[[str], None]
    cancelled: Callable[[], bool]
    preview: Path | None = None  # where to show what is seen on the way
    shown: Callable[[], None] = lambda: None


class Engine(Protocol):
    """What a worker can do; ``core.commands.worker`` binds it to the pipeline. All return the path and the summary.

    ``prepare`` loads what a solve needs, in a thread of its own, while nobody waits for it yet.
    """

    def prepare(self) -> None: ...

    def capture(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]: ...

    def solve(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]: ...

    def correct(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]: ...

    def look(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]: ...

    def record(self, settings: dict[str, Any], context: JobContext) -> tuple[str, dict[str, Any]]: ...


# What need not wait for a capture; everything else is done one after another.
_LANES: dict[type, str] = {protocol.LookRequest: "look", protocol.RecordRequest: "record"}
_MAIN_LANE = "solve"


@dataclass(frozen=True)
class _Job:
    lane: str
    cancel: threading.Event


class Worker:
    """Serves requests until shutdown or the end of the stream."""

    def __init__(self, engine: Engine, requests: BinaryIO, events: BinaryIO) -> None:
        self._engine = engine
        self._requests = requests
        self._events = events
        self._send_lock = threading.Lock()
        self._jobs_lock = threading.Lock()
        self._jobs: dict[int, _Job] = {}  # in order of arrival: the first one of each lane runs

    def serve(self) -> None:
        """Says hello, then reads requests until ``shutdown`` or the end; returns when the job under way has stopped."""
        self._send(protocol.HelloEvent(protocol.PROTOCOL, VERSION, os.getpid()))
        # A job that comes meanwhile waits for the same imports; a daemon, so that an early end need not wait.
        threading.Thread(target=self._prepare, name="prepare", daemon=True).start()
        with contextlib.ExitStack() as stack:
            lanes = {
                name: stack.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix=name))
                for name in (_MAIN_LANE, *_LANES.values())
            }
            try:
                for line in self._requests:
                    if not self._handle(line, lanes):
                        break
            finally:
                self._cancel_all()

    def _prepare(self) -> None:
        try:
            self._engine.prepare()
        except (ImportError, OSError, UnderstudyError) as error:
            logger.info("not prepared: %s", error)  # the job that needs it says so to the user

    def _handle(self, line: bytes, lanes: dict[str, ThreadPoolExecutor]) -> bool:
        """Acts on one line; False after a shutdown."""
        try:
            request = lines.decode_request(line)
        except lines.ProtocolError as error:
            self._send(protocol.ErrorEvent(None, error.code, error.message, error.hint))
            return True
        if isinstance(request, protocol.ShutdownRequest):
            return False
        with self._jobs_lock:
            jobs = dict(self._jobs)
        if isinstance(request, protocol.StatusRequest):
            main = [number for number, job in jobs.items() if job.lane == _MAIN_LANE]
            self._send(protocol.StatusEvent(next(iter(main), None), main[1:]))
        elif isinstance(request, protocol.CancelRequest):
            if request.job in jobs:
                jobs[request.job].cancel.set()
        elif request.job in jobs:
            message = f"There is a job {request.job} already."
            self._send(protocol.ErrorEvent(None, "protocol", message, "Number each job anew."))
        else:
            job = _Job(_LANES.get(type(request), _MAIN_LANE), threading.Event())
            with self._jobs_lock:
                self._jobs[request.job] = job
            future = lanes[job.lane].submit(self._run, request, job.cancel)
            future.add_done_callback(lambda done, job=request.job: self._report(job, done))
        return True

    def _run(self, request: protocol.JobRequest, cancel: threading.Event) -> tuple[str, dict[str, Any]]:
        if cancel.is_set():
            raise CancelledError("Cancelled before it started.")
        job = request.job
        preview = getattr(request, "preview", None)
        context = JobContext(
            progress=lambda stage, done, total, eta: self._send(protocol.ProgressEvent(job, stage, done, total, eta)),
            warn=lambda message: self._send(protocol.WarningEvent(job, message)),
            cancelled=cancel.is_set,
            preview=None if preview is None else Path(preview),
            shown=lambda: self._send(protocol.PreviewEvent(job, str(preview))),
        )
        engine = self._engine
        work: dict[type, Callable[[dict[str, Any], JobContext], tuple[str, dict[str, Any]]]] = {
            protocol.CaptureRequest: engine.capture,
            protocol.SolveRequest: engine.solve,
            protocol.CorrectRequest: engine.correct,
            protocol.LookRequest: engine.look,
            protocol.RecordRequest: engine.record,
        }
        return work[type(request)](request.settings, context)

    def _report(self, job: int, done: Future[tuple[str, dict[str, Any]]]) -> None:
        with self._jobs_lock:
            self._jobs.pop(job, None)
        error = done.exception()
        if error is None:
            path, summary = done.result()
            self._send(protocol.ResultEvent(job, path, summary))
        elif isinstance(error, UnderstudyError):
            logger.info("job %d: %s", job, error)
            self._send(protocol.ErrorEvent(job, error.code, error.message, error.hint))
        else:
            # The traceback belongs in the log; the user gets one line.
            logger.error("job %d failed\n%s", job, "".join(traceback.format_exception(error)))
            message = f"{type(error).__name__}: {error}".splitlines()[0]
            self._send(protocol.ErrorEvent(job, UnderstudyError.code, message, "The log has the details."))

    def _cancel_all(self) -> None:
        with self._jobs_lock:
            for job in self._jobs.values():
                job.cancel.set()

    def _send(self, event: protocol.Event) -> None:
        with self._send_lock:
            try:
                self._events.write(lines.encode(event))
                self._events.flush()
            except (BrokenPipeError, ValueError):
                # Nobody listens any more; the end of stdin, which comes with it, ends the loop.
                logger.info("nobody listens to %s", type(event).__name__)


def take_over_streams() -> tuple[BinaryIO, BinaryIO]:
    """Private copies of stdin and stdout; then fd 0 is empty and all prints, those of C code too, go to stderr."""
    sys.stdout.flush()
    requests = os.fdopen(os.dup(0), "rb")
    events = os.fdopen(os.dup(1), "wb")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return requests, events


def main(engine: Engine) -> NoReturn:
    """Runs a worker on this process's streams, and ends the process."""
    requests, events = take_over_streams()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    Worker(engine, requests, events).serve()
    logging.shutdown()
    # The libraries take seconds to clear up, and the front end, which may be quitting, waits for the end.
    os._exit(EXIT_DONE)
