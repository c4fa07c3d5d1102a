"""A recording of a camera under way, in the engine's process."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..core.errors import BadInputError, UnderstudyError
from . import capturing, exchange, jobs, redraw
from .engine import link
from .engine.link import Engine
from .properties import capture_settings

if TYPE_CHECKING:
    from ..core import protocol
    from ..core.client import DiedEvent


@dataclass(eq=False)
class Recording:
    """``state``: starting, running, stopping, done or failed; ``captures``: whether a capture follows; ``discards``:
    the file goes once it is closed."""

    camera: str
    output: Path
    captures: bool = False
    discards: bool = False
    number: int = 0
    state: str = "starting"
    frames: int = 0
    seconds: float = 0.0
    message: str = ""
    hint: str = ""

    @property
    def active(self) -> bool:
        return self.state in ("starting", "running", "stopping")

    def handle(self, event: protocol.Event | DiedEvent) -> None:
        """Takes up one event of the worker."""
        from ..core import protocol
        from ..core.client import DiedEvent
        from ..core.glimpse import Glimpse
        from .scene import inset

        if isinstance(event, DiedEvent) and self.active:
            self._end("failed", "The engine stopped while it recorded.", f"What was recorded is in {self.output}.")
        elif getattr(event, "job", None) != self.number:
            return
        elif isinstance(event, protocol.ProgressEvent):
            self.state = "running" if self.state == "starting" else self.state
            self.frames = event.done
        elif isinstance(event, protocol.PreviewEvent):
            with contextlib.suppress(BadInputError):
                glimpse = Glimpse.load(Path(event.path))
                self.seconds = float(glimpse.seconds[0])
                inset.show("camera", glimpse)
                redraw.sidebars()
        elif isinstance(event, protocol.ResultEvent):
            self.frames, self.seconds = event.summary["frames"], event.summary["seconds"]
            self._end("done")
            if not self.discards:
                self._hand_over()
        elif isinstance(event, protocol.ErrorEvent):
            self._end("failed", event.message, event.hint)

    def _end(self, state: str, message: str = "", hint: str = "") -> None:
        from .scene import inset

        self.state, self.message, self.hint = state, message, hint
        inset.show("camera", None)
        if self.discards:
            self.output.unlink(missing_ok=True)

    def _hand_over(self) -> None:
        """The file becomes the panel's footage, and is captured if that was wished."""
        context = bpy.context
        capture_settings(context).footage = str(self.output)
        if not self.captures:
            return
        try:
            capturing.begin(context, [self.output], "SCENE" if capturing.has_timing(context) else "TAKE")
        except UnderstudyError as error:
            self._end("failed", error.message, error.hint)


current: Recording | None = None


def active() -> bool:
    return current is not None and current.active


def start(recording: Recording, engine: Engine) -> None:
    """Begins. Raises BadInputError when the engine does not start."""
    global current
    request = {"camera": recording.camera, "output": str(recording.output)}
    recording.number = link.warm(engine).record(request, str(exchange.file("camera")))
    current = recording
    jobs.ask(recording)


def stop(captures: bool = False, discards: bool = False) -> None:
    """Ends it; the file is closed a moment later, and then, if wished, captured or removed."""
    if current is not None and current.active and link.client is not None:
        current.state, current.captures, current.discards = "stopping", captures, discards
        link.client.cancel(current.number)


def shut_down() -> None:
    """The engine is gone, and what it recorded lies where it was to. Called when the add-on is switched off."""
    global current
    current = None


def forget() -> None:
    """Lets go of a recording that is over."""
    global current
    if not active():
        current = None
