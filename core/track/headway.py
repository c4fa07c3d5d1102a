"""How far the perception of a chunk is, and what it has seen so far: a chunk takes seconds, and nobody likes to wait
without a sign.

Measured are pictures that the networks look at: each of the four networks takes about as long for one as the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..pose2d.landmarks import BodyLandmarks
from .course import Course, Steps

if TYPE_CHECKING:
    from ..nets import Predictor
    from ..nets.specs import NetworkSpec

# Looks of the networks for each frame of a person in the second pass, without and with hands: measured on the sample
# clips. Where there are more, the last bit takes longer; where a picture stands still, it is done sooner.
_LOOKS, _HAND_LOOKS = 1.0, 2.4
_ALMOST = 0.98


@dataclass(frozen=True)
class Sight:
    """``fraction`` of a chunk that is done; the ``bodies`` (n) followed so far in ``frame``, an index in the chunk."""

    fraction: float
    frame: int
    bodies: BodyLandmarks


class Headway:
    """Counts the looks of ``watched`` networks against those that are to be expected, and tells ``tell``."""

    def __init__(self, tell: Callable[[Sight], None], hands: bool) -> None:
        self._tell, self._each = tell, _LOOKS + (_HAND_LOOKS if hands else 0.0)
        self._lock = threading.Lock()
        self._seen, self._expected, self._fraction = 0, 1.0, 0.0
        self._steps: np.ndarray = np.zeros(1, int)
        self._followed = -1
        self._courses: tuple[Course, ...] = ()

    def watched(self, network: Predictor) -> Watched:
        """The same network, whose looks count."""
        return Watched(network, self._count)

    def plan(self, steps: Steps, frames: int, looks: int, people: int) -> None:
        """Before the first pass: ``looks`` of the detector, and so many ``people`` as are known or guessed."""
        with self._lock:
            self._steps = steps.frames
            self._expected = self._seen + looks + people * (len(steps.frames) + self._each * frames)

    def followed(self, step: int, courses: Sequence[Course]) -> None:
        """The first pass has come to a step."""
        with self._lock:
            self._followed, self._courses = step, tuple(courses)

    def second(self, courses: Sequence[Course]) -> None:
        """Before the second pass, when it is known who is there, and how long."""
        with self._lock:
            self._courses, self._followed = tuple(courses), len(self._steps) - 1
            per_step = (int(self._steps[-1]) + 1) / len(self._steps)
            self._expected = self._seen + self._each * per_step * sum(int(course.ok.sum()) for course in courses)

    def _count(self, images: int) -> None:
        with self._lock:
            self._seen += images
            # Never backwards, though there may be more to do than it seemed.
            self._fraction = max(self._fraction, min(_ALMOST, self._seen / max(self._expected, 1.0)))
            self._tell(self._sight())

    def _sight(self) -> Sight:
        step = max(0, min(int(self._fraction * len(self._steps)), self._followed))
        there = [c.landmarks.take(slice(step, step + 1)) for c in self._courses if c.ok[step]]
        bodies = BodyLandmarks.empty(len(there))
        for row, landmarks in enumerate(there):
            bodies.put(np.array([row]), landmarks)
        return Sight(self._fraction, int(self._steps[step]), bodies)


class Watched:
    """A network that tells how many pictures it has looked at."""

    def __init__(self, network: Predictor, done: Callable[[int], None]) -> None:
        self._network, self._done = network, done

    @property
    def spec(self) -> NetworkSpec:
        return self._network.spec

    def predict(
        self, crops: np.ndarray, batch: int | None = None, done: Callable[[int], None] = lambda images: None
    ) -> dict[str, np.ndarray]:
        """As ``Network.predict``."""

        def both(images: int) -> None:
            self._done(images)
            done(images)

        return self._network.predict(crops, batch, both)
