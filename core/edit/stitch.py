"""Two takes as one: cut over where the poses match.

The cost of a cut is Kovar, Gleicher, Pighin 2002 (Motion graphs, eq. 1): distances of the joints over a short window
after the best turn about the vertical and shift on the floor, so that velocities count too.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..rotation import quaternion_multiply, slerp
from .base import Edit, Library, People, number, soft_step
from .motion import JOINTS, Motion, rotate
from .timing import joined

Array = NDArray[Any]

_BODY = 22
_WINDOW = 2  # frames before and after the cut that are compared
_MOST = 60  # candidates on each side


@dataclass(frozen=True)
class Stitch(Edit):
    """Goes on with person ``other`` of the take with the id ``take``.

    The cut is searched in the last ``search_s`` seconds of this motion (before ``end``, where given) and the first of
    the other; over ``blend_s`` one flows into the other, which is turned and moved to where this one stands.
    """

    kind: ClassVar[str] = "stitch"
    label: ClassVar[str] = "Stitch another take"

    take: str = ""
    other: str = "1"
    search_s: float = number(1.0, 0, 30)
    blend_s: float = number(0.3, 0, 5)

    def steps(self, people: People, library: Library) -> Generator[None, None, dict[str, Motion]]:
        self.check_person(people)
        if not self.take:
            raise BadInputError("Stitch another take: no take is chosen.", "Choose one.")
        second = library(self.take, self.other)
        yield
        after = dict(people)
        for name, motion in people.items():
            if self.person in ("", name):
                after[name] = self.stitched(motion, second)
                yield
        return after

    def stitched(self, first: Motion, second: Motion) -> Motion:
        """``first`` until the best cut, then ``second``."""
        last = first.frame_count if self.end is None else int(np.searchsorted(first.timestamps, self.end + 1e-6))
        second = second.at(np.arange(round(second.duration / first.frame_s) + 1) * first.frame_s + second.timestamps[0])
        blend = max(1, round(self.blend_s / first.frame_s))
        if min(last, second.frame_count) < 2 * _WINDOW + 2:
            raise BadInputError("Stitch another take: one of the two is too short.", "Widen its range.")
        out, into = best_cut(first, second, last, round(self.search_s / first.frame_s))
        turn, shift = alignment(first.joints()[out], second.joints()[into])
        placed = _moved(second.take(np.arange(into, second.frame_count)), turn, shift, first.timestamps[out], first)
        return _blended(first.take(np.arange(out + 1)), first, out, placed, min(blend, placed.frame_count))


def best_cut(first: Motion, second: Motion, last: int, search: int) -> tuple[int, int]:
    """Frames of both motions at which the cut costs least: the last of ``first`` that is played, its twin in
    ``second``.
    """
    outs = np.unique(np.linspace(max(_WINDOW, last - 1 - _WINDOW - search), last - 1 - _WINDOW, _MOST).astype(int))
    latest = min(_WINDOW + search, second.frame_count - 1 - _WINDOW)
    ins = np.unique(np.linspace(_WINDOW, latest, _MOST).astype(int))
    a, b = _clouds(first, outs), _clouds(second, ins)
    costs = np.array([[_cost(x, y) for y in b] for x in a])
    row, column = np.unravel_index(np.argmin(costs), costs.shape)
    return int(outs[row]), int(ins[column])


def alignment(target: Array, source: Array) -> tuple[float, Array]:
    """Turn rad about the vertical and shift (2,) m that take points ``source`` (…, 3) onto ``target``, least squares.

    Kovar et al. 2002, eq. 2 to 4.
    """
    p, q = target.reshape(-1, 3)[:, :2], source.reshape(-1, 3)[:, :2]
    a, b = p - p.mean(0), q - q.mean(0)
    turn = float(np.arctan2(np.sum(b[:, 0] * a[:, 1] - b[:, 1] * a[:, 0]), np.sum(a * b)))
    cosine, sine = np.cos(turn), np.sin(turn)
    middle = q.mean(0)
    return turn, p.mean(0) - np.array([cosine * middle[0] - sine * middle[1], sine * middle[0] + cosine * middle[1]])


def _clouds(motion: Motion, frames: Array) -> Array:
    """Body joints around each frame: (N, window, 22, 3)."""
    window = np.clip(frames[:, None] + np.arange(-_WINDOW, _WINDOW + 1), 0, motion.frame_count - 1)
    flat, inverse = np.unique(window, return_inverse=True)
    return motion.take(flat).joints()[:, :_BODY][inverse.reshape(window.shape)]


def _cost(a: Array, b: Array) -> float:
    """Mean squared distance m² after alignment, closed form for the plane and as it is in height."""
    p, q = a.reshape(-1, 3), b.reshape(-1, 3)
    x, y = p[:, :2] - p[:, :2].mean(0), q[:, :2] - q[:, :2].mean(0)
    along = np.hypot(np.sum(x * y), np.sum(y[:, 0] * x[:, 1] - y[:, 1] * x[:, 0]))
    flat = np.sum(x * x) + np.sum(y * y) - 2 * along
    return float(flat + np.sum((p[:, 2] - q[:, 2]) ** 2)) / len(p)


def _moved(motion: Motion, turn: float, shift: Array, start: float, like: Motion) -> Motion:
    """``motion`` on the floor by turn and shift, beginning at ``start`` s, in the body of ``like``."""
    spin = np.array([np.cos(turn / 2), 0.0, 0.0, np.sin(turn / 2)])
    rotations = motion.rotations.copy()
    rotations[:, 0] = quaternion_multiply(spin, rotations[:, 0])
    return motion.replace(
        timestamps=start + np.arange(motion.frame_count) * like.frame_s,
        rotations=rotations,
        pelvis=rotate(spin, motion.pelvis) + np.array([*shift, 0.0]),
        source=np.full(motion.frame_count, np.nan),
        rest=like.rest,
        sole=like.sole,
        height=like.height,
        scale=like.scale,
        frame_s=like.frame_s,
        key_tolerance_mm=like.key_tolerance_mm,
    )


def _blended(head: Motion, whole: Motion, out: int, tail: Motion, blend: int) -> Motion:
    """``head``, then ``tail``, whose first frame is the head's last; ``blend`` frames of ``whole`` fade into it."""
    index = np.arange(tail.frame_count)
    weight = soft_step(np.clip(index / blend, 0.0, 1.0))
    source = np.clip(out + index, 0, whole.frame_count - 1)
    share = np.repeat(weight[:, None], JOINTS, axis=1)
    mixed = tail.replace(
        rotations=slerp(whole.rotations[source], tail.rotations, share),
        pelvis=whole.pelvis[source] + weight[:, None] * (tail.pelvis - whole.pelvis[source]),
    )
    return joined([head, mixed.take(index[1:])]) if len(index) > 1 else head
