"""When a take's frames happen on a constant frame rate: a Blender scene's, or a file format's that knows no other.

A take at that rate keeps its own frames, snapped to whole frames. Any other take is resampled to whole frames,
rotations by slerp; the take file keeps the originals. numpy only: Blender runs this too.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rotation import slerp
from .take_file import SUFFIX

Array = NDArray[Any]

# Containers round timestamps, Matroska to 1 ms; up to a tenth of a frame (or that rounding) is still a constant rate.
_FRAME_TOLERANCE = 0.1
_ROUNDING_SECONDS = 0.0011
_LARGEST_TOLERANCE = 0.3


@dataclass(frozen=True)
class Timing:
    """Keys on whole frames.

    ``frames`` (N,) float64 are frame numbers; key i lies ``fraction[i]`` (0…1) of the way from take frame
    ``before[i]`` to ``after[i]``. ``constant`` is true where the keys are the take's own frames.
    """

    frames: Array
    before: Array
    after: Array
    fraction: Array
    constant: bool

    @property
    def last_frame(self) -> int:
        """The last frame with a key."""
        return int(self.frames[-1])

    def quaternions(self, values: Array) -> Array:
        """Unit quaternions (T, …, 4) at the keys: (N, …, 4)."""
        if self.constant:
            return values
        fraction = self.fraction.reshape(-1, *(1,) * (values.ndim - 2))
        return slerp(
            values[self.before], values[self.after], np.broadcast_to(fraction, (len(fraction), *values.shape[1:-1]))
        )

    def points(self, values: Array) -> Array:
        """Values (T, …) at the keys, between frames in proportion: (N, …)."""
        if self.constant:
            return values
        fraction = self.fraction.reshape(-1, *(1,) * (values.ndim - 1))
        return values[self.before] * (1 - fraction) + values[self.after] * fraction

    def nearest(self, values: Array) -> Array:
        """Values (T, …) of the take frame nearest to each key: (N, …)."""
        return values if self.constant else values[np.where(self.fraction < 0.5, self.before, self.after)]


def timing(timestamps: Array, fps: Fraction, frame_start: int = 1, *, every_frame: bool = False) -> Timing:
    """Keys of a take with ``timestamps`` (T,) s, increasing, at ``fps`` frames a second.

    ``every_frame``: frames that the footage left out get a key too, for formats that store one pose after another.
    """
    seconds = np.asarray(timestamps, np.float64) - float(timestamps[0])
    steps = seconds * float(fps)
    whole = np.rint(steps)
    index = np.arange(len(steps))
    tolerance = min(max(_FRAME_TOLERANCE, _ROUNDING_SECONDS * float(fps)), _LARGEST_TOLERANCE)
    snaps = np.all(np.abs(steps - whole) <= tolerance) and np.all(np.diff(whole) >= 1)
    if snaps and not (every_frame and whole[-1] != index[-1]):
        return Timing(frame_start + whole, index, index, np.zeros(len(steps)), constant=True)
    # A clip that snaps ends on its last whole frame, however its container rounded that time.
    count = int(whole[-1] if snaps else np.floor(steps[-1] + 1e-6)) + 1
    times = np.arange(count) / float(fps)
    before = np.clip(np.searchsorted(seconds, times, side="right") - 1, 0, len(seconds) - 2)
    after = before + 1
    fraction = np.clip((times - seconds[before]) / (seconds[after] - seconds[before]), 0.0, 1.0)
    return Timing(frame_start + np.arange(count, dtype=np.float64), before, after, fraction, constant=False)


def is_constant_rate(timestamps: Array, fps: Fraction) -> bool:
    """True where a take's frames fall on whole frames of its nominal rate, so that its footage plays in step."""
    return timing(timestamps, fps).constant


def scene_rate(fps: Fraction) -> tuple[int, float]:
    """Blender's ``fps`` and ``fps_base`` for an exact rate: 30000/1001 is 30 and 1.001."""
    whole = max(1, round(fps))
    return whole, float(whole / fps)


def proxy_path(take_path: Path, camera: int = 0) -> Path:
    """Where the engine puts the constant-rate copy of variable-rate footage: ``X.proxy.mp4``, ``X.proxy.1.mp4``, …

    Its first frame is the take's first frame, and its rate is the take's ``fps_nominal``.
    """
    number = f".{camera}" if camera else ""
    return take_path.with_name(f"{take_path.name.removesuffix(SUFFIX)}.proxy{number}.mp4")
