"""What the commands say: progress and warnings on stderr, results on stdout."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import types
from typing import Any

from ..errors import UnderstudyError


def print_error(error: UnderstudyError, as_json: bool) -> None:
    """One line on stderr; with ``--json`` also an object on stdout."""
    print("understudy: " + " ".join(str(error).split()), file=sys.stderr)
    if as_json:
        body = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        print_json(body | {"exit_code": error.exit_code})


def print_json(value: dict[str, Any]) -> None:
    """One line, the last that a command with ``--json`` prints."""
    print(json.dumps(value, allow_nan=False), flush=True)


class ProgressReport:
    """A bar per stage on a terminal; elsewhere one line when a stage starts."""

    def __init__(self) -> None:
        self._stage = ""
        self._bars: Any = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bars = Progress(console=Console(stderr=True), transient=True)

    def __enter__(self) -> ProgressReport:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bars is not None:
            self._bars.stop()

    def update(self, stage: str, done: int, total: int | None, eta_s: float | None) -> None:
        """``done`` of ``total`` units of a stage."""
        if self._bars is None:
            if stage != self._stage:
                print(f"{stage} …", file=sys.stderr, flush=True)
        elif stage != self._stage:
            for task in self._bars.task_ids:
                self._bars.remove_task(task)
            self._bars.add_task(stage, total=total, completed=done)
        else:
            self._bars.update(self._bars.task_ids[-1], total=total, completed=done)
        self._stage = stage

    def warn(self, message: str) -> None:
        """A warning, above the bar."""
        text = f"warning: {message}"
        if self._bars is not None:
            self._bars.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)


class CancelOnInterrupt:
    """The first Ctrl-C inside the block sets ``cancelled()``, so that the chunk under way is kept; the second stops."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: Any = None

    def __enter__(self) -> CancelOnInterrupt:
        self._before = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def __exit__(self, *exception: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def cancelled(self) -> bool:
        return self._event.is_set()

    def _interrupt(self, number: int, frame: types.FrameType | None) -> None:
        if self._event.is_set():
            raise KeyboardInterrupt
        self._event.set()
        # Not print: a signal may arrive in the middle of one.
        os.write(2, b"\nunderstudy: stopping after this chunk; Ctrl-C again stops at once\n")
