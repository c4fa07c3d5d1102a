"""A take on a constant frame rate, for formats that know no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rotation import axis_angle_to_quaternion, slerp
from ..take import Take, is_constant_rate

Array = NDArray[Any]


@dataclass(frozen=True)
class Resampling:
    """N evenly spaced times between a take's first and last frame.

    Sample i lies at ``fraction[i]`` (0…1) between frames ``before[i]`` and ``after[i]``. ``times`` (N,) are seconds.
    """

    times: Array
    before: Array
    after: Array
    fraction: Array

    def quaternions(self, axis_angle: Array) -> Array:
        """Rotations (T, …, 3) axis-angle radians to quaternions (N, …, 4), by slerp."""
        q = axis_angle_to_quaternion(np.asarray(axis_angle, np.float64))
        return slerp(q[self.before], q[self.after], self.fraction.reshape(-1, *(1,) * (q.ndim - 2)))

    def points(self, values: Array) -> Array:
        """Values (T, …) to (N, …), linearly."""
        v = np.asarray(values, np.float64)
        f = self.fraction.reshape(-1, *(1,) * (v.ndim - 1))
        return v[self.before] * (1 - f) + v[self.after] * f


def constant_rate(take: Take) -> Resampling:
    """The frames themselves where the rate is constant and none is missing, else one sample per nominal interval."""
    t = np.asarray(take.timestamps, np.float64)
    interval = float(1 / take.fps_nominal)
    intervals = (t[-1] - t[0]) / interval
    index = np.arange(len(t))
    if is_constant_rate(t, take.fps_nominal) and round(intervals) == len(t) - 1:
        return Resampling(t[0] + index * interval, index, index, np.zeros(len(t)))
    times = t[0] + interval * np.arange(int(np.floor(intervals + 1e-6)) + 1)
    before = np.clip(np.searchsorted(t, times, side="right") - 1, 0, len(t) - 2)
    after = before + 1
    return Resampling(times, before, after, np.clip((times - t[before]) / (t[after] - t[before]), 0.0, 1.0))
