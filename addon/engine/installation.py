"""Runs an installation in a thread of its own and says how far it is. Standard library only: no bpy."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from . import environment, plan, process

# About how the time is shared between the steps of plan.steps and the self-test.
SHARES = (0.05, 0.5, 0.3, 0.1, 0.05)
NAMES_PACKAGE = ("Collecting ", "Processing ")


@dataclass(frozen=True)
class Progress:
    """``state`` is running, done, failed or cancelled; ``fraction`` 0…1; ``detail`` is the last line of the command."""

    state: str
    title: str
    fraction: float
    detail: str = ""
    message: str = ""
    hint: str = ""


class InstallError(Exception):
    """A step failed: one line and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


class _CancelError(Exception):
    pass


class Installation:
    """An installation under way. ``progress`` is the latest news; nothing here blocks but ``close``."""

    def __init__(self, request: plan.Request, interpreter: str, log_path: Path) -> None:
        """Starts at once. ``interpreter``: the path chosen in the preferences, or empty."""
        self.log_path = log_path
        self._request, self._interpreter = request, interpreter
        # Replaced whole by the thread, read by anyone.
        self.progress = Progress("running", "Looking for Python", 0.0)
        self._cancel = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._process_lock = threading.Lock()
        self._thread = threading.Thread(target=self._main, name="understudy-install", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ends the command under way and its children; what was made so far is removed."""
        self._cancel.set()
        with self._process_lock:
            if self._process is not None:
                process.end(self._process)

    def close(self) -> None:
        """Cancels and waits until nothing runs any more."""
        self.cancel()
        self._thread.join(10.0)

    # -- the thread

    def _main(self) -> None:
        made = not environment.is_users_own(self._request.engine_folder)
        try:
            with self._open_log() as log:
                facts = self._install(log) if made else self._doctor(log)
            self.progress = Progress("done", facts, 1.0)
        except InstallError as error:
            self.progress = replace(self.progress, state="failed", message=error.message, hint=error.hint)
        except _CancelError:
            self.progress = replace(self.progress, state="cancelled")
            if made:
                self._remove()
        except OSError as error:
            message = f"{error.filename or self._request.engine_folder}: {error.strerror}."
            hint = "Choose an engine folder that you may write to, with a few GB free."
            self.progress = replace(self.progress, state="failed", message=message, hint=hint)

    def _install(self, log: TextIO) -> str:
        request = self._request
        request.engine_folder.mkdir(parents=True, exist_ok=True)
        (request.engine_folder / environment.MARKER).unlink(missing_ok=True)
        candidates = environment.interpreter_candidates(self._interpreter)
        interpreter = environment.find_interpreter(candidates)
        if interpreter is None:
            versions = ", ".join("{}.{}".format(*version) for version in environment.PYTHON_VERSIONS)
            tried = ", ".join(candidates)
            raise InstallError(
                f"No Python {versions} that can make environments (tried {tried}).",
                "Install one with its venv module, or choose an interpreter below.",
            )
        torch, builds = environment.torch_builds()
        build = environment.choose_build(builds, request.device, environment.nvidia_gpu())
        if build is None:
            raise InstallError(
                f"No build of torch for the device '{request.device}' on this machine.",
                "Update the graphics driver, or set the device to Automatic.",
            )
        log.write(f"Python {interpreter.path}, torch {torch} {build.name}\n")
        start = 0.0
        for step, share in zip(plan.steps(request, interpreter, torch, build), SHARES, strict=False):
            self._run(step, start, share, log)
            start += share
        facts = self._doctor(log, start)
        version = "{}.{}".format(*interpreter.version)
        environment.write_marker(request.engine_folder, version, f"torch {torch}, {build.label}", {"summary": facts})
        return facts

    def _doctor(self, log: TextIO, start: float = 0.0) -> str:
        step = plan.Step("Testing the engine", plan.doctor_command(self._request))
        return doctor_summary(self._run(step, start, 1.0 - start, log, check=False))

    def _run(self, step: plan.Step, start: float, share: float, log: TextIO, check: bool = True) -> list[str]:
        """Runs a step; returns its lines. With ``check`` raises InstallError with the line that says most."""
        self.progress = Progress("running", step.title, start)
        log.write(f"\n== {step.title}\n{' '.join(step.command)}\n")
        with self._process_lock:
            if self._cancel.is_set():
                raise _CancelError
            self._process = process.start(step.command, plan.variables(self._request))
        named, lines = 0, []
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            for line in stream:
                log.write(line)
                log.flush()
                line = line.rstrip()
                lines.append(line)
                named += line.startswith(NAMES_PACKAGE)
                done = min(0.95, named / step.expected) if step.expected else 0.0
                self.progress = Progress("running", step.title, start + share * done, line[:120])
        code = self._process.wait()
        if self._cancel.is_set():
            raise _CancelError
        if check and code != 0:
            raise InstallError(f"{step.title} failed: {telling_line(lines)}", f"The log has the rest: {self.log_path}")
        return lines

    def _remove(self) -> None:
        shutil.rmtree(environment.environment_folder(self._request.engine_folder), ignore_errors=True)

    def _open_log(self) -> TextIO:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        return self.log_path.open("w", encoding="utf-8", errors="replace")


def telling_line(lines: list[str]) -> str:
    """The line of a failed command that a person should read: the last error of pip, else the last line."""
    filled = [line.strip() for line in lines if line.strip()]
    errors = [line for line in filled if line.lower().startswith(("error", "fatal"))]
    return (errors or filled or ["no output"])[-1][:300]


def doctor_summary(lines: list[str]) -> str:
    """One line about a passed self-test. Raises InstallError naming the check that failed."""
    report: Any = None
    with contextlib.suppress(ValueError, StopIteration):
        report = json.loads(next(line for line in reversed(lines) if line.startswith("{")))
    if not isinstance(report, dict) or not isinstance(report.get("checks"), list):
        raise InstallError(f"The engine's self-test gave no report: {telling_line(lines)}", "Install the engine again.")
    details = {check["name"]: check["detail"] for check in report["checks"]}
    failed = [check["name"] for check in report["checks"] if not check["ok"]]
    if failed:
        raise InstallError(f"The engine's self-test failed at {failed[0]}: {details[failed[0]]}", "See the log.")
    return f"Self-test passed: torch {details.get('torch', '')}"
