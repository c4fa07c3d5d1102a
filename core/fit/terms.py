"""What the solves ask of a pose: residuals in units of their expected error, and how they add up to normal equations.

Landmarks in the image; bones against the networks' 3D directions, trusted more along the view than across it, where the
image knows better; rotations against what is expected, and against what joints do not do.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..joint_limits import HINGES, largest_angles
from ..rotation import matrix_to_axis_angle
from ..skeleton import JOINT_INDEX, POSE_LANDMARKS
from .blocks import Blocks
from .rig import Rig

Array = NDArray[np.floating]

_J = JOINT_INDEX
# Hinge joints: (joint, local axis, sign of flexion).
_HINGES = (
    (_J["left_elbow"], 1, -1.0),
    (_J["right_elbow"], 1, 1.0),
    (_J["left_knee"], 0, 1.0),
    (_J["right_knee"], 0, 1.0),
)
_MOST_FLEXION = HINGES["left_knee"][2]
_LARGEST = largest_angles()
_LIMIT_SOFTNESS = 0.05
# Of all other joints: softer, since feet that a network saw the wrong way round would twist the leg.
_LARGEST_SOFTNESS = 0.5

# Bones and rigid pairs whose 3D direction is compared.
_PAIRS: tuple[tuple[str, str], ...] = (
    ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), ("left_hip", "left_shoulder"),
    ("right_hip", "right_shoulder"), ("left_ear", "right_ear"), ("left_ear", "nose"), ("right_ear", "nose"),
    ("left_shoulder", "left_ear"), ("right_shoulder", "right_ear"),
    *((f"{s}_{a}", f"{s}_{b}") for s in ("left", "right") for a, b in (
        ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"), ("heel", "foot_index"),
        ("ankle", "foot_index"))),
)  # fmt: skip
# Pairs across a bending back or neck keep the network's own length, scaled; all others are rigid.
_FLEXIBLE = {("left_hip", "left_shoulder"), ("right_hip", "right_shoulder"), ("left_shoulder", "left_ear"),
             ("right_shoulder", "right_ear")}  # fmt: skip
_DEPTH_ERROR, _LATERAL_ERROR, _PAIR_FLOOR = 0.06, 0.12, 0.03

# How exactly a landmark sits on its point, relative to the image error; hips and hand points are the vaguest. Only
# their landmarks tell how feet are pitched; believed more, feet seen the wrong way round twist the legs.
_SPREAD = {"hip": 1.8, "heel": 1.2, "foot": 1.2, "pinky": 2.0, "index": 2.0, "thumb": 2.0, "ear": 1.3, "nose": 1.3,
           "eye": 1.3}  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """What one person's frames show.

    rays (T, L, 2) normalised image coordinates of the rig's landmarks; confidence (T, L); points (T, L, 3) the
    network's 3D in camera axes, m, NaN for a landmark that it does not know; view (T, 3, 3) camera-from-view rotation
    whose third column is the line of sight; image_error (T,) expected landmark error in ray units.
    """

    rays: Array
    confidence: Array
    points: Array
    view: Array
    image_error: Array

    def part(self, frames: slice) -> Evidence:
        """That of some frames."""
        return Evidence(*(getattr(self, field.name)[frames] for field in fields(self)))


@dataclass(frozen=True)
class Pose:
    """rotations (T, 22, 3, 3) local, transl (T, 3) m, camera axes or the world's."""

    rotations: Array
    transl: Array

    def part(self, frames: slice) -> Pose:
        """That of some frames."""
        return Pose(self.rotations[frames], self.transl[frames])


@dataclass(frozen=True)
class BoneTargets:
    """Expected bone vectors (T, P, 3) m in camera axes, and their precision (T, P, 3) 1/m along the view axes."""

    vectors: Array
    precision: Array

    @classmethod
    def of(cls, seen: Evidence, rig: Rig) -> BoneTargets:
        first, second = _pair_indices(rig)
        vector = seen.points[:, second] - seen.points[:, first]
        length = np.linalg.norm(vector, axis=-1)
        rest = np.linalg.norm(rig.landmark_rest[second] - rig.landmark_rest[first], axis=-1)
        known = np.isfinite(length)
        typical = np.array([np.median(c[k]) if k.any() else r for c, k, r in zip(length.T, known.T, rest, strict=True)])
        flexible = np.array([pair in _FLEXIBLE for pair in _PAIRS])
        ratio = np.where(flexible, rest / np.maximum(typical, 1e-3), rest / np.maximum(length, 0.3 * rest))
        confidence = np.minimum(seen.confidence[:, first], seen.confidence[:, second])
        # A landmark out of sight still has a guess from the network, better than none.
        confidence = np.where(known, np.maximum(confidence, 0.15), 0.0)
        spread = rest[:, None] * np.array([_LATERAL_ERROR, _LATERAL_ERROR, _DEPTH_ERROR]) + _PAIR_FLOOR
        return cls(np.where(known[..., None], vector * ratio[..., None], 0.0), confidence[..., None] / spread)

    def part(self, frames: slice) -> BoneTargets:
        """Those of some frames."""
        return BoneTargets(self.vectors[frames], self.precision[frames])


class Normal:
    """Normal equations of every frame: ``matrix`` (T, n, n), ``side`` (T, n), and ``diagonal`` (T, n), added last.

    The large arrays are in single precision: a step needs no more, the pose it is added to stays in double.
    """

    def __init__(self, frames: int, size: int) -> None:
        self.matrix = np.zeros((frames, size, size), np.float32)
        self.side = np.zeros((frames, size), np.float32)
        self.diagonal = np.zeros((frames, size))

    def add(self, rows: Array, residual: Array) -> None:
        """Weighted Jacobian rows (T, …, n) and residuals (T, …)."""
        flat = np.asarray(rows, np.float32).reshape(len(rows), -1, rows.shape[-1])
        transposed = np.swapaxes(flat, -1, -2)
        self.matrix += transposed @ flat
        self.side += (transposed @ np.asarray(residual, np.float32).reshape(len(rows), -1, 1))[..., 0]

    def whole(self) -> Array:
        """(T, n, n) with the diagonal, never singular."""
        count = np.arange(self.matrix.shape[-1])
        self.matrix[:, count, count] += (self.diagonal + 1e-6).astype(np.float32)
        return self.matrix


def image(system: Normal, points: Array, jacobian: Array, seen: Evidence, rig: Rig, share: Array | float = 1.0) -> None:
    """Landmarks (T, L, 3) in camera axes against their rays, robustly (Cauchy's weights); ``share`` (T,) of a frame's
    weight."""
    depth = np.maximum(points[..., 2], 0.1)
    sight = points[..., :2] / depth[..., None]
    residual = np.where(np.isfinite(seen.rays), sight - seen.rays, 0.0)
    spread = seen.image_error[:, None] * landmark_spread(rig)
    size_of = np.linalg.norm(residual, axis=-1) / spread
    weight = seen.confidence / spread / np.sqrt(1 + (size_of / 3) ** 2)
    weight = weight * np.sqrt(np.broadcast_to(share, len(points)))[:, None]
    rows = jacobian[:, :, :2] - _f32(sight)[..., None] * jacobian[:, :, 2:3]
    system.add(rows * _f32(weight / depth)[..., None, None], residual * weight[..., None])


def bones(system: Normal, points: Array, jacobian: Array, seen: Evidence, targets: BoneTargets, rig: Rig,
          share: Array | float = 1.0) -> None:  # fmt: skip
    """Bones between landmarks (T, L, 3), camera axes, against the networks' directions, in view axes."""
    first, second = _pair_indices(rig)
    to_view = np.swapaxes(seen.view, -1, -2)[:, None]
    precision = targets.precision * np.sqrt(np.broadcast_to(share, len(points)))[:, None, None]
    error = (to_view @ (points[:, second] - points[:, first] - targets.vectors)[..., None])[..., 0] * precision
    rows = (_f32(to_view) @ (jacobian[:, second] - jacobian[:, first])) * _f32(precision)[..., None]
    system.add(rows, error)


def expected(system: Normal, rotations: Array, prior: Array, blocks: Blocks, scale: float = 1.0,
             share: Array | float = 1.0) -> None:  # fmt: skip
    """Rotations against those expected (T, 22, 3, 3), with the blocks' spreads times ``scale``; ``share`` (T, 1 or 3 B)
    of the weight.

    To first order the logarithm of the turn from the prior moves with the step itself.
    """
    stiffness = np.broadcast_to(blocks.stiffness / scale**2 * share, (len(rotations), blocks.size - 3))
    system.diagonal[:, 3:] += stiffness
    system.side[:, 3:] += _f32(stiffness * blocks.offset(rotations, prior))


def limits(system: Normal, rotations: Array, blocks: Blocks) -> None:
    """Elbows and knees only to the side that the joint has, and no joint further than people's go."""
    for joint, axis, sign in _HINGES:
        column = blocks.column(joint) + axis
        flexion = sign * matrix_to_axis_angle(rotations[:, joint])[:, axis]
        beyond = np.minimum(flexion, 0.0) + np.maximum(flexion - _MOST_FLEXION, 0.0)
        system.diagonal[:, column] += (beyond != 0) / _LIMIT_SOFTNESS**2
        system.side[:, column] += _f32(sign * beyond / _LIMIT_SOFTNESS**2)
    turn = matrix_to_axis_angle(rotations[:, blocks.leaders])
    angle = np.linalg.norm(turn, axis=-1)
    beyond = np.maximum(angle - _LARGEST[blocks.leaders], 0.0)
    for frame, block in np.argwhere(beyond > 0):
        axis = turn[frame, block] / angle[frame, block] / _LARGEST_SOFTNESS
        columns = slice(3 + 3 * block, 6 + 3 * block)
        system.matrix[frame, columns, columns] += _f32(np.outer(axis, axis))
        system.side[frame, columns] += _f32(axis * beyond[frame, block] / _LARGEST_SOFTNESS)


def landmark_spread(rig: Rig) -> Array:
    """(L,) expected error of each landmark, relative to the image error."""
    names = [POSE_LANDMARKS[i] for i in rig.landmarks]
    return np.array([next((s for part, s in _SPREAD.items() if part in name), 1.0) for name in names])


def _pair_indices(rig: Rig) -> tuple[list[int], list[int]]:
    row = {POSE_LANDMARKS[index]: i for i, index in enumerate(rig.landmarks)}
    return [row[a] for a, _ in _PAIRS], [row[b] for _, b in _PAIRS]


def _f32(array: Array) -> NDArray[np.float32]:
    return np.asarray(array).astype(np.float32)
