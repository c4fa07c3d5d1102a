"""The peers: other tools, each in an environment and a process of its own, run on whole clips.

Scripts under ``peers/`` speak one JSON line per request and answer, and write npz; nothing of theirs is imported here.
docs/benchmark.md says which of their parts run without a network.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from common import ROOT
from numpy.typing import NDArray

SCRIPTS = ROOT / "benchmarks" / "peers"


class PeerError(RuntimeError):
    """A peer stopped, or could not do what was asked; the message ends with what it last wrote."""


_ENVIRONMENTS = (".venv-peers", ".venv-peers-freemocap", ".venv-peers-pose2sim")


def check_environments() -> None:
    """Raises SystemExit where a peer's environment is missing: before an hour of work rather than after it."""
    for name in _ENVIRONMENTS:
        _python(name)


def _python(environment: str) -> Path:
    python = ROOT / environment / "bin" / "python"
    if not python.is_file():
        raise SystemExit(f"The environment {environment} is missing: make benchmark makes it.")
    return python


class Peer:
    """One tool's process, warm between requests; a context manager. ``arguments`` go to its script."""

    def __init__(self, script: str, environment: str, *arguments: str) -> None:
        python = _python(environment)
        self._folder = tempfile.TemporaryDirectory(prefix="understudy-peer-")
        self.folder = Path(self._folder.name)
        self._log = self.folder / "log.txt"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [python, "-I", SCRIPTS / script, *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        self._read()

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._folder.cleanup()

    def ask(self, **request: Any) -> dict[str, Any]:
        """The answer to one request. Raises PeerError."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()

    def arrays(self, **request: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """The answer, and the arrays that the tool wrote. Raises PeerError."""
        output = self.folder / "output.npz"
        output.unlink(missing_ok=True)
        answer = self.ask(**request, output=str(output))
        if "error" in answer:
            raise PeerError(answer["error"])
        with np.load(output) as file:
            return answer, dict(file)

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(10)
            last = self._log.read_text(errors="replace").strip().splitlines()[-1:]
            raise PeerError(f"the peer's process ended: {' '.join(last)}")
        return json.loads(line)


def mediapipe(solution: str) -> Peer:
    """MediaPipe ``pose`` or ``holistic``; requests: ``clip``."""
    return Peer("mediapipe_peer.py", ".venv-peers", solution)


def freemocap() -> Peer:
    """FreeMoCap; requests: ``videos``, ``calibration``, ``fps``."""
    return Peer("freemocap_peer.py", ".venv-peers-freemocap")


def pose2sim() -> Peer:
    """Pose2Sim on 2D points of several cameras; requests: ``landmarks``, ``calibration``, ``fps``, ``synchronise``."""
    return Peer("pose2sim_peer.py", ".venv-peers-pose2sim")


def sports2d() -> Peer:
    """Sports2D on 2D points of one camera; requests: ``clip``, ``landmarks``, ``fps``."""
    return Peer("sports2d_peer.py", ".venv-peers-pose2sim")
