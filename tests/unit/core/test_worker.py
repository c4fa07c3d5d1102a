"""The worker's loop with an engine that waits for the test; the real one is tried in test_pipeline."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from understudy.core import lines, protocol
from understudy.core.errors import BadInputError, CancelledError
from understudy.core.worker import Worker

WAIT = 10.0


class Engine:
    """``capture`` reports, then goes on until it is cancelled or ``release`` is set."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.release = threading.Event()
        self.calls = 0
        self.prepared = threading.Event()
        self.unprepared = None

    def prepare(self):
        self.prepared.set()
        if self.unprepared is not None:
            raise self.unprepared

    def capture(self, settings, context):
        self.calls += 1
        if "raises" in settings:
            errors = {"bad": BadInputError("bad clip", "try another"), "bug": ZeroDivisionError("oops")}
            raise errors[settings["raises"]]
        context.progress("decode", 1, 2, 0.5)
        context.warn("careful")
        self.started.set()
        while not self.release.wait(0.01):
            if context.cancelled():
                raise CancelledError("Cancelled.")
        return "x.take.npz", {"frames": 3}

    def solve(self, settings, context):
        return "y.take.npz", {}

    def correct(self, settings, context):
        return "z.npz", settings

    def look(self, settings, context):
        return "look.npz", settings

    def record(self, settings, context):
        context.shown()
        while not context.cancelled():
            time.sleep(0.01)
        return "camera.mp4", {"preview": str(context.preview)}


class Session:
    def __init__(self, engine):
        self.engine = engine
        request_read, self._request_write = os.pipe()
        self._event_read, event_write = os.pipe()
        self.requests = os.fdopen(self._request_write, "wb", buffering=0)
        self.events = os.fdopen(self._event_read, "rb")
        worker_in, worker_out = os.fdopen(request_read, "rb"), os.fdopen(event_write, "wb")

        def serve():
            with worker_in, worker_out:
                Worker(engine, worker_in, worker_out).serve()

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()

    def send(self, message):
        self.requests.write(lines.encode(message))

    def read(self):
        return lines.decode_event(self.events.readline())

    def end(self):
        """Events up to the worker's end after stdin has ended."""
        self.requests.close()
        self.thread.join(WAIT)
        assert not self.thread.is_alive()
        return [lines.decode_event(line) for line in self.events]


@contextmanager
def running():
    session = Session(Engine())
    assert isinstance(session.read(), protocol.HelloEvent)
    try:
        yield session
    finally:
        session.engine.release.set()
        session.requests.close()
        session.thread.join(WAIT)
        session.events.close()


def test_capture_reports_and_ends_with_the_result():
    with running() as session:
        session.send(protocol.CaptureRequest(7, {}))
        assert session.read() == protocol.ProgressEvent(7, "decode", 1, 2, 0.5)
        assert session.read() == protocol.WarningEvent(7, "careful")
        session.engine.release.set()
        assert session.read() == protocol.ResultEvent(7, "x.take.npz", {"frames": 3})
        session.send(protocol.SolveRequest(8, {}))  # the worker is still there
        assert session.read() == protocol.ResultEvent(8, "y.take.npz", {})


def test_what_a_solve_needs_is_loaded_before_it_is_asked_for():
    with running() as session:
        assert session.engine.prepared.wait(WAIT)


@pytest.mark.parametrize("error", [ImportError("no torch"), BadInputError("no weights"), OSError("no disk")])
def test_what_cannot_be_loaded_stops_nothing_else(error):
    engine = Engine()
    engine.unprepared = error
    session = Session(engine)
    assert isinstance(session.read(), protocol.HelloEvent)
    assert engine.prepared.wait(WAIT)
    session.send(protocol.SolveRequest(8, {}))
    assert session.read() == protocol.ResultEvent(8, "y.take.npz", {})
    assert session.end() == []


def test_an_early_end_does_not_wait_for_it():
    engine = Engine()
    loading = threading.Event()
    engine.prepare = loading.wait  # for ever
    session = Session(engine)
    session.read()
    began = time.monotonic()
    assert session.end() == []
    assert time.monotonic() - began < 2
    loading.set()


def test_status_and_cancel_are_heard_during_a_capture():
    with running() as session:
        for job in (1, 2):
            session.send(protocol.CaptureRequest(job, {}))
        session.read(), session.read()
        session.send(protocol.StatusRequest())
        assert session.read() == protocol.StatusEvent(1, [2])
        session.send(protocol.CancelRequest(2))  # one that waits never starts
        session.send(protocol.CancelRequest(99))  # nothing to cancel
        session.send(protocol.CancelRequest(1))
        first, second = session.read(), session.read()
        assert (first.job, first.code, second.job, second.code) == (1, "cancelled", 2, "cancelled")
        assert session.engine.calls == 1


def test_looking_and_recording_do_not_wait_for_a_capture():
    with running() as session:
        session.send(protocol.CaptureRequest(1, {}))
        session.read(), session.read()
        session.send(protocol.LookRequest(2, {"count": 3}))
        assert session.read() == protocol.ResultEvent(2, "look.npz", {"count": 3})
        session.send(protocol.RecordRequest(3, {}, "seen.npz"))
        assert session.read() == protocol.PreviewEvent(3, "seen.npz")
        session.send(protocol.StatusRequest())
        assert session.read() == protocol.StatusEvent(1, [])
        session.send(protocol.CancelRequest(3))  # a recording ends with what there is
        assert session.read() == protocol.ResultEvent(3, "camera.mp4", {"preview": "seen.npz"})


@pytest.mark.parametrize(
    ("raises", "code", "message", "hint"),
    [("bad", "bad-input", "bad clip", "try another"), ("bug", "internal", "ZeroDivisionError: oops", "log")],
)
def test_errors_reach_the_front_end_and_the_worker_lives_on(raises, code, message, hint, caplog):
    with running() as session:
        session.send(protocol.CaptureRequest(1, {"raises": raises}))
        event = session.read()
        assert (event.job, event.code, event.message) == (1, code, message)
        assert hint in event.hint
        assert ("Traceback" in caplog.text) == (code == "internal")
        session.send(protocol.StatusRequest())
        assert session.read() == protocol.StatusEvent(None, [])


def test_a_bad_line_is_refused_and_the_next_one_served():
    with running() as session:
        session.requests.write(b"{nonsense\n")
        assert session.read().code == "protocol"
        session.send(protocol.StatusRequest())
        assert isinstance(session.read(), protocol.StatusEvent)


def test_a_job_number_is_not_used_twice_at_once():
    with running() as session:
        for _ in range(2):
            session.send(protocol.CaptureRequest(1, {}))
        kinds = {type(session.read()) for _ in range(3)}
        assert protocol.ErrorEvent in kinds
        assert session.engine.calls == 1


@pytest.mark.parametrize("last", [None, protocol.ShutdownRequest()], ids=["end of stdin", "shutdown"])
def test_the_end_cancels_what_runs(last):
    with running() as session:
        session.send(protocol.CaptureRequest(1, {}))
        assert session.engine.started.wait(WAIT)
        if last is not None:
            session.send(last)
        events = session.end()
        assert events[-1].code == "cancelled"


def test_prints_of_any_kind_stay_out_of_the_protocol():
    code = (
        "import os, subprocess, sys\n"
        "from understudy.core.worker import take_over_streams\n"
        "requests, events = take_over_streams()\n"
        "print('a print')\n"
        "os.write(1, b'C code\\n')\n"
        "subprocess.run([sys.executable, '-c', 'import sys; print(len(sys.stdin.read()))'])\n"  # its stdin is empty
        "events.write(b'message: ' + requests.readline())\nevents.flush()\nsys.stdout.flush()\n"
    )
    result = subprocess.run([sys.executable, "-c", code], input=b"line\nrest\n", capture_output=True, check=True)
    assert result.stdout == b"message: line\n"
    assert sorted(result.stderr.split(b"\n")) == [b"", b"0", b"C code", b"a print"]
