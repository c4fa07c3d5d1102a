"""How good a take is, in one number that an animator can sort takes by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..edit.motion import Motion
from .problems import Problem

_BODY = 22
# One camera is this sure of a body that it sees clearly all the time: what can be reached counts as full.
_REACHED = 0.5
# A problem of a body joint of this severity or worse spoils its frames.
_SPOILS = 0.3


def score(motion: Motion, problems: Sequence[Problem]) -> float:
    """0…100: how sure the 22 body joints are where the person should be, less half of the spoiled frames.

    Sure is a mean confidence of 0.5 or more: as likely as not within 50 mm in the world, which is what a single camera
    reaches. A take with a problem in every frame has at most 50.
    """
    sure = np.minimum(motion.confidence[:, :_BODY].mean(axis=1) / _REACHED, 1.0)
    spoiled = np.zeros(motion.frame_count, bool)
    for problem in problems:
        if problem.severity >= _SPOILS and problem.joint < _BODY:
            spoiled[problem.start : problem.end + 1] = True
    return 100 * float(np.mean(sure * motion.present)) * (1 - 0.5 * float(spoiled.mean()))


def verdict(value: float) -> str:
    """A score in words."""
    return "good" if value >= 75 else "usable" if value >= 50 else "needs work"
