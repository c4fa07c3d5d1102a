"""What is wrong with a take as its curves show it, found once for every list of edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy

from . import cleanup
from .scene import takes

if TYPE_CHECKING:
    from ..core.review.problems import Problem

_KEPT = 4


@dataclass(frozen=True)
class Found:
    """One problem of one person; ``frame`` is a scene frame."""

    person: str
    frame: int
    problem: Problem


@dataclass(frozen=True)
class Review:
    """All problems of a take, the worst first, and its score 0…100: the mean of its people's."""

    found: tuple[Found, ...]
    score: float

    def ordered(self, by_time: bool) -> tuple[Found, ...]:
        """The problems in the order in which they are visited."""
        return tuple(sorted(self.found, key=lambda one: one.frame)) if by_time else self.found


_reviews: dict[tuple[int, str], Review] = {}


def known(take: bpy.types.Collection) -> Review | None:
    """The review of the take as it is now, None while it was not asked for."""
    return _reviews.get((take.session_uid, cleanup.wanted(take)))


def review(take: bpy.types.Collection) -> Review:
    """Finds the problems of a take. Raises UnderstudyError where its file is gone."""
    from ..core.review.problems import find_problems
    from ..core.review.score import score

    key = (take.session_uid, cleanup.wanted(take))
    if key not in _reviews:
        found, scores = [], []
        for person, motion in cleanup.motions(take).items():
            problems = find_problems(motion)
            scores.append(score(motion, problems))
            for problem in problems:
                seconds = float(motion.timestamps[problem.frame])
                found.append(Found(person, round(takes.frame_at(take, seconds)), problem))
        found.sort(key=lambda one: -one.problem.severity)
        _reviews[key] = Review(tuple(found), sum(scores) / len(scores) if scores else 0.0)
        while len(_reviews) > _KEPT:
            del _reviews[next(iter(_reviews))]
    return _reviews[key]


def forget() -> None:
    """Lets go of all reviews."""
    _reviews.clear()
