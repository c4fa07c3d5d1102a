"""Gauss-Newton refinement of every frame at once, each on its own: the posed body under its pixels, depths from the
landmark network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from . import terms
from .blocks import BODY_BLOCKS
from .rig import BODY, Rig, attached, forward
from .terms import BoneTargets, Evidence, Normal, Pose

Array = NDArray[np.floating]

# The root is where the image says; this (m) only keeps frames without evidence solvable.
_ROOT_ERROR = 10.0
_ROUNDS = 4
_CHUNK = 256


def refine(start: Pose, evidence: Evidence, rig: Rig) -> Pose:
    """Improves ``start``, whose rotations are also what is expected. Camera axes."""
    parts = []
    for begin in range(0, len(start.transl), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        expected, seen = start.part(part), evidence.part(part)
        pose, targets = expected, BoneTargets.of(seen, rig)
        for _ in range(_ROUNDS):
            pose = _step(pose, expected, seen, rig, targets)
        parts.append(pose)
    return Pose(np.concatenate([p.rotations for p in parts]), np.concatenate([p.transl for p in parts]))


def _step(pose: Pose, expected: Pose, seen: Evidence, rig: Rig, targets: BoneTargets) -> Pose:
    blocks = BODY_BLOCKS
    turned, placed = forward(pose.rotations, rig.rest[:BODY], pose.transl)
    points = attached(turned, placed, rig.rest, rig.landmark_joints, rig.landmark_rest)
    jacobian = blocks.jacobian(turned, placed, points, rig.landmark_joints)
    system = Normal(len(pose.transl), blocks.size)
    terms.image(system, points, jacobian, seen, rig)
    terms.bones(system, points, jacobian, seen, targets, rig)
    terms.expected(system, pose.rotations, expected.rotations, blocks)
    terms.limits(system, pose.rotations, blocks)
    system.diagonal[:, :3] += 1 / _ROOT_ERROR**2
    system.side[:, :3] += ((pose.transl - expected.transl) / _ROOT_ERROR**2).astype(np.float32)
    change = -np.linalg.solve(system.whole(), system.side[..., None])[..., 0]
    return Pose(*blocks.step(pose.rotations, pose.transl, change))
