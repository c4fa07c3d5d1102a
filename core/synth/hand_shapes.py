"""Named hand shapes as finger joint angles, the same for both hands by mirroring.

A finger's angles in degrees: flexion at the knuckle, the middle and the end joint, and the spread at the knuckle away
from the middle finger. The thumb's: its root towards the palm's other side (opposition) and out of the palm's plane
(abduction), then flexion at its two hinges. All within the ranges of core/fit/hands.py: the solver that undoes them
must find them again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..body.numpy_model import BodyModel
from ..errors import BadInputError
from ..rotation import axis_angle_to_matrix, matrix_to_axis_angle, normalise
from ..skeleton import FINGERS, JOINT_INDEX

Array = NDArray[np.floating]


@dataclass(frozen=True)
class HandShape:
    """Degrees: (knuckle, middle, end, spread) of four fingers; (opposition, abduction, middle, end) of the thumb."""

    index: tuple[float, float, float, float]
    middle: tuple[float, float, float, float]
    ring: tuple[float, float, float, float]
    pinky: tuple[float, float, float, float]
    thumb: tuple[float, float, float, float]


_STRAIGHT = (2.0, 3.0, 2.0)
_CLOSED = (76.0, 95.0, 48.0)


def _straight(spread: float = 0.0) -> tuple[float, float, float, float]:
    return (*_STRAIGHT, spread)


def _closed() -> tuple[float, float, float, float]:
    return (*_CLOSED, 0.0)


_ASIDE = (4.0, 4.0, 4.0, 6.0)  # a thumb beside the flat hand
_UP = (-8.0, -4.0, -4.0, -6.0)
# Laid over what is closed: all four fingers, all but the index, the two outer ones, the palm.
_OVER_FOUR, _OVER_THREE = (-2.0, -6.0, 40.0, 76.0), (14.0, -1.0, 40.0, 73.0)
_OVER_TWO, _OVER_PALM = (31.0, 4.0, 40.0, 57.0), (42.0, 2.0, 40.0, 48.0)

_FIST = HandShape(_closed(), (78, 98, 50, 0), _closed(), (72, 90, 45, 0), _OVER_FOUR)
_FLAT = HandShape(_straight(-3), _straight(), _straight(-4), _straight(-8), _ASIDE)
_TIP_TO_TIP = HandShape((52, 48, 26, 0), _straight(1), _straight(6), _straight(12), (14, 36, 3, 22))
_TWO_UP = replace(_FIST, index=_straight(12), middle=_straight(-8), thumb=_OVER_TWO)
SHAPES: dict[str, HandShape] = {
    "flat": _FLAT,
    "relaxed": HandShape((18, 26, 14, 2), (24, 30, 16, 0), (28, 32, 18, 1), (30, 32, 18, 3), (8, 8, 10, 12)),
    "spread": HandShape(_straight(14), _straight(1), _straight(10), _straight(22), (-6, 2, -2, -4)),
    "blade": replace(_FLAT, thumb=(0, -26, 0, 0)),
    "open_thumb": replace(_FLAT, thumb=(-10, 25, -5, -5)),
    "fist": _FIST,
    "thumbs_up": replace(_FIST, thumb=_UP),
    "point": replace(_FIST, index=_straight(), thumb=_OVER_THREE),
    "ok": _TIP_TO_TIP,
    "pinch": HandShape((54, 48, 26, 0), (58, 52, 30, 0), (62, 58, 34, 0), (62, 60, 34, 0), (26, 25, 17, 16)),
    "claw": HandShape((4, 72, 46, 12), (4, 74, 46, 1), (6, 74, 46, 8), (8, 72, 46, 18), (0, 14, 18, 26)),
    "v": _TWO_UP,
    "i_love_you": replace(_FIST, index=_straight(6), pinky=_straight(14), thumb=_UP),
    "horns": replace(_FIST, index=_straight(4), pinky=_straight(10), thumb=_OVER_THREE),
    "three": replace(_FIST, index=_straight(12), middle=_straight(-6), thumb=_UP),
    "four": HandShape(_straight(12), _straight(2), _straight(8), _straight(18), _OVER_PALM),
    "grasp": HandShape((34, 44, 24, 8), (36, 44, 24, 0), (38, 46, 26, 5), (40, 44, 24, 12), (22, 30, 8, 16)),
    "grip": HandShape((50, 58, 32, 2), (52, 60, 34, 0), (54, 60, 34, 0), (56, 60, 32, 2), (31, 26, 11, 10)),
    # Letters of the one-handed American alphabet.
    "a": replace(_FIST, thumb=(0, 2, 2, 4)),
    "b": replace(_FLAT, thumb=_OVER_PALM),
    "c": HandShape((30, 42, 28, 1), (30, 44, 28, 0), (30, 44, 28, 0), (30, 42, 28, 1), (16, 30, 4, 16)),
    "d": HandShape(_straight(), (56, 54, 32, 0), (60, 58, 34, 0), (62, 60, 34, 0), (17, 30, 20, 23)),
    "e": HandShape((44, 92, 58, 0), (46, 94, 58, 0), (46, 94, 58, 0), (46, 92, 58, 0), (-1, 18, 44, 75)),
    "f": _TIP_TO_TIP,
    "i": replace(_FIST, pinky=_straight(4)),
    "l": replace(_FIST, index=_straight(), thumb=(-14, -6, -4, -6)),
    "o": HandShape((46, 50, 30, 0), (46, 52, 32, 0), (48, 52, 32, 0), (48, 50, 30, 0), (25, 18, 19, 25)),
    "s": _FIST,
    "u": replace(_FIST, index=_straight(-4), middle=_straight(), thumb=_OVER_TWO),
    "w": replace(_FLAT, index=_straight(10), ring=_straight(8), pinky=(72, 90, 45, 0), thumb=(48, 11, 37, 38)),
    "x": replace(_FIST, index=(10, 72, 44, 0), thumb=_OVER_THREE),
    "y": replace(_FIST, pinky=_straight(16), thumb=_UP),
}  # fmt: skip
LETTERS: tuple[str, ...] = tuple(name for name in SHAPES if len(name) == 1)


def shape_pose(name: str, side: str, body: BodyModel, betas: Array) -> Array:
    """(15, 3) axis-angle from the flat hand, in SMPL-H's finger order. Raises BadInputError for an unknown name."""
    if name not in SHAPES:
        raise BadInputError(f"There is no hand shape {name!r}.", f"Known: {', '.join(SHAPES)}.")
    return _pose(name, side, body, tuple(np.asarray(betas, float).tolist()))


@lru_cache(maxsize=512)
def _pose(name: str, side: str, body: BodyModel, betas: tuple[float, ...]) -> Array:
    shape, rest = SHAPES[name], body.joints(np.array(betas))
    tips = body.shaped(np.array(betas))[body.extras]
    pose = np.zeros((15, 3))
    for f, finger in enumerate(FINGERS):
        chain = [rest[JOINT_INDEX[f"{side}_{finger}{k}"]] for k in (1, 2, 3)]
        chain.append(tips[body.extra_names.index(f"{side}_{finger}_tip")])
        angles = np.radians(getattr(shape, finger))
        axes = [_hinge(chain[k + 1] - chain[k], _palmar(rest, side, finger)) for k in range(3)]
        if finger == "thumb":
            pose[3 * f : 3 * f + 3] = _thumb(angles, chain, axes, rest, side)
            continue
        normal = axes[0][1]
        # Spread is away from the middle finger: to the thumb's side for the index, to the other for the rest.
        outward = -1.0 if finger == "index" else 1.0
        mirror = 1.0 if side == "left" else -1.0
        apart = axis_angle_to_matrix(outward * mirror * angles[3] * -normal)
        pose[3 * f] = matrix_to_axis_angle(axis_angle_to_matrix(angles[0] * axes[0][2]) @ apart)
        pose[3 * f + 1], pose[3 * f + 2] = angles[1] * axes[1][2], angles[2] * axes[2][2]
    return pose


def _thumb(angles: Array, chain: list[Array], axes: list[tuple[Array, Array, Array]], rest: Array, side: str) -> Array:
    bone = axes[0][0]
    across = normalise(rest[JOINT_INDEX[f"{side}_pinky1"]] - chain[1])
    palm = _palm_normal(rest, side)
    oppose = normalise(np.cross(bone, normalise(across - bone * (across @ bone))))
    abduct = normalise(np.cross(bone, normalise(palm - bone * (palm @ bone))))
    first = Rotation.from_rotvec(angles[0] * oppose) * Rotation.from_rotvec(angles[1] * abduct)
    return np.stack([first.as_rotvec(), angles[2] * axes[1][2], angles[3] * axes[2][2]])


def _hinge(bone: Array, palmar: Array) -> tuple[Array, Array, Array]:
    """Bone direction, the palmar direction normal to it, and the axis that turns the first into the second."""
    b = normalise(bone)
    n = normalise(palmar - b * (palmar @ b))
    return b, n, np.cross(b, n)


def _palm_normal(rest: Array, side: str) -> Array:
    wrist, index, pinky = (rest[JOINT_INDEX[f"{side}_{name}"]] for name in ("wrist", "index1", "pinky1"))
    normal = normalise(np.cross(index - wrist, pinky - wrist))
    return normal * -np.sign(normal[1])


def _palmar(rest: Array, side: str, finger: str) -> Array:
    """Where a bending finger goes at rest: out of the palm; the thumb half so and half across the palm."""
    normal = _palm_normal(rest, side)
    if finger != "thumb":
        return normal
    across = normalise(rest[JOINT_INDEX[f"{side}_pinky1"]] - rest[JOINT_INDEX[f"{side}_thumb2"]])
    return 0.6 * normal + 0.8 * across
