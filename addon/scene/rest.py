"""The rest pose of an actor: where its 52 bones lie before any motion. numpy only.

SMPL's template is Y up and faces +Z; Blender's figures are Z up and face −Y. The rest pose is the template turned by
90° about X and lifted until its lowest vertex stands on z = 0, so an actor without motion stands in T-pose on the
floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.rotation import normalise
from ...core.skeleton import EXTRA_JOINTS, JOINT_INDEX, SMPLH_JOINTS, SMPLH_PARENTS

Array = NDArray[Any]

# Takes template axes to armature axes: (x, y, z) -> (x, -z, y).
ARMATURE_FROM_TEMPLATE: Array = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])

# The child that a bone points at, where it has several.
_MAIN_CHILDREN = {"pelvis": "spine1", "spine3": "neck", "left_wrist": "left_middle1", "right_wrist": "right_middle1"}
_FINGER_TIP_LENGTH = 0.8  # of the segment before
_UP, _FORWARD = np.array([0.0, 0, 1]), np.array([0.0, -1, 0])


@dataclass(frozen=True)
class RestPose:
    """Bones in armature space, metres: ``heads`` and ``tails`` (52, 3), ``z_axes`` (52, 3) the directions to roll
    towards.

    ``offset`` (3,) was added after turning the template. ``connected`` (52,): the bone starts at its parent's tail.
    """

    heads: Array
    tails: Array
    z_axes: Array
    connected: Array
    offset: Array

    def place(self, points: Array) -> Array:
        """Template points (…, 3) to armature space."""
        return points @ ARMATURE_FROM_TEMPLATE.T + self.offset


def rest_pose(joints: Array, vertices: Array, extras: Array | None = None) -> RestPose:
    """Rest pose of a body in template axes: ``joints`` (52, 3), ``vertices`` (V, 3), ``extras`` (19, 3) named
    EXTRA_JOINTS.
    """
    turned = np.asarray(vertices, np.float64) @ ARMATURE_FROM_TEMPLATE.T
    offset = np.array([0.0, 0.0, -float(turned[:, 2].min())])
    heads = np.asarray(joints, np.float64) @ ARMATURE_FROM_TEMPLATE.T + offset
    surface = {} if extras is None else dict(zip(EXTRA_JOINTS, extras @ ARMATURE_FROM_TEMPLATE.T + offset, strict=True))
    crown = turned[np.argmax(turned[:, 2])] + offset
    tails = np.empty_like(heads)
    connected = np.zeros(len(heads), bool)
    for j, name in enumerate(SMPLH_JOINTS):
        child = _main_child(j)
        if child is None:
            tails[j] = _end(name, heads, surface, crown)
        else:
            tails[j] = heads[child]
            connected[child] = True
    return RestPose(
        heads, tails, np.stack([_z_axis(h, t) for h, t in zip(heads, tails, strict=True)]), connected, offset
    )


def _main_child(joint: int) -> int | None:
    children = [c for c, p in enumerate(SMPLH_PARENTS) if p == joint]
    named = _MAIN_CHILDREN.get(SMPLH_JOINTS[joint])
    return JOINT_INDEX[named] if named else (children[0] if children else None)


def _end(name: str, heads: Array, surface: dict[str, Array], crown: Array) -> Array:
    """Tail of a bone without children."""
    head = heads[JOINT_INDEX[name]]
    parent = heads[SMPLH_PARENTS[JOINT_INDEX[name]]]
    side, _, part = name.partition("_")
    if name == "head":
        return np.array([head[0], head[1], max(crown[2], head[2] + 0.05)])
    if part == "foot":
        toe = surface.get(f"{side}_big_toe")
        length = np.linalg.norm((toe if toe is not None else head + 0.07 * _FORWARD) - head)
        return head + max(float(length), 0.02) * _FORWARD
    tip = surface.get(f"{side}_{part[:-1]}_tip")
    straight = (head - parent) * _FINGER_TIP_LENGTH
    return head + straight if tip is None else head + normalise(head - parent) * max(np.linalg.norm(tip - head), 0.005)


def _z_axis(head: Array, tail: Array) -> Array:
    """Upright bones roll their Z axis to the front, lying ones to the ceiling, so each kind bends about one local
    axis.
    """
    along = normalise(tail - head)
    return _FORWARD if abs(along[2]) > 0.7 else _UP
