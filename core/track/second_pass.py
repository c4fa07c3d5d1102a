"""Second pass: landmarks on every frame, on smoothed crops, with left and right held against a more upright look.

The landmark network takes a front for a back now and then, most of all where the crop turns with a leaning person: all
left landmarks then lie on the right. In crops turned less far it hardly ever does, though it is a little less exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..pose2d.crops import Frame, crop_difference, interpolate_crops, wrap_angle
from ..pose2d.landmarks import BodyLandmarks, landmark_bodies
from ..skeleton import LIMB_JOINTS, POSE_LANDMARKS, other_side
from .course import Course, Steps
from .courses import MIN_PRESENCE

if TYPE_CHECKING:
    from ..nets import Predictor

# A crop this close to the wanted one has given the same landmarks; one further off than the second is looked at again.
_SAME_CROP = 0.03
_OFF_CROP = 0.2
# Seconds without a sighting that crops are interpolated over, and beyond a sighting to which they are held.
_MAX_GAP = 0.35
_MAX_HOLD = 0.1
# The upright look: this share of the turn, this share of the size. On the four-camera test clip it leaves 0.3 % of the
# limbs more than a tenth of the box away where the full turn leaves 7.6 %.
_UPRIGHT_TURN, _UPRIGHT_SIZE = 0.4, 0.88
# Radians of turn between which it differs from the full turn and can be trusted: people who lie are not upright.
_DOUBTED_TURNS = (0.15, 1.25)
# Left and right are exchanged where undoing that brings the limbs at least this much nearer …
_EXCHANGE_GAIN = 0.6
# … and they are more than this share of the crop away.
_EXCHANGE_DISTANCE = 0.03
_LIMBS = np.array([POSE_LANDMARKS.index(name) for name in LIMB_JOINTS])
_MIRRORED_LIMBS = np.array([POSE_LANDMARKS.index(other_side(name)) for name in LIMB_JOINTS])


def every_frame(
    course: Course, steps: Steps, times: np.ndarray, frames: list[Frame], network: Predictor
) -> tuple[np.ndarray, BodyLandmarks]:
    """The person of ``course`` on every frame: indices in the chunk (n,), and n answers that see somebody.

    ``times`` (T,) s of all ``frames``.
    """
    seen = np.flatnonzero(course.ok)
    known, crops = steps.times[seen], course.landmarks.crops[seen]
    if course.start is not None and times[0] - course.start.time < _MAX_GAP:
        known, crops = np.append(course.start.time, known), np.concatenate([course.start.crop[None], crops])
    if not len(known):
        return np.zeros(0, int), course.landmarks.take(seen)
    index = np.flatnonzero(_covered(times, known))
    wanted = interpolate_crops(times[index], known, crops)
    answers, used = _first_look(course, steps, seen, index, wanted, frames, network)

    def look_again(rows: np.ndarray, through: np.ndarray) -> None:
        better = landmark_bodies(network, frames, index[rows], through)
        keep = better.presence >= np.minimum(answers.presence[rows], MIN_PRESENCE)
        answers.put(rows[keep], better.take(keep))

    off = np.flatnonzero((crop_difference(used, answers.crops) > _OFF_CROP) & (answers.presence >= MIN_PRESENCE))
    look_again(off, answers.crops[off])
    doubted = _doubted(course, steps, seen, times[index], answers, frames, network) | (answers.presence < MIN_PRESENCE)
    rows = np.flatnonzero(doubted)
    look_again(rows, _upright(wanted[rows]))
    keep = answers.presence >= MIN_PRESENCE
    return index[keep], answers.take(keep)


def _first_look(
    course: Course, steps: Steps, seen: np.ndarray, index: np.ndarray, wanted: np.ndarray, frames: list[Frame],
    network: Predictor,
) -> tuple[BodyLandmarks, np.ndarray]:  # fmt: skip
    """Answers for ``wanted`` (n, 4) crops of frames ``index`` (n,), and the crops used.

    Sparse frames whose crop was as good as the smoothed one keep their landmarks.
    """
    answers, used = BodyLandmarks.empty(len(index)), wanted.copy()
    done = np.zeros(len(index), bool)
    for s in seen:
        at = np.flatnonzero(index == steps.frames[s])
        if len(at) and crop_difference(wanted[at], course.used[[s]])[0] < _SAME_CROP:
            answers.put(at, course.landmarks.take(np.array([s])))
            done[at], used[at] = True, course.used[s]
    todo = np.flatnonzero(~done)
    answers.put(todo, landmark_bodies(network, frames, index[todo], wanted[todo]))
    return answers, used


def _doubted(
    course: Course, steps: Steps, seen: np.ndarray, clock: np.ndarray, answers: BodyLandmarks, frames: list[Frame],
    network: Predictor,
) -> np.ndarray:  # fmt: skip
    """(n,) frames at times ``clock`` whose left and right may be exchanged.

    They lie beside a step where the upright look says so, or are unlike the course between the steps.
    """
    turn = np.abs(wrap_angle(course.landmarks.crops[seen, 3]))
    asked = seen[(turn > _DOUBTED_TURNS[0]) & (turn < _DOUBTED_TURNS[1])]
    if not len(asked):
        return np.zeros(len(clock), bool)
    upright = landmark_bodies(network, frames, steps.frames[asked], _upright(course.landmarks.crops[asked]))
    limbs = course.landmarks.points[:, _LIMBS].copy()
    sizes = course.landmarks.crops[:, 2]
    wrong = _exchanged(limbs[asked], upright.points, sizes[asked]) & (upright.presence >= MIN_PRESENCE)
    doubtful = np.isin(seen, asked[wrong])
    if doubtful.any():
        limbs[asked[wrong]] = upright.points[wrong][:, _LIMBS]
    after = np.clip(np.searchsorted(steps.times[seen], clock), 0, len(seen) - 1)
    before = np.clip(np.searchsorted(steps.times[seen], clock, side="right") - 1, 0, len(seen) - 1)
    flat = limbs[seen].reshape(len(seen), -1)
    course_limbs = np.stack([np.interp(clock, steps.times[seen], column) for column in flat.T], 1)
    course_limbs = course_limbs.reshape(len(clock), len(_LIMBS), 2)
    jumped = _exchanged(course_limbs, answers.points, np.interp(clock, steps.times[seen], sizes[seen]))
    return doubtful[after] | doubtful[before] | jumped


def _exchanged(limbs: np.ndarray, points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(n,) whether ``points`` (n, 33, 2) have left and right exchanged against ``limbs`` (n, 12, 2).

    ``sizes`` (n,) of the crops, px, for what counts as apart.
    """
    same = np.linalg.norm(points[:, _LIMBS] - limbs, axis=-1).mean(1)
    other = np.linalg.norm(points[:, _MIRRORED_LIMBS] - limbs, axis=-1).mean(1)
    return (same > _EXCHANGE_DISTANCE * sizes) & (other < _EXCHANGE_GAIN * same)


def _upright(crops: np.ndarray) -> np.ndarray:
    """The crops turned less far and a little closer."""
    return crops * np.array([1.0, 1.0, _UPRIGHT_SIZE, 1.0]) - np.outer(
        (1.0 - _UPRIGHT_TURN) * wrap_angle(crops[:, 3]), [0.0, 0.0, 0.0, 1.0]
    )


def _covered(times: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(T,) which frames lie between sightings not too far apart, or soon after or before one."""
    after = np.searchsorted(known, times, side="left")
    before = np.searchsorted(known, times, side="right") - 1
    since = np.where(before >= 0, times - known[np.maximum(before, 0)], np.inf)
    until = np.where(after < len(known), known[np.minimum(after, len(known) - 1)] - times, np.inf)
    return (since + until <= _MAX_GAP) | (np.minimum(since, until) < _MAX_HOLD)
