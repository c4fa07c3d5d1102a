"""The real worker with the real networks on real footage: killed, resumed, warm, cancelled."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from understudy.core import protocol
from understudy.core.client import DiedEvent, WorkerClient, worker_command
from understudy.core.methods import find_pipeline
from understudy.core.take_file import load

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="signals")]
WAIT = 600.0


@pytest.fixture
def footage(shared_dir: Path) -> Path:
    if find_pipeline("default").missing():
        pytest.skip("the models are not on this machine: understudy models pull")
    return shared_dir / "media" / "balance_4cam" / "cam01.mp4"


@pytest.fixture
def start(tmp_path):
    clients = []

    def starter() -> WorkerClient:
        clients.append(WorkerClient(worker_command(sys.executable), tmp_path / "worker.log"))
        return clients[-1]

    yield starter
    for client in clients:
        client.close(0.0)


def wait_for(worker, wanted):
    """The first event for which ``wanted`` is true; no poll may take long, since Blender's window waits for it."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        began = time.monotonic()
        events = worker.poll()
        assert time.monotonic() - began < 0.2
        for event in events:
            if wanted(event):
                return event
            assert not isinstance(event, (protocol.ErrorEvent, DiedEvent)), event
        time.sleep(0.02)
    raise AssertionError("nothing came")


def first_chunk(event) -> bool:
    return isinstance(event, protocol.ProgressEvent) and event.stage == "landmarks" and event.done > 0


def is_result(event) -> bool:
    return isinstance(event, protocol.ResultEvent)


def test_kill_resume_warm_and_cancel(footage, start, tmp_path):
    request = {"source": str(footage), "output": str(tmp_path / "x.take.npz"), "device": "cpu"}
    folder = tmp_path / "x.take.npz.journal"
    worker = start()
    worker.capture(request)
    wait_for(worker, first_chunk)
    os.kill(worker.pid, signal.SIGKILL)
    died = wait_for(worker, lambda event: isinstance(event, DiedEvent))
    assert died.exit_code == -signal.SIGKILL and died.jobs == (1,)
    written = {path.name: path.stat().st_mtime_ns for path in folder.glob("landmarks.*")}
    assert written and not (tmp_path / "x.take.npz").exists()

    worker = start()
    worker.capture(request)
    wait_for(worker, lambda event: isinstance(event, protocol.ProgressEvent) and event.stage == "landmarks")
    assert {name: (folder / name).stat().st_mtime_ns for name in written} == written  # not computed again
    resumed = wait_for(worker, is_result)
    assert resumed.summary["resumed_chunks"] == len(written) and not folder.exists()

    worker.capture(request | {"output": str(tmp_path / "whole.take.npz")})  # the same process, its networks loaded
    whole = wait_for(worker, is_result)
    assert whole.summary["seconds"].get("load", 0.0) < 0.1
    one, other = load(resumed.path), load(whole.path)
    assert one.frame_count == 100
    for a, b in zip(one.people, other.people, strict=True):
        np.testing.assert_array_equal(a.keypoints2d, b.keypoints2d)
        np.testing.assert_allclose(a.joints_world, b.joints_world, atol=1e-5)

    job = worker.capture(request | {"output": str(tmp_path / "y.take.npz")})
    wait_for(worker, first_chunk)
    worker.cancel(job)
    error = wait_for(worker, lambda event: isinstance(event, protocol.ErrorEvent))
    assert error.code == "cancelled"
    assert worker.close() == 0


def test_what_libraries_print_stays_out_of_the_protocol(footage, start, tmp_path, monkeypatch):
    """PyAV's own log goes to fd 2 and Python's prints to stderr: every line on stdout is a message."""
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(footage.read_bytes()[:60_000])
    worker = start()
    worker.capture({"source": str(cut), "output": str(tmp_path / "x.take.npz")})
    seen = []
    error = wait_for(worker, lambda event: seen.append(event) or isinstance(event, protocol.ErrorEvent))
    assert error.code == "bad-input" and "cut.mp4" in error.message
    assert not [event for event in seen if isinstance(event, protocol.LogEvent)]
