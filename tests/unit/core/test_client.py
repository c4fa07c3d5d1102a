"""The client against a worker of a few lines, so that each way to die can be played."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from understudy.core import client, lines, protocol
from understudy.core.client import DiedEvent, WorkerClient
from understudy.core.errors import BadInputError

WAIT = 15.0
HELLO = lines.encode(protocol.HelloEvent(protocol.PROTOCOL, "0", 1)).decode()
ECHO = f"""
import os, subprocess, sys, time
print({HELLO!r}, end="", flush=True)
for line in sys.stdin:
    if '"capture"' in line:
        print('{{"type":"progress","job":1,"stage":"decode","done":0,"total":null,"eta_s":null}}', flush=True)
    if '"solve"' in line:
        print('{{"type":"result","job":1,"path":"x","summary":{{}}}}', flush=True)
    if '"status"' in line:
        print("noise of a library", flush=True)
        print('{{"type":"log","level":"info","message":"' + os.environ.get("PYTHONPATH", "clean") + '"}}', flush=True)
"""
needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def start(tmp_path: Path):
    clients = []

    def starter(code: str) -> WorkerClient:
        clients.append(WorkerClient([sys.executable, "-I", "-c", code], tmp_path / "logs" / "worker.log"))
        return clients[-1]

    yield starter
    for started in clients:
        started.close(0.0)


def wait_for(worker: WorkerClient, kind: type, text: str = ""):
    """The first event of a kind (whose message has ``text``), and those before it."""
    seen = []
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        for event in worker.poll():
            seen.append(event)
            if isinstance(event, kind) and text in getattr(event, "message", ""):
                return event, seen[:-1]
        time.sleep(0.01)
    raise AssertionError(f"no {kind.__name__} among {seen}")


def gone(pid: int) -> bool:
    """True once a process has ended; a zombie nobody reaps counts as ended."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_events_arrive_without_blocking(start):
    worker = start(ECHO)
    hello, _ = wait_for(worker, protocol.HelloEvent)
    assert hello.protocol == protocol.PROTOCOL
    began = time.monotonic()
    assert worker.poll() == []
    assert time.monotonic() - began < 0.1
    assert worker.capture({}) == 1
    progress, _ = wait_for(worker, protocol.ProgressEvent)
    assert progress.stage == "decode"
    assert worker.close() == 0
    assert not worker.alive


def test_python_variables_do_not_reach_the_worker(start, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    worker = start(ECHO)
    worker.status()
    _, before = wait_for(worker, protocol.LogEvent, "clean")
    noise = before[-1]  # a line that is no message is shown, not fatal
    assert (noise.level, "noise" in noise.message) == ("error", True)


@needs_posix
def test_kill_is_reported_with_exit_code_jobs_and_last_words(start):
    worker = start("import sys\nprint('last words', file=sys.stderr, flush=True)\n" + ECHO)
    worker.capture({})
    wait_for(worker, protocol.ProgressEvent)
    os.kill(worker.pid, signal.SIGKILL)
    died, _ = wait_for(worker, DiedEvent)
    assert died.exit_code == -signal.SIGKILL
    assert died.jobs == (1,)
    assert died.stderr[-1] == "last words"
    assert "last words" in worker.log_path.read_text()
    worker.capture({})  # talking to the dead raises nothing
    assert not worker.alive


def test_a_finished_job_is_not_lost_with_the_worker(start):
    worker = start(ECHO)
    worker.solve({})
    wait_for(worker, protocol.ResultEvent)
    worker._process.kill()
    assert wait_for(worker, DiedEvent)[0].jobs == ()


def test_a_worker_that_never_starts_properly_is_reported(start):
    died, before = wait_for(start("raise SystemExit('no torch here')"), DiedEvent)
    assert (died.exit_code, died.stderr[-1], before) == (1, "no torch here", [])


@needs_posix
@pytest.mark.parametrize("stubborn", [False, True], ids=["ends on SIGTERM", "needs SIGKILL"])
def test_close_ends_a_busy_worker_and_its_children(start, stubborn):
    worker = start(
        "import signal, subprocess, sys, time\n"
        + ("signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" if stubborn else "")
        + "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'])\n"
        + f"print({HELLO!r}, end='', flush=True)\n"
        + "print('{\"type\":\"log\",\"level\":\"info\",\"message\":\"%d\"}' % child.pid, flush=True)\n"
        + "time.sleep(100)\n"
    )
    child = int(wait_for(worker, protocol.LogEvent)[0].message)
    began = time.monotonic()
    worker.close(0.1)
    assert time.monotonic() - began < 5
    assert gone(child)
    assert worker.poll() == []  # asked for, so no DiedEvent


@needs_posix
def test_children_of_a_killed_worker_end_too(start):
    worker = start(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(100)'], stdout=subprocess.DEVNULL,"
        " stderr=subprocess.DEVNULL)\n"
        "print('{\"type\":\"log\",\"level\":\"info\",\"message\":\"%d\"}' % child.pid, flush=True)\ntime.sleep(100)\n"
    )
    child = int(wait_for(worker, protocol.LogEvent)[0].message)
    os.kill(worker.pid, signal.SIGKILL)
    wait_for(worker, DiedEvent)
    assert gone(child)


def test_another_protocol_is_refused(start):
    line = lines.encode(protocol.HelloEvent(protocol.PROTOCOL + 1, "9", 1)).decode()
    worker = start(f"import time\nprint({line!r}, end='', flush=True)\ntime.sleep(100)")
    error, _ = wait_for(worker, protocol.ErrorEvent)
    assert error.code == "protocol"
    worker._process.wait(WAIT)


def test_no_interpreter(tmp_path: Path):
    with pytest.raises(BadInputError, match="nowhere"):
        WorkerClient(client.worker_command(tmp_path / "nowhere"), tmp_path / "log")


def test_no_place_for_the_log(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInputError, match="log"):
        WorkerClient([sys.executable, "-c", ""], tmp_path / "file" / "log")


def test_the_real_worker_says_hello_and_leaves_when_its_parent_dies(tmp_path: Path, root: Path):
    """A front end that is killed leaves no process: the end of the worker's stdin ends it."""
    code = (
        "import sys, time\nfrom understudy.core.client import WorkerClient, worker_command\n"
        f"w = WorkerClient(worker_command(sys.executable), {str(tmp_path / 'log')!r})\n"
        "while not w.poll():\n    time.sleep(0.01)\nprint(w.pid, flush=True)\ntime.sleep(100)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as front_end:
        assert front_end.stdout is not None
        pid = int(front_end.stdout.readline())
        assert not Path(f"/proc/{pid}").exists() or "launch.py" in Path(f"/proc/{pid}/cmdline").read_text()
        front_end.kill()
    assert gone(pid)
