"""How far joints of people go. Angles in radians about the template's axes, as SMPL's local rotations are.

Normal ranges of the American Academy of Orthopaedic Surgeons (Greene and Heckman 1994), about 20° wider: a dancer is no
problem, a knee that bends forwards is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .skeleton import JOINT_INDEX, SMPLH_JOINTS

Array = NDArray[Any]

# Hinges: axis of flexion at rest, least and most flexion.
HINGES: dict[str, tuple[tuple[float, float, float], float, float]] = {
    "left_knee": ((1, 0, 0), -0.35, 2.9),
    "right_knee": ((1, 0, 0), -0.35, 2.9),
    "left_elbow": ((0, -1, 0), -0.45, 2.9),
    "right_elbow": ((0, 1, 0), -0.45, 2.9),
}
# Every other joint: the largest angle out of the rest pose, in any direction.
_LARGEST = {
    "hip": 2.6,
    "ankle": 1.25,
    "foot": 1.4,
    "spine1": 1.0,
    "spine2": 1.0,
    "spine3": 1.0,
    "neck": 1.2,
    "head": 1.2,
    "collar": 1.1,
    "shoulder": 2.8,
    "wrist": 2.0,
}
_LARGEST_FINGER = 2.2


def beyond_limits(rotations: Array) -> Array:
    """By how much (T, 52) rad the local quaternions (T, 52, 4) go beyond what joints do; 0 within."""
    angle = 2 * np.arctan2(np.linalg.norm(rotations[..., 1:], axis=-1), np.abs(rotations[..., 0]))
    over = np.maximum(angle - largest_angles(), 0.0)
    for name, (axis, least, most) in HINGES.items():
        flexion = hinge_angle(rotations[:, JOINT_INDEX[name]], np.array(axis, np.float64))
        over[:, JOINT_INDEX[name]] = np.maximum(np.maximum(least - flexion, flexion - most), 0.0)
    return over


def hinge_angle(quaternions: Array, axis: Array) -> Array:
    """Signed turn (…) rad about a unit ``axis`` (3,) within quaternions (…, 4): the twist of swing and twist."""
    twist = 2 * np.arctan2(quaternions[..., 1:] @ axis, quaternions[..., 0])
    return (twist + np.pi) % (2 * np.pi) - np.pi


def largest_angles() -> Array:
    """(52,) rad: the largest turn of each joint out of the rest pose; of hinges and the pelvis infinite."""
    largest = np.full(len(SMPLH_JOINTS), _LARGEST_FINGER)
    largest[0] = np.inf  # the pelvis turns as the person does
    for joint, name in enumerate(SMPLH_JOINTS[1:22], start=1):
        part = name.split("_", 1)[-1]
        largest[joint] = _LARGEST.get(part, np.inf)
    return largest
