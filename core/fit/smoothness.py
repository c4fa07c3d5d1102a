"""How people move: accelerations of the root and of every joint that are to be expected."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_axis_angle
from .blocks import Blocks
from .prior import PRIOR_JOINTS, load_prior
from .terms import Pose

Array = NDArray[np.floating]

# Usual accelerations: of the root m/s², of joints that motion capture does not tell of rad/s².
_ROOT = 3.0
_JOINTS = {"pelvis": 12.0, "wrist": 30.0, "foot": 25.0}
# No axis of a joint is stiffer (rad/s²), however still motion capture keeps it.
_LEAST = 6.0


@dataclass(frozen=True)
class Acceleration:
    """Second differences of all unknowns: ``weights`` (T − 2, n), ``coefficients`` (T − 2, 3) of three frames in
    1/s², and what they are ``now`` (T − 2, n)."""

    weights: Array
    coefficients: Array
    now: Array

    @classmethod
    def of(cls, pose: Pose, timestamps: Array, blocks: Blocks) -> Acceleration:
        """Of a pose as it is, on uneven ``timestamps`` (T,) s."""
        step = np.diff(np.asarray(timestamps, np.float64))
        before, after = step[:-1], step[1:]
        both = before + after
        coefficients = np.stack([2 / (before * both), -2 / (before * after), 2 / (after * both)], axis=1)
        local = pose.rotations[:, blocks.leaders]
        # The turn from frame to frame, in the later frame's axes: first order in the unknowns' own changes.
        turns = matrix_to_axis_angle(np.swapaxes(local[:-1], -1, -2) @ local[1:]).reshape(len(step), -1)
        rates = np.concatenate([np.diff(pose.transl, axis=0), turns], axis=1) / step[:, None]
        now = (rates[1:] - rates[:-1]) * (2 / both)[:, None]
        return cls(np.sqrt(both / 2)[:, None] / _usual(blocks), coefficients, now)


def _usual(blocks: Blocks) -> Array:
    """(n,) acceleration to expect of each unknown, in units in which evidence of one second counts 30 frames."""
    learnt = dict(zip(PRIOR_JOINTS, load_prior().acceleration, strict=True))
    usual = [np.full(3, _ROOT)]
    for names in blocks.names:
        if names[0] in learnt:
            usual.append(np.maximum(learnt[names[0]], _LEAST))
        else:
            usual.append(np.full(3, next(value for part, value in _JOINTS.items() if part in names[0])))
    return np.concatenate(usual) / np.sqrt(30.0)
