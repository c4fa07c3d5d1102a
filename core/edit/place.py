"""Where a person stands, which way they face, how tall they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_quaternion, quaternion_multiply, rotation_between
from ..skeleton import CONTACT_POINTS, JOINT_INDEX
from .base import Edit, number
from .motion import Motion, rotate

Array = NDArray[Any]

_BALLS = (("left_foot", "left_ball"), ("right_foot", "right_ball"))
# Ball joints this far apart on the floor tell which way it is tilted; less is a person on one spot.
_TILT_SPREAD_M = 0.8
_LARGEST_TILT = np.radians(10)


@dataclass(frozen=True)
class Place(Edit):
    """Floor and heading: level the person's floor to z = 0, then raise, move and turn them.

    ``level`` shifts the feet that touch the ground onto it, ``tilt`` also takes a slope out of the ground they walked.
    ``turn`` rad about the vertical where the person starts, counterclockwise from above; ``move_x``, ``move_y``,
    ``raise_m`` metres.
    """

    kind: ClassVar[str] = "place"
    label: ClassVar[str] = "Floor and heading"

    level: bool = True
    tilt: bool = False
    turn: float = number(0.0, -2 * np.pi, 2 * np.pi)
    move_x: float = number(0.0, -1000, 1000)
    move_y: float = number(0.0, -1000, 1000)
    raise_m: float = number(0.0, -100, 100)

    def edited(self, motion: Motion) -> Motion:
        if self.tilt:
            motion = turned(motion, floor_tilt(motion))
        lift = self.raise_m - (floor_height(motion) if self.level else 0.0)
        if self.turn:
            motion = turned(motion, np.array([np.cos(self.turn / 2), 0.0, 0.0, np.sin(self.turn / 2)]))
        return motion.replace(pelvis=motion.pelvis + np.array([self.move_x, self.move_y, lift]))


@dataclass(frozen=True)
class Scale(Edit):
    """Scales the person to ``height_m``, and the way they go with them, so that feet do not slide.

    The ground point where the person starts stays in its place; the footage no longer matches exactly.
    """

    kind: ClassVar[str] = "scale"
    label: ClassVar[str] = "Scale to height"

    height_m: float = number(1.7, 0.3, 3.0)

    def edited(self, motion: Motion) -> Motion:
        factor = self.height_m / (motion.height * motion.scale)
        ground = np.array([*motion.pelvis[0, :2], 0.0])
        return motion.replace(pelvis=ground + factor * (motion.pelvis - ground), scale=motion.scale * factor)


def turned(motion: Motion, quaternion: Array) -> Motion:
    """The motion turned as a whole by ``quaternion`` (4,) about the ground where the person starts."""
    ground = np.array([*motion.pelvis[0, :2], 0.0])
    rotations = motion.rotations.copy()
    rotations[:, 0] = quaternion_multiply(quaternion, rotations[:, 0])
    return motion.replace(rotations=rotations, pelvis=ground + rotate(quaternion, motion.pelvis - ground))


def footing(motion: Motion) -> tuple[Array, Array]:
    """Soles under both balls (2 T, 3) m, world, and whether they touch the ground (2 T,) as the take has it."""
    joints = motion.joints()
    points, touching = [], []
    for joint, contact in _BALLS:
        index = JOINT_INDEX[joint]
        above = (motion.rest[index, 1] - motion.sole) * motion.scale
        points.append(joints[:, index] - [0.0, 0.0, above])
        touching.append(motion.contacts[:, CONTACT_POINTS.index(contact)] > 0.5)
    return np.concatenate(points), np.concatenate(touching)


def floor_height(motion: Motion) -> float:
    """Height in metres of the ground that the feet touch: the median in contact, else near the lowest they get."""
    soles, touching = footing(motion)
    return float(np.median(soles[touching, 2]) if touching.any() else np.percentile(soles[:, 2], 5))


def floor_tilt(motion: Motion) -> Array:
    """The turn (4,) that makes the ground under the feet level; identity where they stayed on one spot."""
    soles, touching = footing(motion)
    identity = np.array([1.0, 0, 0, 0])
    soles = soles[touching]
    if len(soles) < 10:
        return identity
    centred = soles - np.median(soles, axis=0)
    # A path along one line tells the slope along it only; across it the ground is taken to be level.
    spread, ways = np.linalg.eigh(centred[:, :2].T @ centred[:, :2] / len(centred))
    slope = np.zeros(2)
    for variance, way in zip(spread, ways.T, strict=True):
        along = centred[:, :2] @ way
        if np.ptp(along) > _TILT_SPREAD_M:
            slope += way * float(along @ centred[:, 2] / (len(centred) * variance))
    normal = np.array([-slope[0], -slope[1], 1.0])
    if np.arctan(np.linalg.norm(slope)) > _LARGEST_TILT:
        return identity
    return matrix_to_quaternion(rotation_between(normal, np.array([0.0, 0.0, 1.0])))


def facing_turn(motion: Motion, direction: float) -> float:
    """Angle rad to turn the person by so that the hips face ``direction`` (rad from +X, from above) at the start."""
    forward = rotate(motion.rotations[0, 0], np.array([0.0, 0.0, 1.0]))
    angle = direction - float(np.arctan2(forward[1], forward[0]))
    return float((angle + np.pi) % (2 * np.pi) - np.pi)
