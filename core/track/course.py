"""One person on the sparse frames of a chunk, as the first pass follows them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..pose2d.landmarks import BodyLandmarks
from .appearance import SIZE
from .state import PersonState

# Seconds without landmarks after which a course ends; the identities are joined over longer gaps at the end.
MAX_UNSEEN = 0.7
# Seconds over which the predicted motion of an unseen person dies away.
_DAMPING = 0.4


@dataclass
class Course:
    """One person on the sparse frames of a chunk: what was measured at each step, and the tracker's running state.

    ``ok`` (S,) where it was seen; ``used`` (S, 4) crops looked at; ``landmarks``: S answers.
    """

    track: int
    ok: np.ndarray
    used: np.ndarray
    landmarks: BodyLandmarks
    appearance_at: np.ndarray
    time: float
    crop: np.ndarray
    velocity: np.ndarray
    appearance: np.ndarray
    start: PersonState | None = None
    born: int = 0

    @staticmethod
    def new(track: int, steps: int, time: float, crop: np.ndarray, start: PersonState | None = None) -> Course:
        empty = BodyLandmarks.empty(steps)
        velocity = start.velocity if start else np.zeros(2)
        appearance = start.appearance if start else np.zeros(SIZE, np.float32)
        seen_at = np.full((steps, SIZE), np.nan, np.float32)
        return Course(
            track,
            np.zeros(steps, bool),
            np.full((steps, 4), np.nan),
            empty,
            seen_at,
            time,
            crop,
            velocity,
            appearance,
            start,
        )

    def predicted(self, time: float) -> np.ndarray:
        """(4,) the crop expected at ``time``, later or earlier than the last one seen."""
        elapsed = time - self.time
        travel = np.sign(elapsed) * _DAMPING * (1.0 - np.exp(-abs(elapsed) / _DAMPING))
        return np.concatenate([self.crop[:2] + self.velocity * travel, self.crop[2:]])

    def unseen(self, time: float) -> bool:
        """Whether the person has been out of sight for too long."""
        return abs(time - self.time) > MAX_UNSEEN


@dataclass(frozen=True)
class Steps:
    """The sparse frames: their indices in the chunk and their times in seconds, both (S,)."""

    frames: np.ndarray
    times: np.ndarray
