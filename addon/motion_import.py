"""A motion file on its way to a take: the engine makes the take, after another Blender has read an FBX file."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    import subprocess

_READ_FBX = Path(__file__).resolve().parent / "headless" / "read_fbx.py"
SUFFIXES = (".bvh", ".fbx", ".npz", ".trc", ".c3d")


@dataclass(frozen=True)
class MotionFile:
    """``up``: the axis that points up, y or z, empty where the file says so; ``fps`` a second, empty for its own."""

    path: Path
    output: Path
    up: str = ""
    fps: str = ""


class MotionImport:
    """One file on its way. ``state``: reading, making, done or failed, ``message`` says why."""

    def __init__(self, wanted: MotionFile, python: Path) -> None:
        """``python``: the engine's interpreter."""
        import tempfile  # not while Blender starts

        self.wanted, self._python = wanted, python
        self.state, self.message = "reading", ""
        self._folder = tempfile.TemporaryDirectory(prefix="understudy-motion-")
        self._read = Path(self._folder.name) / f"{wanted.path.stem}.bvh"
        self._log = (Path(self._folder.name) / "log.txt").open("w+")
        self._process: subprocess.Popen | None = None
        if wanted.path.suffix.lower() == ".fbx":
            self._start([*_blender(), str(wanted.path), str(self._read)])
        else:
            self._make(wanted.path)

    @property
    def label(self) -> str:
        return f"{self.wanted.path.name}: {'Reading' if self.state == 'reading' else 'Making the take'}"

    def poll(self) -> bool:
        """Goes on where a step is over; whether all is."""
        if self._process is None or self._process.poll() is None:
            return self._process is None
        if self._process.returncode or (self.state == "reading" and not self._read.is_file()):
            self._log.seek(0)
            said = [line for line in self._log.read().splitlines() if line.strip()]
            self.state = "failed"
            self.message = said[-1].removeprefix("error: ") if said else f"{self.wanted.path.name} cannot be read."
        elif self.state == "reading":
            self._make(self._read)
            return False
        else:
            self.state = "done"
        self.close()
        return True

    def wait(self) -> None:
        """Waits for the end."""
        while not self.poll():
            assert self._process is not None
            self._process.wait()

    def close(self) -> None:
        """Ends the process under way and takes its files away."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._process = None
        if not self._log.closed:
            self._log.close()
            self._folder.cleanup()

    def _make(self, motion: Path) -> None:
        from ..core.client import LAUNCHER  # not while Blender starts

        self.state = "making"
        wanted = self.wanted
        command = [str(self._python), "-I", str(LAUNCHER), "motion", str(motion), "-o", str(wanted.output)]
        command += ["--up", wanted.up] if wanted.up and motion == wanted.path else []
        self._start(command + (["--fps", wanted.fps] if wanted.fps else []))

    def _start(self, command: list[str]) -> None:
        import subprocess

        from ..core.client import clean_environment

        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=self._log, stdin=subprocess.DEVNULL, env=clean_environment()
        )


def _blender() -> list[str]:
    if bpy.app.binary_path:
        return [bpy.app.binary_path, "--background", "--factory-startup", "--python", str(_READ_FBX), "--"]
    return [sys.executable, str(_READ_FBX)]
