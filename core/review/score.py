"""How good a take is, in one number that an animator can sort takes by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..edit.motion import Motion
from .problems import Problem

_BODY = 22
# A problem of this severity or worse spoils its frames.
_SPOILS = 0.3


def score(motion: Motion, problems: Sequence[Problem]) -> float:
    """0…100: the mean confidence of the 22 body joints where the person should be, less half of the spoiled frames.

    A take in which every joint is certain and nothing is wrong has 100; one with a problem in every frame has at most
    50.
    """
    certainty = float(np.mean(motion.confidence[:, :_BODY].mean(axis=1) * motion.present))
    spoiled = np.zeros(motion.frame_count, bool)
    for problem in problems:
        if problem.severity >= _SPOILS:
            spoiled[problem.start : problem.end + 1] = True
    return 100 * certainty * (1 - 0.5 * float(spoiled.mean()))


def verdict(value: float) -> str:
    """A score in words."""
    return "good" if value >= 75 else "usable" if value >= 50 else "needs work"
