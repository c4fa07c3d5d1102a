"""How long each stage took."""

from __future__ import annotations

import time
from typing import Any


class Clock:
    """Seconds per stage, each stage's laps added up."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._began = self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Counts the time since the last lap to ``stage``."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now

    def summary(self, frames: int) -> dict[str, Any]:
        """For ``--json``; ``frames`` were worked on since the clock was made."""
        total = time.perf_counter() - self._began
        return {
            "seconds": {stage: round(value, 3) for stage, value in self.seconds.items()},
            "seconds_total": round(total, 3),
            "frames_per_second": round(frames / total, 3),
        }
