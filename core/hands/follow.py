"""One person's two hands through a chunk: first pass on sparse frames, second pass on all, and whose is whose.

Both hands go through the passes together, as rows of one table: the networks take half the time in larger batches.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from ..pose2d.crops import Frame, crop_difference, interpolate_crops
from ..pose2d.landmarks import BodyLandmarks
from .arms import WRISTS, expected_hands
from .landmarks import HandLandmarks, detect_palms, landmark_hands
from .ownership import MIN_PRESENCE, clashes, settle

if TYPE_CHECKING:
    from ..nets import Predictor

_STEP_INTERVAL = 0.13
# Palms are looked for in an upright square, this much wider than the arm's crop.
_PALM_SEARCH = 2.0
# Crops nearer than this give the same landmarks; a hand further off than the second from its crop is looked at again.
_SAME_CROP = 0.1
_OFF_CROP = 0.25
# Seconds over which the place of a hand against its wrist is carried to frames where it was not found.
_CARRY = 0.35
# Seconds from a sighting within which a lost hand is looked for again: on the test clips nine of ten that are found
# again lie there, and looking further doubles the looks.
_RETRY = 0.05
_PALM = np.array([0, 5, 17])


@dataclass(frozen=True)
class HandTrack:
    """Both hands (left, right) over n frames, NaN where not seen: ``points`` (n, 2, 21, 2) image px, ``world``
    (n, 2, 21, 3) m, camera axes, wrist-centred; ``score`` (n, 2); ``last_crops`` (2, 4) at the last frame."""

    points: np.ndarray
    world: np.ndarray
    score: np.ndarray
    last_crops: np.ndarray


@dataclass(frozen=True)
class _Eyes:
    frames: list[Frame]
    hand_net: Predictor
    palm_net: Predictor


@dataclass(frozen=True)
class _Rows:
    """m looks, each at one hand in one frame: the left hand's in order of time, then the right hand's.

    ``side`` (m,) 0 left, 1 right; ``frame`` (m,) index; ``clock`` (m,) s; ``wrists`` (m, 2) the arm's wrist, image px;
    ``expected`` (m, 4) the crop where the arm says.
    """

    side: np.ndarray
    frame: np.ndarray
    clock: np.ndarray
    wrists: np.ndarray
    expected: np.ndarray

    def __len__(self) -> int:
        return len(self.side)

    def take(self, index: np.ndarray) -> _Rows:
        """The rows at ``index``."""
        return _Rows(*(getattr(self, f.name)[index] for f in fields(self)))


def follow_hands(
    frames: list[Frame], times: np.ndarray, index: np.ndarray, bodies: BodyLandmarks,
    hand_net: Predictor, palm_net: Predictor, start: np.ndarray | None,
) -> HandTrack:  # fmt: skip
    """Hands of the person with ``bodies`` (n) in ``frames[index]``; ``times`` of all frames; ``start`` (2, 4): crops of
    both hands at the end of the chunk before, or None."""
    eyes = _Eyes(frames, hand_net, palm_net)
    expected, possible = expected_hands(bodies, frames[0].size)
    wrists = bodies.points[:, WRISTS].astype(np.float64)
    side, at = np.nonzero(possible.T)
    rows = _Rows(side, index[at], times[index[at]], wrists[at, side], expected[at, side])
    seen = _follow(eyes, rows, start)
    both = HandLandmarks.empty(len(index)), HandLandmarks.empty(len(index))
    for s, hands in enumerate(both):
        hands.put(at[side == s], seen.take(side == s))
    _find_other(eyes, index, both, wrists, expected)
    settle(*both, wrists)
    last_crops = np.stack([h.crops[-1] if h.presence[-1] >= MIN_PRESENCE else np.full(4, np.nan) for h in both])
    return HandTrack(
        np.stack([h.points for h in both], 1), np.stack([h.world for h in both], 1),
        np.stack([h.presence for h in both], 1), last_crops,
    )  # fmt: skip


def _follow(eyes: _Eyes, rows: _Rows, start: np.ndarray | None) -> HandLandmarks:
    """The hands of ``rows``, in whose frames the arm shows that they could be seen; ``start`` (2, 4) as above."""
    steps = np.concatenate([_steps(rows.clock, np.flatnonzero(rows.side == side)) for side in (0, 1)])
    sparse = rows.take(steps)
    used = sparse.expected.copy()
    for side in (0, 1):
        if start is not None and np.isfinite(start[side]).all():
            used[np.flatnonzero(sparse.side == side)[:1]] = start[side]
    first = _first_pass(eyes, sparse, used)
    good = np.asarray(first.presence >= MIN_PRESENCE)
    hands = HandLandmarks.empty(len(rows))
    crops = _carried(rows, sparse.take(good), first.crops[good])
    # Far from every step that saw the hand it is not looked for on each frame.
    near = np.asarray(np.isfinite(crops).all(1))
    crops[~near] = rows.expected[~near]
    # A step that was looked at through nearly this crop keeps its landmarks.
    same = good & (crop_difference(crops[steps], used) < _SAME_CROP)
    hands.put(steps[same], first.take(same))
    near[steps[same]] = False
    todo = np.flatnonzero(near)
    hands.put(todo, _landmarks(eyes, rows.take(todo), crops[todo]))
    _look_again(eyes, rows, hands, crops)
    return hands


def _first_pass(eyes: _Eyes, rows: _Rows, used: np.ndarray) -> HandLandmarks:
    """Hands on the steps, looked at twice: through the crops ``used``, then where the landmarks say.

    ``used`` (m, 4) becomes, in place, the crops of the answers.
    """
    hands = _landmarks(eyes, rows, used)
    lost = np.flatnonzero(hands.presence < MIN_PRESENCE)
    _try(eyes, rows, hands, lost, _palms(eyes, rows.take(lost)), used)
    again = np.flatnonzero(hands.presence >= MIN_PRESENCE)
    _try(eyes, rows, hands, again, hands.crops[again], used, better_only=False)
    return hands


def _look_again(eyes: _Eyes, rows: _Rows, hands: HandLandmarks, crops: np.ndarray) -> None:
    """Repeat rows whose hand lies off its crop; try lost ones where neighbours, the arm and a palm say; in place."""
    off = np.flatnonzero((hands.presence >= MIN_PRESENCE) & (crop_difference(crops, hands.crops) > _OFF_CROP))
    _try(eyes, rows, hands, off, hands.crops[off], crops, better_only=False)
    for source in ("neighbours", "arm", "palm"):
        lost = np.flatnonzero(hands.presence < MIN_PRESENCE)
        good = np.flatnonzero(hands.presence >= MIN_PRESENCE)
        # Further from any sighting the steps have already looked everywhere.
        lost = lost[_seconds_between(rows.take(lost), rows.take(good)) <= _RETRY]
        asked = rows.take(lost)
        if source == "neighbours":
            tried = _carried(asked, rows.take(good), hands.crops[good])
        elif source == "arm":
            tried = asked.expected
        else:
            tried = _palms(eyes, asked)
        _try(eyes, rows, hands, lost, tried, crops)


def _find_other(
    eyes: _Eyes, index: np.ndarray, both: tuple[HandLandmarks, HandLandmarks], wrists: np.ndarray, expected: np.ndarray
) -> None:
    """Where both arms found one hand, look for another palm for the arm that it does not belong to; in place."""
    loser = clashes(*both, wrists)
    for side, hands in enumerate(both):
        lost = np.flatnonzero(loser == side)
        taken = both[1 - side].points[lost][:, _PALM].mean(1)
        here = np.full(len(lost), side)
        rows = _Rows(here, index[lost], np.zeros(len(lost)), wrists[lost, side], expected[lost, side])
        tried = _palms(eyes, rows, taken)
        usable = np.flatnonzero(np.isfinite(tried).all(1))
        hands.put(lost[usable], _landmarks(eyes, rows.take(usable), tried[usable]))


def _landmarks(eyes: _Eyes, rows: _Rows, crops: np.ndarray) -> HandLandmarks:
    return landmark_hands(eyes.hand_net, eyes.frames, rows.frame, crops)


def _palms(eyes: _Eyes, rows: _Rows, taken: np.ndarray | None = None) -> np.ndarray:
    """(m, 4) hand crops from the palm detector around the arms' crops, NaN where it finds none."""
    wider = rows.expected * np.array([1.0, 1.0, _PALM_SEARCH, 0.0])
    none = np.full((len(rows), 2), np.nan)
    return detect_palms(
        eyes.palm_net, eyes.frames, rows.frame, wider, rows.wrists, none if taken is None else taken
    )


def _try(
    eyes: _Eyes, rows: _Rows, hands: HandLandmarks, at: np.ndarray, crops: np.ndarray, used: np.ndarray,
    better_only: bool = True,
) -> None:  # fmt: skip
    """Look at the rows ``at`` through ``crops`` (NaN: nowhere), keep answers that see a hand (more surely); in place.

    Rows that were looked at through the same crop already are passed over.
    """
    # Comparisons with NaN are false, which leaves those rows out.
    new = crop_difference(used[at], crops) > _SAME_CROP
    at, crops = at[new], crops[new]
    answers = _landmarks(eyes, rows.take(at), crops)
    floor = hands.presence[at] if better_only else np.full(len(at), MIN_PRESENCE)
    keep = answers.presence >= floor
    hands.put(at[keep], answers.take(keep))
    used[at[keep]] = crops[keep]


def _carried(rows: _Rows, known: _Rows, crops: np.ndarray) -> np.ndarray:
    """(m, 4) crops for ``rows`` from ``crops`` of the rows ``known``, moved with the wrist; NaN too far from any."""
    result = np.full((len(rows), 4), np.nan)
    for side in (0, 1):
        at, source = np.flatnonzero(rows.side == side), known.side == side
        if not len(at) or not source.any():
            continue
        relative = crops[source]
        relative[:, :2] -= known.wrists[source]
        result[at] = interpolate_crops(rows.clock[at], known.clock[source], relative)
        result[at, :2] += rows.wrists[at]
    result[_seconds_between(rows, known) > _CARRY] = np.nan
    return result


def _seconds_between(rows: _Rows, known: _Rows) -> np.ndarray:
    """(m,) how far each of ``rows`` is from the nearest of ``known`` of the same hand; infinite where there is none."""
    apart = np.abs(rows.clock[:, None] - known.clock[None])
    apart[rows.side[:, None] != known.side[None]] = np.inf
    return apart.min(1, initial=np.inf)


def _steps(clock: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Those of ``rows``, in order of time, that are no more than the interval apart, the first and the last among
    them."""
    if not len(rows):
        return rows
    chosen = [0]
    times = clock[rows]
    for i in range(1, len(times)):
        if (times[i + 1] if i + 1 < len(times) else np.inf) - times[chosen[-1]] > _STEP_INTERVAL + 1e-6:
            chosen.append(i)
    return rows[chosen]
