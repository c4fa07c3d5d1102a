"""The authored motions by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...body.numpy_model import BodyModel
from ..props import Box
from .figure import Build, Score, clock, parameters
from .walking import leave_and_return, run, walk

Array = NDArray[np.floating]
Author = Callable[[Array, Build, np.random.Generator], Score]

_AUTHORS: dict[str, Author] = {"walk": walk, "run": run, "leave_and_return": leave_and_return}
AUTHORED: tuple[str, ...] = tuple(_AUTHORS)


@dataclass(frozen=True)
class Act:
    """pose (T, 52, 3) axis-angle, transl (T, 3) m, and what the motion rests on."""

    pose: Array
    transl: Array
    props: tuple[Box, ...] = ()


def act(name: str, body: BodyModel, betas: Array, fps: float, frames: int, rng: np.random.Generator) -> Act:
    """``frames`` frames at ``fps`` of an authored motion; one of another length is another motion, not a part of it."""
    t, wanted = clock(frames, fps)
    build = Build.of(body, betas)
    score = _AUTHORS[name](t, build, rng)
    pose, transl = parameters(score, build)
    return Act(pose[wanted], transl[wanted])
