"""One person's two hands through a chunk: first pass on sparse frames, second pass on all, and whose is whose."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..pose2d.crops import Frame, crop_difference, interpolate_crops
from ..pose2d.landmarks import BodyLandmarks
from .arms import WRISTS, expected_hands
from .landmarks import HandLandmarks, detect_palms, landmark_hands
from .ownership import MIN_PRESENCE, clashes, settle

if TYPE_CHECKING:
    from ..nets.network import Network

_STEP_INTERVAL = 0.13
# Palms are looked for in an upright square, this much wider than the arm's crop.
_PALM_SEARCH = 2.0
# Crops nearer than this give the same landmarks; a hand further off than the second from its crop is looked at again.
_SAME_CROP = 0.1
_OFF_CROP = 0.25
# Seconds over which the place of a hand against its wrist is carried to frames where it was not found.
_CARRY = 0.35
# Seconds from a sighting within which a lost hand is looked for again.
_RETRY = 0.12
_PALM = np.array([0, 5, 17])


@dataclass(frozen=True)
class HandTrack:
    """Both hands (left, right) over n frames, NaN where not seen: ``points`` (n, 2, 21, 2) image px, ``world``
    (n, 2, 21, 3) m, camera axes, wrist-centred; ``score`` (n, 2); ``last_crops`` (2, 4) at the last frame."""

    points: np.ndarray
    world: np.ndarray
    score: np.ndarray
    last_crops: np.ndarray


def follow_hands(
    frames: list[Frame], times: np.ndarray, index: np.ndarray, bodies: BodyLandmarks,
    hand_net: Network, palm_net: Network, start: np.ndarray | None,
) -> HandTrack:  # fmt: skip
    """Hands of the person with ``bodies`` (n) in ``frames[index]``; ``times`` of all frames; ``start`` (2, 4): crops of
    both hands at the end of the chunk before, or None."""
    expected, possible = expected_hands(bodies, frames[0].size)
    wrists = bodies.points[:, WRISTS].astype(np.float64)
    clock = times[index]

    def one(side: int) -> HandLandmarks:
        rows = np.flatnonzero(possible[:, side])
        hands = HandLandmarks.empty(len(index))
        if len(rows):
            last = start[side] if start is not None and np.isfinite(start[side]).all() else None
            seen = _one_side(
                frames, clock[rows], index[rows], wrists[rows, side], expected[rows, side], last, hand_net, palm_net
            )
            hands.put(rows, seen)
        return hands

    with ThreadPoolExecutor(2) as pool:
        left, right = pool.map(one, (0, 1))
    both = (left, right)
    _find_other(frames, index, both, wrists, expected, hand_net, palm_net)
    settle(*both, wrists)
    last_crops = np.stack([h.crops[-1] if h.presence[-1] >= MIN_PRESENCE else np.full(4, np.nan) for h in both])
    return HandTrack(
        np.stack([h.points for h in both], 1), np.stack([h.world for h in both], 1),
        np.stack([h.presence for h in both], 1), last_crops,
    )  # fmt: skip


def _one_side(
    frames: list[Frame], clock: np.ndarray, index: np.ndarray, wrists: np.ndarray, expected: np.ndarray,
    last: np.ndarray | None, hand_net: Network, palm_net: Network,
) -> HandLandmarks:  # fmt: skip
    """One hand on the n frames ``index`` whose arm shows it could be seen; all arguments have n rows."""
    steps = _steps(clock)
    first, used = _first_pass(frames, index[steps], expected[steps], wrists[steps], last, hand_net, palm_net)
    good = first.presence >= MIN_PRESENCE
    hands = HandLandmarks.empty(len(index))
    if not good.any():
        return hands
    crops = _carried(clock, clock[steps[good]], first.crops[good], wrists, wrists[steps[good]])
    # Far from every step that saw the hand it is not looked for on each frame.
    near = np.asarray(np.isfinite(crops).all(1))
    crops[~near] = expected[~near]
    # A step that was looked at through nearly this crop keeps its landmarks.
    same = good & (crop_difference(crops[steps], used) < _SAME_CROP)
    hands.put(steps[same], first.take(same))
    near[steps[same]] = False
    todo = np.flatnonzero(near)
    hands.put(todo, landmark_hands(hand_net, frames, index[todo], crops[todo]))
    _look_again(frames, index, hands, crops, expected, wrists, clock, hand_net, palm_net)
    return hands


def _first_pass(
    frames: list[Frame], index: np.ndarray, expected: np.ndarray, wrists: np.ndarray, last: np.ndarray | None,
    hand_net: Network, palm_net: Network,
) -> tuple[HandLandmarks, np.ndarray]:  # fmt: skip
    """Hands on the steps, looked at twice: where the arm says, then where the landmarks say. Also the crops used."""
    used = expected.copy()
    if last is not None:
        used[0] = last
    hands = landmark_hands(hand_net, frames, index, used)
    lost = np.flatnonzero(hands.presence < MIN_PRESENCE)
    _try(frames, index, hands, lost, _palms(frames, index, lost, expected, wrists, palm_net), hand_net, used)
    again = np.flatnonzero(hands.presence >= MIN_PRESENCE)
    _try(frames, index, hands, again, hands.crops[again], hand_net, used, better_only=False)
    return hands, used


def _look_again(
    frames: list[Frame], index: np.ndarray, hands: HandLandmarks, crops: np.ndarray, expected: np.ndarray,
    wrists: np.ndarray, clock: np.ndarray, hand_net: Network, palm_net: Network,
) -> None:  # fmt: skip
    """Repeat frames whose hand lies off its crop; try lost ones where neighbours, the arm and a palm say; in place."""
    off = np.flatnonzero((hands.presence >= MIN_PRESENCE) & (crop_difference(crops, hands.crops) > _OFF_CROP))
    _try(frames, index, hands, off, hands.crops[off], hand_net, crops, better_only=False)
    for source in ("neighbours", "arm", "palm"):
        lost = np.flatnonzero(hands.presence < MIN_PRESENCE)
        good = np.flatnonzero(hands.presence >= MIN_PRESENCE)
        if not len(lost) or not len(good):
            return
        # Further from any sighting the steps have already looked everywhere.
        near = np.abs(clock[lost][:, None] - clock[good][None]).min(1) <= _RETRY
        lost = lost[near]
        if source == "neighbours":
            tried = _carried(clock[lost], clock[good], hands.crops[good], wrists[lost], wrists[good])
        elif source == "arm":
            tried = expected[lost]
        else:
            tried = _palms(frames, index, lost, expected, wrists, palm_net)
        _try(frames, index, hands, lost, tried, hand_net, crops)


def _find_other(
    frames: list[Frame], index: np.ndarray, both: tuple[HandLandmarks, HandLandmarks], wrists: np.ndarray,
    expected: np.ndarray, hand_net: Network, palm_net: Network,
) -> None:  # fmt: skip
    """Where both arms found one hand, look for another palm for the arm that it does not belong to; in place."""
    loser = clashes(*both, wrists)
    for side, hands in enumerate(both):
        lost = np.flatnonzero(loser == side)
        taken = both[1 - side].points[lost][:, _PALM].mean(1)
        tried = _palms(frames, index, lost, expected[:, side], wrists[:, side], palm_net, taken)
        usable = np.isfinite(tried).all(1)
        lost = lost[usable]
        hands.put(lost, landmark_hands(hand_net, frames, index[lost], tried[usable]))


def _palms(
    frames: list[Frame], index: np.ndarray, rows: np.ndarray, expected: np.ndarray, wrists: np.ndarray,
    palm_net: Network, taken: np.ndarray | None = None,
) -> np.ndarray:  # fmt: skip
    """Hand crops (len(rows), 4) from the palm detector around the arms' crops of ``rows``, NaN where it finds none."""
    wider = expected[rows] * np.array([1.0, 1.0, _PALM_SEARCH, 0.0])
    none = np.full((len(rows), 2), np.nan)
    return detect_palms(palm_net, frames, index[rows], wider, wrists[rows], none if taken is None else taken)


def _try(
    frames: list[Frame], index: np.ndarray, hands: HandLandmarks, rows: np.ndarray, crops: np.ndarray, net: Network,
    used: np.ndarray, better_only: bool = True,
) -> None:  # fmt: skip
    """Look at ``rows`` through ``crops`` (NaN: nowhere), keep answers that see a hand (more surely); in place.

    Rows that were looked at through the same crop already are passed over.
    """
    # Comparisons with NaN are false, which leaves those rows out.
    new = crop_difference(used[rows], crops) > _SAME_CROP
    rows, crops = rows[new], crops[new]
    answers = landmark_hands(net, frames, index[rows], crops)
    floor = hands.presence[rows] if better_only else np.full(len(rows), MIN_PRESENCE)
    keep = answers.presence >= floor
    hands.put(rows[keep], answers.take(keep))
    used[rows[keep]] = crops[keep]


def _carried(
    at: np.ndarray, known: np.ndarray, crops: np.ndarray, wrists_at: np.ndarray, wrists_known: np.ndarray
) -> np.ndarray:
    """(N, 4) crops at times ``at`` from ``crops`` at times ``known``, moved with the wrist; NaN too far from any."""
    relative = crops.copy()
    relative[:, :2] -= wrists_known
    result = interpolate_crops(at, known, relative)
    result[:, :2] += wrists_at
    near = np.abs(at[:, None] - known[None]).min(1) <= _CARRY
    result[~near] = np.nan
    return result


def _steps(clock: np.ndarray) -> np.ndarray:
    """Positions of frames no more than the interval apart, the first and the last among them."""
    chosen = [0]
    for i in range(1, len(clock)):
        if (clock[i + 1] if i + 1 < len(clock) else np.inf) - clock[chosen[-1]] > _STEP_INTERVAL + 1e-6:
            chosen.append(i)
    return np.array(chosen)
