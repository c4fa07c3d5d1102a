"""Fewer keys, with a bound on how far any joint strays in millimetres."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..rotation import continuous_quaternions, normalise
from .base import Edit, number
from .motion import JOINTS, Motion, forward

Array = NDArray[Any]

BODY = 22
# The body's keys may use this share of the bound, the fingers' keys the rest: a finger's error is both together.
_BODY_SHARE = 0.75


@dataclass(frozen=True)
class Reduce(Edit):
    """Keys only where they are needed: no joint strays more than ``tolerance_mm`` in any frame.

    The motion itself is untouched; body and each hand get keys of their own, with handles that follow the motion.
    """

    kind: ClassVar[str] = "reduce"
    label: ClassVar[str] = "Fewer keys"

    tolerance_mm: float = number(5.0, 0.1, 100)

    def edited(self, motion: Motion) -> Motion:
        return motion.replace(key_tolerance_mm=self.tolerance_mm)


@dataclass(frozen=True, eq=False)
class Keys:
    """Indices of the frames that keep a key: the body's 22 joints and the root, and the fingers of each hand."""

    body: Array
    left_hand: Array
    right_hand: Array

    def of_joint(self, joint: int) -> Array:
        """Frames with a key of one of the 52 joints."""
        return self.body if joint < BODY else self.left_hand if joint < BODY + 15 else self.right_hand


def reduced(motion: Motion) -> Generator[None, None, Keys]:
    """The keys that stay within ``motion.key_tolerance_mm``, a short piece of work per step; returns them.

    Top-down splitting (Ramer 1972; Douglas and Peucker 1973) of cubic segments whose slopes at their ends are the
    motion's own, checked in every frame by forward kinematics.
    """
    bound = motion.key_tolerance_mm / 1000
    groups = {
        "body": (np.arange(BODY), bound * _BODY_SHARE),
        "left_hand": (np.arange(BODY, BODY + 15), bound * (1 - _BODY_SHARE)),
        "right_hand": (np.arange(BODY + 15, JOINTS), bound * (1 - _BODY_SHARE)),
    }
    turned = continuous_quaternions(motion.rotations)
    motion = dataclasses.replace(motion, rotations=turned)
    positions = motion.joints()
    found = {}
    for name, (joints, limit) in groups.items():
        found[name] = yield from _split(motion, positions, joints, limit)
    return Keys(**found)


def _split(motion: Motion, positions: Array, joints: Array, limit: float) -> Generator[None, None, Array]:
    frames = motion.frame_count
    keyed = np.zeros(frames, bool)
    keyed[[0, -1]] = True
    open_frames = ~keyed
    while open_frames.any():
        inner = np.flatnonzero(open_frames)
        error = _errors(motion, positions, joints, np.flatnonzero(keyed), inner)
        yield
        keys = np.flatnonzero(keyed)
        segment = np.searchsorted(keys, inner) - 1
        worst = np.zeros(len(keys))
        np.maximum.at(worst, segment, error)
        # Closed segments are final: a key elsewhere does not change them, for slopes come from the motion.
        failing = worst[segment] > limit
        open_frames[inner[~failing]] = False
        for one in np.unique(segment[failing]):
            members = np.flatnonzero(segment == one)
            split = inner[members[np.argmax(error[members])]]
            keyed[split] = True
            open_frames[split] = False
    return np.flatnonzero(keyed)


def _errors(motion: Motion, positions: Array, joints: Array, keys: Array, frames: Array) -> Array:
    """Largest distance (n,) m of any joint from ``positions`` when ``joints`` play from ``keys`` alone."""
    local = motion.rotations[frames].copy()
    local[:, joints] = normalise(hermite(motion.rotations[:, joints], motion.timestamps, keys, frames))
    pelvis = motion.pelvis[frames]
    if 0 in joints:
        pelvis = hermite(motion.pelvis, motion.timestamps, keys, frames)
    moved = forward(local, pelvis, motion.rest * motion.scale)[1]
    return np.linalg.norm(moved - positions[frames], axis=-1).max(axis=1)


def hermite(values: Array, timestamps: Array, keys: Array, frames: Array) -> Array:
    """Values (n, …) at ``frames`` of the cubics through ``values[keys]`` with the motion's slopes there."""
    slope = slopes(values, timestamps)
    after = np.clip(np.searchsorted(keys, frames, side="right"), 1, len(keys) - 1)
    a, b = keys[after - 1], keys[after]
    shape = (-1, *(1,) * (values.ndim - 1))
    length = (timestamps[b] - timestamps[a]).reshape(shape)
    s = (timestamps[frames] - timestamps[a]).reshape(shape) / length
    return (
        (1 + 2 * s) * (1 - s) ** 2 * values[a]
        + s * (1 - s) ** 2 * length * slope[a]
        + s**2 * (3 - 2 * s) * values[b]
        + s**2 * (s - 1) * length * slope[b]
    )


def slopes(values: Array, timestamps: Array) -> Array:
    """Change per second (T, …) of values (T, …): central differences, one-sided at the ends."""
    return np.gradient(values, timestamps, axis=0) if len(values) > 1 else np.zeros_like(values)
