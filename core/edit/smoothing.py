"""Smoothing with a strength per body part, that leaves punches and kicks alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..rotation import continuous_quaternions, normalise
from . import spline
from .base import Edit, choice, influence, mix, number
from .motion import Motion
from .parts import PARTS, part_joints

Array = NDArray[Any]

# Cutoffs in Hz of strength just above 0 and of 1. Walking has its energy below 6 Hz (Winter, Biomechanics and Motor
# Control of Human Movement, ch. 2); 0.7 Hz leaves a drift.
_WEAKEST_HZ, _STRONGEST_HZ = 12.0, 0.7
# Length over which motion is told from noise, and how far above the noise it must be to be kept whole.
_WINDOW_S = 0.25
_NOISE_MARGIN = 4.0


@dataclass(frozen=True)
class Smooth(Edit):
    """Strengths 0…1 per part; 0 leaves it alone. ``peaks`` 0…1: how much of fast, clear motion is kept as it was.

    ``side`` limits arms, legs and hands to one side.
    """

    kind: ClassVar[str] = "smooth"
    label: ClassVar[str] = "Smooth"

    root: float = number(0.3, 0, 1)
    torso: float = number(0.4, 0, 1)
    arms: float = number(0.4, 0, 1)
    legs: float = number(0.3, 0, 1)
    hands: float = number(0.6, 0, 1)
    peaks: float = number(0.8, 0, 1)
    side: str = choice("both", "left", "right")

    def edited(self, motion: Motion) -> Motion:
        if motion.frame_count < 3:
            return motion
        strengths = {part: float(getattr(self, part)) for part in PARTS}
        chosen = [(j, strength) for part, strength in strengths.items() if strength > 0 for j in self._joints(part)]
        if not chosen:
            return motion
        joints = np.array([j for j, _ in chosen])
        cutoffs = cutoff_hz(np.array([strength for _, strength in chosen]))
        before = continuous_quaternions(motion.rotations[:, joints])
        moves = strengths["root"] > 0
        if moves:
            # The pelvis' place goes along as one more channel: all are solved at once.
            place = np.concatenate([motion.pelvis, np.zeros((motion.frame_count, 1))], axis=1)
            before = np.concatenate([before, place[:, None]], axis=1)
            cutoffs = np.append(cutoffs, cutoff_hz(np.array(strengths["root"])))
        after = keep_peaks(before, motion.timestamps, cutoffs, self.peaks)
        rotations = motion.rotations.copy()
        rotations[:, joints] = normalise(after[:, : len(joints)])
        pelvis = after[:, -1, :3] if moves else motion.pelvis
        return mix(motion, motion.replace(rotations=rotations, pelvis=pelvis), influence(motion, self))

    def _joints(self, part: str) -> tuple[int, ...]:
        return part_joints(part, self.side)


def cutoff_hz(strength: Array) -> Array:
    """Half-gain frequency of a strength in 0…1: even steps in octaves."""
    return _WEAKEST_HZ * (_STRONGEST_HZ / _WEAKEST_HZ) ** np.asarray(strength, np.float64)


def keep_peaks(values: Array, timestamps: Array, cutoffs: Array, peaks: float) -> Array:
    """Low-pass of values (T, N, D), cutoffs (N,) Hz, that gives back what the filter took where it was motion.

    What the filter takes away is noise where its energy stays at the channel's usual level, and motion where it stands
    out. The share given back is Lee's local Wiener gain (Lee 1980), from the energy in a window of 0.25 s and the
    channel's median energy as noise; ``peaks`` 0…1 scales it. The detail itself gets a light low-pass, so that noise
    does not ride on a punch.
    """
    smoothed = spline.smooth(values, timestamps, cutoffs)
    if peaks <= 0:
        return smoothed
    detail = values - smoothed
    energy = window_mean(np.einsum("tnd,tnd->tn", detail, detail), timestamps, _WINDOW_S)
    noise = _NOISE_MARGIN * np.median(energy, axis=0) + 1e-18
    gain = peaks * np.clip(1 - noise / np.maximum(energy, 1e-18), 0.0, 1.0)
    # Triangular weights over three samples take half of the noise and next to nothing of a 0.1 s movement.
    light = np.array(detail)
    light[1:-1] = 0.25 * detail[:-2] + 0.5 * detail[1:-1] + 0.25 * detail[2:]
    return smoothed + gain[..., None] * light


def window_mean(values: Array, timestamps: Array, window_s: float) -> Array:
    """Mean of values (T, …) over the frames within ``window_s`` seconds, centred; shorter at the ends."""
    total = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
    first = np.searchsorted(timestamps, timestamps - window_s / 2, side="left")
    last = np.searchsorted(timestamps, timestamps + window_s / 2, side="right")
    return (total[last] - total[first]) / (last - first).reshape(-1, *(1,) * (values.ndim - 1))
