"""Motions for synthetic footage, each as SMPL-H parameters of one body on a flat floor.

Sources: an authored motion by name, or a file: joint positions (``../shared/mocap``'s layout), BVH, AMASS, a take.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..body.numpy_model import BodyModel
from ..errors import BadInputError
from ..take import SmplMotion
from .authored.role import Role, animate, walk_line

Array = NDArray[np.floating]

AUTHORED: tuple[str, ...] = ("walk",)


@dataclass(frozen=True)
class Box:
    """Something solid that the motion needs, such as a seat: ``centre`` and ``size`` (3,) m, world, turned by
    ``heading`` rad about the vertical."""

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    heading: float = 0.0


@dataclass(frozen=True)
class Motion:
    """One person's motion: ``smpl`` in a Z-up world, metres, floor at z = 0, float32.

    At frame 0 the pelvis is above the origin and the body faces −Y; ``placed`` moves it elsewhere. ``fit_error_mm``:
    mean distance of the body's joints from the source's bones laid along the body's own lengths; 0 where the source is
    parameters already. ``source`` names the file and clip or the authored motion; ``licence`` is the credit line its
    source asks for. ``props``: what the body sits on, in the same place as the motion.
    """

    smpl: SmplMotion
    fit_error_mm: float
    source: str
    licence: str
    props: tuple[Box, ...] = ()

    @property
    def frame_count(self) -> int:
        return len(self.smpl.transl)


def load_motion(
    source: str | Path, body: BodyModel, betas: Array, fps: Fraction, frames: int, rng: np.random.Generator
) -> Motion:
    """``frames`` frames at ``fps`` of ``source`` performed by ``body`` with ``betas`` (10,).

    ``source``: the name of an authored motion (``AUTHORED``), or a file: ``clips.npz#clipname`` or ``#index`` of joint
    positions, ``.bvh``, AMASS ``.npz``, ``.take.npz#person``. ``@seconds`` at the end says where to begin; without it
    ``rng`` chooses. The same arguments and the same state of ``rng`` give the same motion.

    Raises BadInputError for an unknown name, an unreadable file, an unknown clip or one that is too short.
    """
    if str(source) not in AUTHORED:
        raise BadInputError(f"There is no motion {source}.", f"Authored: {', '.join(AUTHORED)}.")
    start, steps = walk_line((0.0, 0.0), 0.0, "left", 0.3, 1 + round(frames / float(fps) / 0.54), 0.6)
    role = Role(np.asarray(betas, float), start, 0.0, steps, phase=float(rng.uniform(0, 6.28)))
    motion = animate(role, body, frames / float(fps), float(fps))
    small = {key: value.astype(np.float32) for key, value in motion.items()}
    return Motion(SmplMotion(**small), 0.0, str(source), "authored for Understudy, GPL-3.0-or-later")


def placed(motion: Motion, body: BodyModel, heading: float, place: tuple[float, float]) -> Motion:
    """The motion turned by ``heading`` rad about the vertical, counterclockwise from above, and moved by ``place`` m."""
    smpl = motion.smpl
    turn, shift = Rotation.from_euler("z", heading), np.array([*place, 0.0])
    rest = body.joints(smpl.betas)[0]
    orient = turn * Rotation.from_rotvec(smpl.global_orient.astype(np.float64))
    moved = replace(
        smpl,
        global_orient=orient.as_rotvec().astype(np.float32),
        transl=(turn.apply(smpl.transl + rest) + shift - rest).astype(np.float32),
    )
    props = tuple(
        Box(tuple((turn.apply(box.centre) + shift).tolist()), box.size, box.heading + heading) for box in motion.props
    )
    return replace(motion, smpl=moved, props=props)
