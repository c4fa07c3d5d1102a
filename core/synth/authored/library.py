"""The authored motions by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...body.numpy_model import BodyModel
from ..props import Box
from . import hands
from .dancing import dance
from .fighting import punch
from .figure import Build, Score, clock, parameters
from .ground import kneel, lie_down
from .jumping import jump
from .sitting import sit
from .walking import leave_and_return, run, walk

Array = NDArray[np.floating]
Author = Callable[[Array, Build, np.random.Generator], Score | tuple[Score, tuple[Box, ...]]]

_AUTHORS: dict[str, Author] = {
    "walk": walk,
    "run": run,
    "jump": jump,
    "dance": dance,
    "punch": punch,
    "sit": sit,
    "lie_down": lie_down,
    "kneel": kneel,
    "leave_and_return": leave_and_return,
    "hand_shapes": hands.shapes,
    "signs": hands.signs,
    "grasps": hands.grasps,
    "crossed_hands": hands.crossed,
}
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
    made = _AUTHORS[name](t, build, rng)
    score, props = made if isinstance(made, tuple) else (made, ())
    pose, transl = parameters(score, build)
    return Act(pose[wanted], transl[wanted], props)
