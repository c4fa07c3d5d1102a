"""Edited takes on their way to the disk: packed and written in a thread, for that takes longer than one should wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import bpy

from ..core.errors import UnderstudyError
from . import redraw

_POLL_S = 0.1


class Saving:
    """One file. ``state``: running, done or failed; ``error`` says why."""

    def __init__(self, target: Path, write: Callable[[], object]) -> None:
        """Starts at once; ``write`` knows no bpy and raises UnderstudyError."""
        self.target = target
        self.error: UnderstudyError | None = None
        self._write = write
        self._thread = threading.Thread(target=self._main, name="understudy-save")
        self._thread.start()

    @property
    def state(self) -> str:
        if self._thread.is_alive():
            return "running"
        return "done" if self.error is None else "failed"

    def wait(self) -> None:
        """Returns when it is written. Raises UnderstudyError where it could not be."""
        self._thread.join()
        if self.error is not None:
            raise self.error

    def _main(self) -> None:
        try:
            self._write()
        except UnderstudyError as error:
            self.error = error


last: Saving | None = None


def start(target: Path, write: Callable[[], object]) -> Saving:
    """Saves; without a window, where no timer would tell, it waits. Raises UnderstudyError then."""
    global last
    last = Saving(target, write)
    if bpy.app.background:
        last.wait()
    elif not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=_POLL_S, persistent=True)
    return last


def _tick() -> float | None:
    running = last is not None and last.state == "running"
    if not running:
        redraw.sidebars()
    return _POLL_S if running else None


def forget() -> None:
    """Waits for what is being written, and forgets it. Called when the add-on is switched off."""
    global last
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    if last is not None and last.state == "running":
        last._thread.join()
    last = None
