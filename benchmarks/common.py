"""What the benchmarks share: where footage lies, workers and peers to run it through, and results as JSON."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any

from understudy.core.client import WorkerClient, worker_command
from understudy.core.protocol import ErrorEvent, ResultEvent, StatusEvent
from understudy.core.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
MEDIA = ROOT.parent / "shared" / "media"
RESULTS = ROOT / "benchmarks" / "results"
PAGES = ROOT / "benchmarks" / "pages"  # reports and their pictures: looked at, never committed
LIBRARIES = ("numpy", "torch", "av", "opencv-python-headless", "plotly")


def clips() -> dict[str, Path]:
    """Name to file of the test footage: four cameras round an acrobat, and signers."""
    found = sorted(MEDIA.glob("balance_4cam/cam*.mp4")) + sorted(MEDIA.glob("sign/*.mkv"))
    return {path.stem: path for path in found}


def write_result(name: str, result: dict[str, Any]) -> Path:
    """``benchmarks/results/NAME.json`` with the machine it was measured on, and the code that was measured."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**rounded(result), "machine": machine()}, indent=1, allow_nan=False) + "\n")
    return path


def machine() -> dict[str, Any]:
    """Processor, cores, system, versions of what runs, and the commit, ``+`` behind it where files had changed."""
    return {
        "version": VERSION,
        "commit": commit(),
        "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        "load_at_end": [round(v, 2) for v in os.getloadavg()] if hasattr(os, "getloadavg") else None,
    }


def commit() -> str:
    """The commit that is checked out; empty outside a repository."""

    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    head = git("rev-parse", "--short=12", "HEAD")
    # What a benchmark writes is no change of what it measures.
    changed = git("status", "--porcelain", "--untracked-files=no", "--", "core", "addon", "retarget")
    return f"{head}+" if head and changed else head


def processor() -> str:
    """Its model, as the system names it."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def rounded(value: Any) -> Any:
    """JSON values with five significant digits; numbers that are none become null, arrays become lists."""
    if isinstance(value, dict):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    if hasattr(value, "tolist"):
        return rounded(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.5g}") if math.isfinite(value) else None
    return value


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
