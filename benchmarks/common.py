"""What the benchmarks share: where footage lies, workers and peers to run it through, and results as JSON."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from understudy.core.client import WorkerClient, worker_command
from understudy.core.protocol import ErrorEvent, ResultEvent, StatusEvent
from understudy.core.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
MEDIA = ROOT.parent / "shared" / "media"
RESULTS = ROOT / "benchmarks" / "results"
PEERS = ROOT / ".venv-peers" / "bin" / "python"


def clips() -> dict[str, Path]:
    """Name to file of the test footage: four cameras round an acrobat, and signers."""
    found = sorted(MEDIA.glob("balance_4cam/cam*.mp4")) + sorted(MEDIA.glob("sign/*.mkv"))
    return {path.stem: path for path in found}


def write_result(name: str, result: dict[str, Any]) -> Path:
    """``benchmarks/results/NAME.json`` with the machine it was measured on."""
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "version": VERSION,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_at_end": [round(v, 2) for v in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**result, "machine": machine}, indent=1) + "\n")
    return path


class Worker:
    """A warm worker of the product, captures one after the other; a context manager."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self._client = WorkerClient(worker_command(sys.executable), self.folder / "worker.log")

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._folder.cleanup()

    def wait_ready(self) -> None:
        """Returns when the worker answers."""
        self._client.status()
        self._wait(StatusEvent)

    def capture(self, source: Path, output: Path, **settings: Any) -> dict[str, Any]:
        """Captures and returns the summary. Raises RuntimeError with the worker's message."""
        self._client.capture({"source": str(source), "output": str(output), **settings})
        return self._wait(ResultEvent).summary

    def _wait(self, kind: type) -> Any:
        while True:
            for event in self._client.poll():
                if isinstance(event, ErrorEvent):
                    raise RuntimeError(f"{event.message} {event.hint}")
                if type(event).__name__ == "DiedEvent":
                    raise RuntimeError(f"the worker died: {event}")
                if isinstance(event, kind):
                    return event
            time.sleep(0.002)


class Holistic:
    """MediaPipe Holistic, constructed, in a process of its own (see holistic_peer.py); a context manager."""

    def __init__(self) -> None:
        if not PEERS.is_file():
            raise SystemExit("The environment .venv-peers is missing: make benchmark makes it.")
        self._process = subprocess.Popen(
            [PEERS, "-I", ROOT / "benchmarks" / "holistic_peer.py"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        self._read()

    def __enter__(self) -> Holistic:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)

    def run(self, clip: Path) -> dict[str, Any]:
        """Seconds (decoding included), frames, and per frame whether pose, left and right hand were reported."""
        assert self._process.stdin
        self._process.stdin.write(f"{clip}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the MediaPipe process ended")
        return json.loads(line)
