"""What the solve takes from a track: its measurements, with short exchanges of left and right undone.

A landmark network sometimes sees a front as a back for a few frames: every left landmark then jumps to the right side
and back. The take keeps what was measured; only the solve reads it corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..skeleton import KEYPOINT_INDEX, KEYPOINTS, LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS, other_side
from ..smooth.filter import fill_gaps

if TYPE_CHECKING:
    from ..track.identity import PersonTrack

Array = NDArray[np.floating]

_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_LEFT = np.array([KEYPOINT_INDEX[f"left_{part}"] for part in _LIMBS])
_RIGHT = np.array([KEYPOINT_INDEX[f"right_{part}"] for part in _LIMBS])
_HANDS = (LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS)
# An exchange that lasts longer is a turn of the person that the network saw late.
_LONGEST_EXCHANGE = 1.0
# Memory (s) of where the limbs were; a jump must be this far (shares of the box and of 1.7 m) and this much better
# undone.
_MEMORY, _JUMP, _GAIN = 0.08, 0.04, 0.6
_EXCHANGED_TRUST = 0.5


@dataclass(frozen=True)
class Observation:
    """keypoints2d (T, 75, 2) px, confidence (T, 75) with 0 where not measured, keypoints3d (T, 75, 3) m camera axes,
    box_side (T,) px, the longer side of the person's box, gaps filled; box_centre (T, 2) px; hand_score (T, 2)
    probability that the hand is there."""

    keypoints2d: Array
    confidence: Array
    keypoints3d: Array
    box_side: Array
    box_centre: Array
    hand_score: Array


def observe(track: PersonTrack, timestamps: Array) -> Observation:
    """The measurements of a track, exchanges of sides undone and believed less."""
    keypoints2d, keypoints3d = np.array(track.keypoints2d, np.float64), np.array(track.keypoints3d, np.float64)
    measured = np.isfinite(keypoints2d).all(-1)
    confidence = np.where(measured, np.clip(np.nan_to_num(track.confidence), 0, 1), 0.0).astype(np.float64)
    boxes = np.asarray(track.boxes, np.float64)
    known = np.asarray(np.isfinite(boxes).all(axis=-1))
    if known.any():
        boxes = fill_gaps(boxes[:, None], known[:, None], timestamps)[:, 0]
    # Of a motion that came without footage there is no box, and nothing that its size could matter to.
    side = np.fmax(np.maximum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]), 1.0)

    exchanged = exchanged_frames(keypoints2d / side[:, None, None], keypoints3d / 1.7, confidence, timestamps)
    for array in (keypoints2d, confidence, keypoints3d):
        array[exchanged] = array[exchanged][:, _MIRRORED]
    hand_score = np.stack([confidence[:, hand].max(1) for hand in _HANDS], axis=-1)
    confidence[exchanged] *= _EXCHANGED_TRUST
    # Where a wrist is seen its hand is there, though folded away from the hand network, and carries the solved pose.
    wrists = confidence[:, [KEYPOINT_INDEX["left_wrist"], KEYPOINT_INDEX["right_wrist"]]]
    hand_score = np.where((hand_score > 0).any(0), np.maximum(hand_score, wrists), 0.0)
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    return Observation(keypoints2d, confidence, keypoints3d, side, centre, hand_score)


def exchanged_frames(pixels: Array, points: Array, confidence: Array, timestamps: Array) -> NDArray[np.bool_]:
    """(T,) True where left and right are exchanged for a moment.

    pixels (T, 75, 2) in box sides, points (T, 75, 3) in statures, confidence (T, 75), timestamps (T,) s.
    """
    place = np.concatenate([pixels, points], axis=-1)
    sides = np.stack([place[:, _LEFT], place[:, _RIGHT]], axis=1)
    usable = np.isfinite(sides).all((1, 2, 3)) & (confidence[:, np.r_[_LEFT, _RIGHT]].mean(1) > 0.3)
    swapped = np.zeros(len(pixels), bool)
    frames = np.flatnonzero(usable)
    if len(frames) < 3:
        return swapped
    reference, last = sides[frames[0]], timestamps[frames[0]]
    for frame in frames[1:]:
        same = np.abs(sides[frame] - reference).mean()
        other = np.abs(sides[frame, ::-1] - reference).mean()
        swapped[frame] = same > _JUMP and other < _GAIN * same
        step = timestamps[frame] - last
        last = timestamps[frame]
        seen = sides[frame, ::-1] if swapped[frame] else sides[frame]
        reference = reference + (1 - np.exp(-step / _MEMORY)) * (seen - reference)
    return _short_runs(swapped, timestamps)


def _short_runs(swapped: NDArray[np.bool_], timestamps: Array) -> NDArray[np.bool_]:
    """Only runs that both begin and end inside the clip and last at most the longest exchange."""
    padded = np.concatenate([[False], swapped, [False]]).astype(int)
    begins, ends = np.flatnonzero(np.diff(padded) == 1), np.flatnonzero(np.diff(padded) == -1)
    kept = np.zeros_like(swapped)
    for begin, end in zip(begins, ends, strict=True):
        if begin > 0 and end < len(swapped) and timestamps[end] - timestamps[begin] <= _LONGEST_EXCHANGE:
            kept[begin:end] = True
    return kept


_MIRRORED = np.array([KEYPOINT_INDEX[other_side(name)] for name in KEYPOINTS])
