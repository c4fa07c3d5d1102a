"""What may be asked about footage that is not captured yet: to look at it, and to record it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .checks import check_device, check_precision
from .errors import BadInputError
from .settings import read_settings

COUNT_RANGE = (1, 200)
SIDE_RANGE = (16, 4096)
RECORDING_SUFFIX = ".mp4"


@dataclass(frozen=True)
class LookSettings:
    """Pictures of ``source`` at ``times`` (s after its first frame), or at ``count`` times spread over it evenly.

    ``output``: the ``.npz`` of a ``core.glimpse.Glimpse`` to write; ``side``: longer side of its pictures in pixels.
    ``people``: find the people in each picture too, on ``device`` in ``precision``. ``fps``: rate of an image folder.
    Raises BadInputError naming the setting that makes no sense.
    """

    source: Path
    output: Path
    times: tuple[float, ...] = ()
    count: int = 8
    side: int = 256
    people: bool = False
    fps: float | None = None
    device: str = "auto"
    precision: str = "full"

    def __post_init__(self) -> None:
        _check_name(self.output, ".npz")
        check_device(self.device)
        check_precision(self.precision)
        for name, value, (low, high) in (("count", self.count, COUNT_RANGE), ("side", self.side, SIDE_RANGE)):
            if not low <= value <= high:
                raise BadInputError(f"The setting '{name}' is {value}.", f"Give {low} to {high}.")
        for value in self.times:
            if not (math.isfinite(value) and value >= 0):
                raise BadInputError(f"{value} is not a time in seconds.", "Give 0 or more.")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> LookSettings:
        """From JSON values. Raises BadInputError for an unknown, missing or mistyped field."""
        times = values.get("times", [])
        if not isinstance(times, list) or not all(type(value) in (int, float) for value in times):
            raise BadInputError(f"The setting 'times' is {times!r}, not a list of seconds.", "Correct it.")
        return read_settings(cls, values | {"times": tuple(times)}, _LOOK_KINDS)


@dataclass(frozen=True)
class RecordSettings:
    """A recording of ``camera`` into ``output`` until it is stopped, or for ``seconds``.

    ``camera``: the number of a camera of this machine, the first being 0, or the address of a stream, or a video file,
    which is played as if it were a camera. ``size`` and ``fps``: what to ask of the camera. Raises BadInputError.
    """

    camera: str
    output: Path
    seconds: float | None = None
    size: tuple[int, int] | None = None
    fps: float | None = None

    def __post_init__(self) -> None:
        _check_name(self.output, RECORDING_SUFFIX)
        if not self.camera.strip():
            raise BadInputError("There is no camera named.", "Give a number, the first camera being 0.")
        if self.size is not None and not (len(self.size) == 2 and min(self.size) > 0):
            raise BadInputError(f"The size {self.size} is not a picture's.", "Give width and height in pixels.")
        for name, value in (("seconds", self.seconds), ("fps", self.fps)):
            if value is not None and not (math.isfinite(value) and value > 0):
                raise BadInputError(f"The setting '{name}' is {value}.", "Give more than 0.")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> RecordSettings:
        """From JSON values. Raises BadInputError for an unknown, missing or mistyped field."""
        size = values.get("size")
        read = {"size": tuple(size)} if isinstance(size, list) else {}
        return read_settings(cls, values | read, _RECORD_KINDS)


def _check_name(path: Path, suffix: str) -> None:
    if path.suffix != suffix:
        raise BadInputError(f"The output {path} is not named like a {suffix} file.", f"Let its name end in {suffix}.")


_NUMBER = (int, float)
_LOOK_KINDS: dict[str, tuple[type, ...]] = {
    "source": (str, Path),
    "output": (str, Path),
    "times": (tuple,),
    "count": (int,),
    "side": (int,),
    "people": (bool,),
    "fps": (*_NUMBER, type(None)),
    "device": (str,),
    "precision": (str,),
}
_RECORD_KINDS: dict[str, tuple[type, ...]] = {
    "camera": (str,),
    "output": (str, Path),
    "seconds": (*_NUMBER, type(None)),
    "size": (tuple, type(None)),
    "fps": (*_NUMBER, type(None)),
}
