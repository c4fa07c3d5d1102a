"""Spikes and gaps, replaced by the smoothest motion through the frames around them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..rotation import continuous_quaternions, normalise
from . import spline
from .base import Edit, influence, mix, number
from .clarity import clarity
from .motion import JOINTS, Motion

Array = NDArray[Any]

# A cutoff well above any frame rate: the spline then runs through every frame that is kept.
_THROUGH_HZ = 2e3
# A spike of a rotation is at least this large, rad, and one of the pelvis this many metres: below it is not seen.
_SMALLEST_TURN, _SMALLEST_STEP = 0.05, 0.02


@dataclass(frozen=True)
class Repair(Edit):
    """``spikes`` 0…1: how readily a jump away and back counts as one; 0 leaves them. ``spike_s``: the longest of them.

    ``unclear`` 0…1: joints seen less clearly than this share of their better moments are taken from their neighbours in
    time, over at most ``gap_s`` seconds; 0 leaves them.
    """

    kind: ClassVar[str] = "repair"
    label: ClassVar[str] = "Repair spikes and gaps"

    spikes: float = number(0.5, 0, 1)
    spike_s: float = number(0.12, 0.02, 0.5)
    unclear: float = number(0.5, 0, 1)
    gap_s: float = number(1.0, 0, 10)

    def edited(self, motion: Motion) -> Motion:
        if motion.frame_count < 5:
            return motion
        inside = influence(motion, self, fade_s=0.0) > 0
        bad = np.zeros((motion.frame_count, JOINTS), bool)
        bad_pelvis = np.zeros((motion.frame_count, 1), bool)
        turned = continuous_quaternions(motion.rotations)
        if self.spikes > 0:
            window = max(1, round(self.spike_s / motion.frame_s))
            bad |= spikes(turned, window, self.spikes, _SMALLEST_TURN, turn)
            bad_pelvis |= spikes(motion.pelvis[:, None], window, self.spikes, _SMALLEST_STEP, distance)
        unsure = clarity(motion) < self.unclear
        bad |= short_runs(unsure, motion.timestamps, self.gap_s)
        bad_pelvis |= short_runs((motion.present < 0.5)[:, None], motion.timestamps, self.gap_s)
        bad &= inside[:, None]
        bad_pelvis &= inside[:, None]
        return self._without(motion, turned, bad, bad_pelvis)

    def _without(self, motion: Motion, turned: Array, bad: Array, bad_pelvis: Array) -> Motion:
        rotations, pelvis = motion.rotations.copy(), motion.pelvis
        joints = np.flatnonzero(bad.any(axis=0) & (~bad).any(axis=0))
        if len(joints):
            kept = np.where(bad[:, joints], 0.0, 1.0)
            filled = spline.smooth(turned[:, joints], motion.timestamps, _THROUGH_HZ, kept)
            rotations[:, joints] = np.where(bad[:, joints, None], normalise(filled), rotations[:, joints])
        if bad_pelvis.any() and not bad_pelvis.all():
            filled = spline.smooth(pelvis[:, None], motion.timestamps, _THROUGH_HZ, np.where(bad_pelvis, 0.0, 1.0))
            pelvis = np.where(bad_pelvis, filled[:, 0], pelvis)
        return mix(motion, motion.replace(rotations=rotations, pelvis=pelvis), np.ones(motion.frame_count))


def spikes(values: Array, window: int, readiness: float, smallest: float, measure: Any) -> Array:
    """Frames (T, N) of values (T, N, D) that leave and come back within ``window`` frames.

    A frame is one when it lies further from the straight way between the frames before and after the window than
    10 (readiness 0) to 2.5 (readiness 1) times that channel's usual distance (Hampel 1974, on the way between
    neighbours instead of a median, which would clip the top of every swing), and than ``smallest``.
    """
    frames = len(values)
    reach = window // 2 + 1
    found = np.zeros(values.shape[:2], bool)
    if frames < 2 * reach + 1:
        return found
    middle = np.arange(reach, frames - reach)
    before, after = values[middle - reach], values[middle + reach]
    away = measure(values[middle], before / 2 + after / 2)
    # A swing that turns around is as far from that way, but keeps its distance for longer than the window.
    span = measure(before, after)
    usual = np.median(away, axis=0)
    limit = (10.0 - 7.5 * readiness) * np.maximum(usual, 1e-9)
    found[middle] = (away > np.maximum(limit, smallest)) & (away > span) & _jumps(values, measure, smallest)[middle]
    return found


def _jumps(values: Array, measure: Any, smallest: float) -> Array:
    """Frames (T, N) within a step of a sudden one: motion that speeds up has larger steps on both sides of it."""
    steps = measure(values[1:], values[:-1])
    usual = np.median(steps, axis=0)
    sudden = steps > np.maximum(4 * usual, smallest / 2)
    near = np.zeros(values.shape[:2], bool)
    near[:-1] |= sudden
    near[1:] |= sudden
    return near


def turn(a: Array, b: Array) -> Array:
    """Angle (…) rad between quaternions (…, 4); ``b`` need not be of unit length. Exact to 1e-7, far below a spike."""
    cosine = np.abs(np.einsum("...i,...i->...", a, b)) / np.sqrt(np.einsum("...i,...i->...", b, b))
    return 2 * np.arccos(np.minimum(cosine, 1.0))


def distance(a: Array, b: Array) -> Array:
    """Distance (…) between points (…, 3)."""
    return np.linalg.norm(a - b, axis=-1)


def short_runs(flags: Array, timestamps: Array, longest_s: float) -> Array:
    """The runs of true in flags (T, N) that last at most ``longest_s`` seconds from the last good frame to the next."""
    frames = len(flags)
    kept = np.zeros_like(flags)
    for channel in np.flatnonzero(flags.any(axis=0)):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], flags[:, channel], [False]]).astype(np.int8)))
        first, stop = edges[0::2], edges[1::2]
        lasting = timestamps[np.minimum(stop, frames - 1)] - timestamps[np.maximum(first - 1, 0)]
        short = lasting <= longest_s
        change = np.zeros(frames + 1, np.int8)
        change[first[short]] = 1
        change[stop[short]] = -1
        kept[:, channel] = np.cumsum(change[:-1]) > 0
    return kept
