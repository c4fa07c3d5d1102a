"""Gauss-Newton refinement of every frame at once: the posed body under its pixels, depths from the landmark network.

Unknowns per frame: the translation and one rotation per block of joints (spine joints bend together, neck and head
too). Residuals, all in units of their expected error: landmarks in the image; bones against the network's 3D
directions, trusted more along the view than across it, where the image knows better; rotations against the start;
hinges against hyperextension.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..rotation import axis_angle_to_matrix, matrix_to_axis_angle
from ..skeleton import JOINT_INDEX, POSE_LANDMARKS
from .rig import BODY, Rig, ancestors, attached, forward

Array = NDArray[np.floating]

_J = JOINT_INDEX
# Blocks of joints that share one rotation, with the spread (rad) allowed about the start, per local axis x, y, z.
# Hinges move freely about their own axis and hardly about the others.
_BLOCKS: tuple[tuple[tuple[str, ...], tuple[float, float, float]], ...] = (
    (("pelvis",), (0.35, 0.35, 0.25)),
    (("spine1", "spine2", "spine3"), (0.12, 0.1, 0.1)),
    (("neck", "head"), (0.2, 0.2, 0.2)),
    (("left_collar",), (0.08, 0.15, 0.15)),
    (("right_collar",), (0.08, 0.15, 0.15)),
    (("left_shoulder",), (0.4, 0.7, 0.7)),
    (("right_shoulder",), (0.4, 0.7, 0.7)),
    (("left_elbow",), (0.08, 0.7, 0.08)),
    (("right_elbow",), (0.08, 0.7, 0.08)),
    (("left_wrist",), (0.1, 0.3, 0.3)),
    (("right_wrist",), (0.1, 0.3, 0.3)),
    (("left_hip",), (0.7, 0.3, 0.6)),
    (("right_hip",), (0.7, 0.3, 0.6)),
    (("left_knee",), (0.7, 0.08, 0.06)),
    (("right_knee",), (0.7, 0.08, 0.06)),
    (("left_ankle",), (0.35, 0.25, 0.2)),
    (("right_ankle",), (0.35, 0.25, 0.2)),
)
# Hinge joints: (joint, local axis, sign of flexion).
_HINGES = (
    (_J["left_elbow"], 1, -1.0),
    (_J["right_elbow"], 1, 1.0),
    (_J["left_knee"], 0, 1.0),
    (_J["right_knee"], 0, 1.0),
)
_HINGE_SOFTNESS = 0.05

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

# How exactly a landmark sits on its point, relative to the image error; hips and hand points are the vaguest.
_SPREAD = {"hip": 1.8, "heel": 1.5, "foot": 1.5, "pinky": 2.0, "index": 2.0, "thumb": 2.0, "ear": 1.3, "nose": 1.3,
           "eye": 1.3}  # fmt: skip
_REST_ERROR = 0.015
_STEP_LIMIT = 0.5
_CHUNK = 256


@dataclass(frozen=True)
class Evidence:
    """What one person's frames show.

    rays (T, L, 2) normalised image coordinates of the rig's landmarks; confidence (T, L); points (T, L, 3) the
    network's 3D in camera axes, m, NaN for a landmark that it does not know; view (T, 3, 3) camera-from-view rotation
    whose third column is the line of sight; image_error (T,) expected landmark error in ray units; rest_depth (T, L) m:
    where a landmark rests, and resting (T, L) the probability that it does.
    """

    rays: Array
    confidence: Array
    points: Array
    view: Array
    image_error: Array
    rest_depth: Array
    resting: Array


@dataclass(frozen=True)
class Pose:
    """rotations (T, 22, 3, 3) local, transl (T, 3) m, camera axes."""

    rotations: Array
    transl: Array


def refine(start: Pose, prior: Pose, evidence: Evidence, rig: Rig, *, prior_scale: float = 1.0,
           transl_error: Array | None = None, iterations: int = 4) -> Pose:  # fmt: skip
    """Improves ``start``; ``prior`` is what rotations are held to, with spreads times ``prior_scale``.

    transl_error (T, 3) m: spread of the translation about the prior's; None leaves it to the image.
    """
    parts = []
    for begin in range(0, len(start.transl), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        rotations, transl = start.rotations[part].copy(), start.transl[part].copy()
        seen = Evidence(*(getattr(evidence, name)[part] for name in Evidence.__dataclass_fields__))
        error = np.full_like(transl, 10.0) if transl_error is None else transl_error[part]
        held = Pose(prior.rotations[part], prior.transl[part])
        targets, precision = _pair_targets(seen, rig)
        for _ in range(iterations):
            rotations, transl = _step(rotations, transl, held, seen, rig, targets, precision, prior_scale, error)
        parts.append((rotations, transl))
    return Pose(np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]))


def _step(rotations: Array, transl: Array, prior: Pose, seen: Evidence, rig: Rig, targets: Array, precision: Array,
          prior_scale: float, transl_error: Array) -> tuple[Array, Array]:  # fmt: skip
    # The large arrays are in single precision: the step needs no more, the pose it is added to stays in double.
    def f32(array: Array) -> NDArray[np.float32]:
        return array.astype(np.float32)

    frames, blocks = len(transl), len(_BLOCKS)
    size = 3 + 3 * blocks
    turned, placed = forward(rotations, rig.rest[:BODY], transl)
    points = attached(turned, placed, rig.rest, rig.landmark_joints, rig.landmark_rest)
    jacobian = np.empty((frames, len(rig.landmarks), 3, size), np.float32)
    jacobian[..., :3] = np.eye(3, dtype=np.float32)
    jacobian[..., 3:] = _rotation_jacobian(turned, placed, points, rig)

    normal = np.zeros((frames, size, size), np.float32)
    side = np.zeros((frames, size), np.float32)
    # Image.
    depth = np.maximum(points[..., 2], 0.1)
    sight = points[..., :2] / depth[..., None]
    residual = np.where(np.isfinite(seen.rays), sight - seen.rays, 0.0)
    spread = seen.image_error[:, None] * _landmark_spread(rig)
    size_of = np.linalg.norm(residual, axis=-1) / spread
    weight = seen.confidence / spread / np.sqrt(1 + (size_of / 3) ** 2)
    rows = (jacobian[:, :, :2] - f32(sight)[..., None] * jacobian[:, :, 2:3]) * f32(weight / depth)[..., None, None]
    _accumulate(normal, side, rows, f32(residual * weight[..., None]))
    # The network's directions, in view axes.
    first, second = _pair_indices(rig)
    to_view = np.swapaxes(seen.view, -1, -2)[:, None]
    error = (to_view @ (points[:, second] - points[:, first] - targets)[..., None])[..., 0] * precision
    rows = (f32(to_view) @ (jacobian[:, second] - jacobian[:, first])) * f32(precision)[..., None]
    _accumulate(normal, side, rows, f32(error))
    # Resting feet.
    held = seen.resting.any(0)
    weight = seen.resting[:, held] / _REST_ERROR
    _accumulate(
        normal,
        side,
        jacobian[:, held, 2] * f32(weight)[..., None],
        f32((points[:, held, 2] - seen.rest_depth[:, held]) * weight),
    )
    # Priors: to first order the logarithm of the turn from the prior moves with the step itself.
    leaders = [_J[names[0]] for names, _ in _BLOCKS]
    offset = matrix_to_axis_angle(np.swapaxes(prior.rotations[:, leaders], -1, -2) @ rotations[:, leaders])
    stiffness = 1 / (np.array([s for _, s in _BLOCKS]) * prior_scale) ** 2
    diagonal = np.concatenate([1 / transl_error**2, np.broadcast_to(stiffness.reshape(-1), (frames, size - 3))], axis=1)
    side += diagonal * np.concatenate([transl - prior.transl, offset.reshape(frames, -1)], axis=1)
    # Hinges: only the side that the joint does not have.
    for joint, axis, sign in _HINGES:
        column = 3 + 3 * leaders.index(joint) + axis
        flexion = sign * matrix_to_axis_angle(rotations[:, joint])[:, axis]
        beyond = np.minimum(flexion, 0.0)
        diagonal[:, column] += (beyond < 0) / _HINGE_SOFTNESS**2
        side[:, column] += sign * beyond / _HINGE_SOFTNESS**2
    normal[:, np.arange(size), np.arange(size)] += diagonal + 1e-6
    step = -np.linalg.solve(normal, side[..., None])[..., 0]

    turn = step[:, 3:].reshape(frames, blocks, 3)
    length = np.linalg.norm(turn, axis=-1, keepdims=True)
    turn = turn * np.minimum(1, _STEP_LIMIT / np.maximum(length, 1e-12))
    members, block_of = _members()
    updated = rotations.copy()
    updated[:, members] = rotations[:, members] @ axis_angle_to_matrix(turn)[:, block_of]
    return updated, transl + step[:, :3]


def _rotation_jacobian(turned: Array, placed: Array, points: Array, rig: Rig) -> Array:
    """(T, L, 3, 3·B): motion of each landmark per radian about each local axis of each block."""
    jacobian = np.zeros((*points.shape, len(_BLOCKS), 3), np.float32)
    for landmarks, joints, blocks in _levers(tuple(rig.landmark_joints.tolist())):
        x, y, z = np.moveaxis((points[:, landmarks] - placed[:, joints]).astype(np.float32), -1, 0)[..., None]
        rx, ry, rz = np.moveaxis(turned[:, joints].astype(np.float32), 2, 0)
        # axis × lever for the three columns of the global rotation.
        turn = np.stack([ry * z - rz * y, rz * x - rx * z, rx * y - ry * x], axis=2)
        jacobian[:, landmarks, :, blocks] += np.moveaxis(turn, 1, 0)
    return jacobian.reshape(*points.shape, -1)


@cache
def _levers(landmark_joints: tuple[int, ...]) -> tuple[tuple[NDArray[np.int64], ...], ...]:
    """(landmarks, joints that move them, their blocks), so that no (landmark, block) occurs twice in one group."""
    moves = ancestors()[np.array(landmark_joints)]
    groups = []
    for place in range(max(len(names) for names, _ in _BLOCKS)):
        found = [
            (landmark, _J[names[place]], block)
            for block, (names, _) in enumerate(_BLOCKS)
            if place < len(names)
            for landmark in np.flatnonzero(moves[:, _J[names[place]]])
        ]
        groups.append(tuple(np.array(column) for column in zip(*found, strict=True)))
    return tuple(groups)


def _accumulate(normal: Array, side: Array, rows: Array, residual: Array) -> None:
    flat = rows.reshape(len(rows), -1, rows.shape[-1])
    transposed = np.swapaxes(flat, -1, -2)
    normal += transposed @ flat
    side += (transposed @ residual.reshape(len(rows), -1, 1))[..., 0]


def _pair_targets(seen: Evidence, rig: Rig) -> tuple[Array, Array]:
    """Expected bone vectors (T, P, 3) m in camera axes, and their precision (T, P, 3) along the view axes."""
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
    return np.where(known[..., None], vector * ratio[..., None], 0.0), confidence[..., None] / spread


@cache
def _members() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    pairs = [(_J[name], block) for block, (names, _) in enumerate(_BLOCKS) for name in names]
    return np.array([j for j, _ in pairs]), np.array([b for _, b in pairs])


def _pair_indices(rig: Rig) -> tuple[list[int], list[int]]:
    row = {POSE_LANDMARKS[index]: i for i, index in enumerate(rig.landmarks)}
    return [row[a] for a, _ in _PAIRS], [row[b] for _, b in _PAIRS]


def _landmark_spread(rig: Rig) -> Array:
    names = [POSE_LANDMARKS[i] for i in rig.landmarks]
    return np.array([next((s for part, s in _SPREAD.items() if part in name), 1.0) for name in names])
