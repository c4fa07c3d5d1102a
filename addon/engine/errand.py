"""One short command of the engine, such as its self-test: how far it is, and its answer. Standard library only."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from . import process

_TAIL = 20  # lines of stderr kept for the message


class Errand:
    """A command that prints one JSON object last. Nothing blocks but ``close``.

    ``state``: running, done, failed or cancelled. ``answer`` is the JSON object; ``message`` and ``hint`` say why there
    is none; ``detail`` is the last line of stderr. A command that answers and fails is done: the answer tells.
    """

    def __init__(self, title: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
        """Starts at once."""
        self.title = title
        self.state = "running"
        self.answer: dict[str, Any] = {}
        self.message = self.hint = self.detail = ""
        self._command, self._variables = tuple(command), dict(variables)
        self._cancelled = False
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._main, name="understudy-errand", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ends the command and its children."""
        with self._lock:
            self._cancelled = True
            if self._process is not None:
                process.end(self._process)

    def close(self) -> None:
        """Cancels, and waits until nothing runs any more."""
        self.cancel()
        self._thread.join(10.0)

    def _main(self) -> None:
        try:
            with self._lock:
                if self._cancelled:
                    self.state = "cancelled"
                    return
                self._process = running = process.start(self._command, self._variables, apart=True)
        except OSError as error:
            self._fail(f"The engine's Python {self._command[0]} cannot be started: {error.strerror}.")
            return
        lines: list[str] = []
        reader = threading.Thread(target=self._read_stderr, args=(running, lines), daemon=True)
        reader.start()
        assert running.stdout is not None
        with running.stdout as stream:
            said = [line for line in stream if line.startswith("{")]
        running.wait()
        reader.join(2.0)
        self._take_up(said, lines)

    def _read_stderr(self, running: subprocess.Popen[str], lines: list[str]) -> None:
        assert running.stderr is not None
        with running.stderr as stream:
            for line in stream:
                if line.strip():
                    self.detail = line.strip()[:120]
                    lines.append(line.strip())
                    del lines[:-_TAIL]

    def _take_up(self, said: Sequence[str], lines: Sequence[str]) -> None:
        if self._cancelled:
            self.state = "cancelled"
            return
        answer: Any = None
        with contextlib.suppress(ValueError, IndexError):
            answer = json.loads(said[-1])
        if not isinstance(answer, dict):
            self._fail(lines[-1] if lines else "The engine gave no answer.")
        elif isinstance(answer.get("error"), dict):
            self._fail(str(answer["error"].get("message", "")), str(answer["error"].get("hint", "")))
        else:
            self.answer = answer
            self.state = "done"

    def _fail(self, message: str, hint: str = "Install the engine again.") -> None:
        self.message, self.hint = message, hint
        self.state = "failed"
