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

_REST_ERROR = 0.015
_CHUNK = 256


def refine(start: Pose, prior: Pose, evidence: Evidence, rig: Rig, *, prior_scale: float = 1.0,
           transl_error: Array | None = None, iterations: int = 4) -> Pose:  # fmt: skip
    """Improves ``start``; ``prior`` is what rotations are held to, with spreads times ``prior_scale``. Camera axes.

    transl_error (T, 3) m: spread of the translation about the prior's; None leaves it to the image.
    """
    parts = []
    for begin in range(0, len(start.transl), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        pose, seen = start.part(part), evidence.part(part)
        error = np.full_like(pose.transl, 10.0) if transl_error is None else transl_error[part]
        targets = BoneTargets.of(seen, rig)
        for _ in range(iterations):
            pose = _step(pose, prior.part(part), seen, rig, targets, prior_scale, error)
        parts.append(pose)
    return Pose(np.concatenate([p.rotations for p in parts]), np.concatenate([p.transl for p in parts]))


def _step(pose: Pose, prior: Pose, seen: Evidence, rig: Rig, targets: BoneTargets, prior_scale: float,
          transl_error: Array) -> Pose:  # fmt: skip
    blocks = BODY_BLOCKS
    turned, placed = forward(pose.rotations, rig.rest[:BODY], pose.transl)
    points = attached(turned, placed, rig.rest, rig.landmark_joints, rig.landmark_rest)
    jacobian = blocks.jacobian(turned, placed, points, rig.landmark_joints)
    system = Normal(len(pose.transl), blocks.size)
    terms.image(system, points, jacobian, seen, rig)
    terms.bones(system, points, jacobian, seen, targets, rig)
    held = seen.resting.any(0)
    weight = seen.resting[:, held] / _REST_ERROR
    system.add(jacobian[:, held, 2] * weight[..., None], (points[:, held, 2] - seen.rest_depth[:, held]) * weight)
    terms.expected(system, pose.rotations, prior.rotations, blocks, prior_scale)
    system.diagonal[:, :3] += 1 / transl_error**2
    system.side[:, :3] += ((pose.transl - prior.transl) / transl_error**2).astype(np.float32)
    terms.hinges(system, pose.rotations, blocks)
    change = -np.linalg.solve(system.whole(), system.side[..., None])[..., 0]
    return Pose(*blocks.step(pose.rotations, pose.transl, change))
