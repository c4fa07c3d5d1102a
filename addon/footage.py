"""The footage that is chosen to be captured: what it is, pictures of it, the people in one of them.

The engine looks at it in its own process, and nobody waits: what is not there yet comes with a later redraw.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..core.errors import BadInputError, CancelledError, UnderstudyError
from . import exchange, jobs, redraw, strips
from .engine import environment, link
from .preferences import engine_folder, engine_of, preferences
from .strips import Facts

if TYPE_CHECKING:
    from ..core import protocol
    from ..core.client import DiedEvent
    from ..core.glimpse import Glimpse

STRIP_COUNT, STRIP_SIDE = 8, 160
ENDS_SIDE, PEOPLE_SIDE = 320, 960
_UNKNOWN_RATE = 30.0


@dataclass(eq=False)
class Footage:
    """``strip``: pictures spread over it; ``ends``: those where the capture begins and stops; ``crowd``: one with its
    people. ``message`` and ``hint``: why there is nothing to see."""

    path: Path
    facts: Facts | None = None
    strip: Glimpse | None = None
    ends: Glimpse | None = None
    crowd: Glimpse | None = None
    message: str = ""
    hint: str = ""
    _under_way: dict[str, int] = field(default_factory=dict)  # the job's number by what it is for
    _next: dict[str, tuple[float, ...]] = field(default_factory=dict)  # what to ask when that has come

    @property
    def active(self) -> bool:
        return bool(self._under_way)

    @property
    def searching(self) -> bool:
        """Whether people are being looked for."""
        return "crowd" in self._under_way

    def look(self, what: str, *seconds: float) -> None:
        """Asks for the ``strip``, the ``ends`` or a ``crowd``; of many moments in a row, the last ones count."""
        if what in self._under_way:
            self._next[what] = seconds
            return
        options = preferences()
        if not environment.status(engine_folder(options)).ready:
            self.message, self.hint = "There are no pictures without the engine.", "Install it in the preferences."
            return
        request: dict[str, Any] = {"source": str(self.path), "device": options.device, "precision": options.precision}
        if what == "strip":
            request |= {"output": str(strips.strip_file(self.path)), "count": STRIP_COUNT, "side": STRIP_SIDE}
        else:
            side = PEOPLE_SIDE if what == "crowd" else ENDS_SIDE
            times = [round(value, 6) for value in seconds]
            request |= {"output": str(exchange.file(what)), "times": times, "side": side, "people": what == "crowd"}
        try:
            self._under_way[what] = link.warm(engine_of(options)).look(request)
        except UnderstudyError as error:
            self.message, self.hint = error.message, error.hint
            return
        jobs.ask(self)

    def handle(self, event: protocol.Event | DiedEvent) -> None:
        """Takes up one event of the worker."""
        from ..core import protocol
        from ..core.client import DiedEvent

        number = getattr(event, "job", None)
        what = next((key for key, job in self._under_way.items() if job == number), "")
        if isinstance(event, DiedEvent) or (isinstance(event, protocol.ErrorEvent) and number is None):
            self._under_way.clear()
            self._next.clear()
            self.message, self.hint = "The engine stopped while it looked at the footage.", "Choose the footage again."
        elif isinstance(event, protocol.ResultEvent) and what:
            del self._under_way[what]
            self._put(what, event)
            if what in self._next:
                self.look(what, *self._next.pop(what))
        elif isinstance(event, protocol.ErrorEvent) and what:
            del self._under_way[what]
            if event.code != CancelledError.code:
                self.message, self.hint = event.message, event.hint

    def _put(self, what: str, event: protocol.ResultEvent) -> None:
        from ..core.glimpse import Glimpse

        try:
            glimpse, facts = Glimpse.load(Path(event.path)), Facts.from_summary(event.summary)
        except (BadInputError, KeyError, TypeError, ValueError):
            self.message, self.hint = "The engine's pictures cannot be read.", "Choose the footage again."
            return
        self.facts, self.message, self.hint = facts, "", ""
        setattr(self, what, glimpse)
        if what == "strip":
            strips.keep(self.path, event.summary)
            self.look("ends", 0.0, facts.last)
        redraw.sidebars()

    def picture_at(self, seconds: float) -> Any:
        """The image of one of the ends, or until it has come the nearest one of the strip; None without either."""
        import numpy as np

        nearest: list[tuple[float, Any]] = []
        for glimpse in (self.ends, self.strip):
            if glimpse is not None:
                away = np.abs(glimpse.seconds - seconds)
                nearest.append((float(away.min()), glimpse.images[int(np.argmin(away))]))
        return min(nearest, key=lambda pair: pair[0])[1] if nearest else None


chosen: Footage | None = None


def choose(text: str) -> None:
    """Makes the footage at a path, as the panel has it, the one that is looked at; empty is none."""
    global chosen
    path = Path(bpy.path.abspath(text)) if text else None
    chosen = None if path is None else Footage(path)
    if chosen is None or path is None:
        return
    if not path.exists():
        chosen.message, chosen.hint = f"There is nothing at {path}.", "Choose the footage again."
        return
    facts, strip = strips.kept(path)
    if facts is None:
        chosen.look("strip")
    else:
        chosen.facts, chosen.strip = facts, strip
        chosen.look("ends", 0.0, facts.last)


def shown(text: str) -> Footage | None:
    """The footage of the panel, for drawing; a file that was just opened has it looked at a moment later."""
    if not text:
        return None
    if chosen is None or chosen.path != Path(bpy.path.abspath(text)):
        if not bpy.app.timers.is_registered(_choose_later):
            bpy.app.timers.register(_choose_later, first_interval=0.01)
        return None
    return chosen


def show_ends(choices: Any) -> None:
    """Has the pictures shown at which the capture begins and stops."""
    found = shown(choices.footage)
    if found is not None and found.facts is not None:
        found.look("ends", *ends_of(choices))


def ends_of(choices: Any) -> tuple[float, float]:
    """Seconds of the first and of the last frame that are captured."""
    facts = chosen.facts if chosen is not None else None
    last = choices.end - frame_of(choices) if choices.end else facts.last if facts else choices.start
    return choices.start, max(choices.start, last)


def duration_of(choices: Any) -> float:
    """Seconds of the chosen footage; 0 where nobody knows."""
    facts = chosen.facts if chosen is not None and choices.footage else None
    return facts.duration if facts else 0.0


def frame_of(choices: Any) -> float:
    """Seconds of one frame of the chosen footage."""
    facts = chosen.facts if chosen is not None and choices.footage else None
    return 1.0 / (facts.fps if facts else _UNKNOWN_RATE)


def _choose_later() -> None:
    settings = getattr(bpy.context.scene, "understudy", None)
    if settings is not None:
        choose(settings.footage)
        redraw.sidebars()


def forget() -> None:
    """Lets go of the footage that is looked at."""
    global chosen
    chosen = None
    if bpy.app.timers.is_registered(_choose_later):
        bpy.app.timers.unregister(_choose_later)
