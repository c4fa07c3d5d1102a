"""The files of the takes in this scene, read in threads that know no bpy, and kept while they are needed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..core.errors import BadInputError, UnderstudyError
from .scene import links

if TYPE_CHECKING:
    from ..core.edit.evaluation import Evaluation
    from ..core.take import Take

_KEPT = 3
_readings: dict[str, Reading] = {}


@dataclass
class Reading:
    """A take's file, read in a thread that knows no bpy."""

    path: Path
    stamp: tuple[int, int]
    evaluation: Evaluation | None = None
    error: UnderstudyError | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._read, name="understudy-read-take", daemon=True)
        self.thread.start()

    def _read(self) -> None:
        from ..core.body.choice import body_of
        from ..core.edit.evaluation import Evaluation
        from ..core.take_file import load
        from .scene import rekey  # noqa: F401 - here, not in the first slice

        try:
            take = load(self.path)
            self.evaluation = Evaluation(take, body_of(take.settings))
        except UnderstudyError as error:
            self.error = error

    @property
    def done(self) -> bool:
        return self.thread is None or not self.thread.is_alive()


def reading_of(take: bpy.types.Collection) -> Reading:
    """The take's file, being read or read; anew where the file changed."""
    path = links.take_file(take)
    stamp = _stamp(path)
    if stamp is None:
        missing = BadInputError(f"The take of {take.name} is no longer at {path}.", "Find it with Relink take.")
        return Reading(path, (0, 0), error=missing)
    reading = _readings.get(str(path))
    if reading is None or reading.stamp != stamp or (reading.done and reading.evaluation is None):
        reading = Reading(path, stamp)
        reading.start()
        _remember(reading)
    return reading


def evaluation_of(take: bpy.types.Collection) -> Evaluation:
    """The take behind a collection, read now if need be. Raises UnderstudyError."""
    reading = reading_of(take)
    if reading.thread is not None:
        reading.thread.join()
    if reading.evaluation is None:
        raise reading.error or BadInputError(f"{reading.path} cannot be read.")
    return reading.evaluation


def is_read(take: bpy.types.Collection) -> bool:
    """Whether ``evaluation_of`` answers at once."""
    path = links.take_file(take)
    reading = _readings.get(str(path))
    return reading is not None and reading.done and reading.evaluation is not None


def start_reading(take: bpy.types.Collection) -> None:
    """Has the take's file read in the background; whoever draws sees it at a later redraw."""
    reading = reading_of(take)
    if reading.evaluation is None and reading.error is None and not bpy.app.timers.is_registered(_redraw_when_read):
        bpy.app.timers.register(_redraw_when_read, first_interval=0.1, persistent=True)


def keep(path: Path, take: Take) -> None:
    """Remembers a take that was read anyway, such as by its import."""
    from ..core.body.choice import body_of
    from ..core.edit.evaluation import Evaluation

    stamp = _stamp(path)
    if stamp is not None:
        _remember(Reading(path, stamp, Evaluation(take, body_of(take.settings))))


def forget(take: bpy.types.Collection) -> None:
    """Lets go of a take's file."""
    _readings.pop(str(links.take_file(take)), None)


def clear() -> None:
    """Lets go of all files, and of the timer that waits for one."""
    if bpy.app.timers.is_registered(_redraw_when_read):
        bpy.app.timers.unregister(_redraw_when_read)
    _readings.clear()


def _remember(reading: Reading) -> None:
    _readings.pop(str(reading.path), None)
    _readings[str(reading.path)] = reading
    while len(_readings) > _KEPT:
        del _readings[next(iter(_readings))]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _redraw_when_read() -> float | None:
    if not all(reading.done for reading in _readings.values()):
        return 0.1
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
    return None
