"""One capture from its request to the actors in the scene."""

from __future__ import annotations

import collections
import contextlib
import itertools
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import BadInputError, CancelledError
from .take_import import TakeImport

if TYPE_CHECKING:
    from ..core import protocol
    from ..core.client import DiedEvent
    from ..core.glimpse import Glimpse

ACTIVE = ("starting", "running", "cancelling", "importing")
STAGE_LABELS = {
    "decode": "Reading the video",
    "detect": "Finding people",
    "landmarks": "Measuring bodies and hands",
    "track": "Following people",
    "solve": "Solving the motion",
    "save": "Writing the take",
    "background": "Copying the footage at a constant rate",
}
# Seconds over which the speed is measured: the networks' start does not count for long.
_SPEED_OVER_S = 20.0
_numbers = itertools.count(1)


@dataclass(eq=False)
class CaptureJob:
    """``state``: waiting, one of ACTIVE, or done, cancelled, failed, or lost when the engine's process died;
    ``message`` and ``hint`` say why.

    ``timing``: what the import does to the scene's time; ``brings`` the take into the scene, else only its file is
    written; ``hides`` the take once it is there. ``glimpse``: what the engine saw last. ``uid`` names it in lists.
    """

    settings: dict[str, Any]
    timing: str = "TAKE"
    brings: bool = True
    hides: bool = False
    number: int = 0
    state: str = "waiting"
    stage: str = ""
    done: int = 0
    total: int | None = None
    eta_s: float | None = None
    message: str = ""
    hint: str = ""
    warnings: list[str] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    importing: TakeImport | None = None
    glimpse: Glimpse | None = None
    uid: int = field(default_factory=lambda: next(_numbers))
    _speed: collections.deque[tuple[float, int]] = field(default_factory=collections.deque, repr=False)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def over(self) -> bool:
        return not self.active and self.state != "waiting"

    @property
    def output(self) -> Path:
        return Path(self.settings["output"])

    @property
    def fraction(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def frames_per_second(self) -> float | None:
        """How fast frames are measured; None where nobody knows yet, and in stages that do not count frames."""
        if self.state not in ("running", "cancelling") or len(self._speed) < 2:
            return None
        (began, first), (now, last) = self._speed[0], self._speed[-1]
        return (last - first) / (now - began) if now > began and last > first else None

    def begin(self) -> None:
        """What an earlier try left is forgotten."""
        self.state, self.stage, self.message, self.hint = "starting", "Starting the engine", "", ""
        self.done, self.total, self.eta_s, self.glimpse = 0, None, None, None
        self.warnings, self.summary = [], {}
        self._speed.clear()

    def handle(self, event: protocol.Event | DiedEvent) -> None:
        """Takes up one event of the worker."""
        from ..core import protocol
        from ..core.client import DiedEvent
        from ..core.glimpse import Glimpse

        if isinstance(event, protocol.ProgressEvent) and event.job == self.number:
            self._progress(event)
        elif isinstance(event, protocol.PreviewEvent) and event.job == self.number:
            with contextlib.suppress(BadInputError):  # the next one may be there already
                self.glimpse = Glimpse.load(Path(event.path))
        elif isinstance(event, protocol.WarningEvent) and event.job == self.number:
            self.warnings.append(without_options(event.message))
        elif isinstance(event, protocol.ResultEvent) and event.job == self.number:
            self.summary, self.glimpse = event.summary, None
            self.state = "importing" if self.brings else "done"
            self.importing = TakeImport(Path(event.path), self.timing) if self.brings else None
        elif isinstance(event, protocol.ErrorEvent) and event.job in (self.number, None):
            cancelled = event.code == CancelledError.code
            self.fail(event.message, event.hint, "cancelled" if cancelled else "failed")
        elif isinstance(event, DiedEvent) and self.state != "importing":
            self._died(event)

    def fail(self, message: str, hint: str, state: str = "failed") -> None:
        """It is over without a take."""
        self.state, self.message, self.hint, self.glimpse = state, message, hint, None

    def advance_import(self) -> None:
        """One slice of the import."""
        importing = self.importing
        assert importing is not None
        importing.advance()
        self.stage, self.done, self.total, self.eta_s = importing.label, importing.done, importing.total, None
        if importing.state == "done":
            self.state = "done"
            self.warnings += importing.warnings
            if self.hides:
                importing.hide()
        elif importing.state == "failed":
            error = importing.error
            message = error.message if error else "The take could not be imported."
            self.fail(message, error.hint if error else f"It is kept at {self.output}.")

    def _progress(self, event: protocol.ProgressEvent) -> None:
        label = STAGE_LABELS.get(event.stage, event.stage.capitalize())
        if label != self.stage:
            self._speed.clear()
        self.state = "running" if self.state == "starting" else self.state
        self.stage, self.done, self.total, self.eta_s = label, event.done, event.total, event.eta_s
        if event.stage == "landmarks":
            now = time.monotonic()
            self._speed.append((now, event.done))
            while len(self._speed) > 2 and now - self._speed[0][0] > _SPEED_OVER_S:
                self._speed.popleft()

    def _died(self, event: DiedEvent) -> None:
        if self.state == "starting" and event.exit_code > 0:
            said = event.stderr[-1] if event.stderr else exit_text(event.exit_code)
            self.fail(f"The engine did not start: {said}", "Install it again in the preferences.")
        else:
            message = f"The engine stopped unexpectedly ({exit_text(event.exit_code)})."
            self.fail(message, "Resume goes on where it stopped; finished work was kept.", "lost")


def without_options(text: str) -> str:
    """The engine names the command line's options in brackets; the sidebar has buttons instead."""
    return re.sub(r"\s*\(--[^)]*\)", "", text)


def exit_text(code: int) -> str:
    """How a process ended, for people."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
