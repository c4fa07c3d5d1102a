"""How a person is built: betas from how long each limb looks over the whole take, at a stature that is kept.

A picture tells lengths only up to depth. The networks' 3D says how far each bone is turned away; what then does not fit
under its pixels, over many poses, is the body's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from . import terms
from .blocks import BODY_BLOCKS
from .rig import BODY, Rig, attached, forward
from .shape import Shape, rig_for
from .standing import CameraPerson
from .terms import BoneTargets, Evidence, Normal, Pose

Array = NDArray[np.floating]

# How differently people of one stature are built (one standard deviation of each beta).
_SPREAD = 0.8
# A landmark network errs alike from frame to frame: seconds after which it says something new, and how often at most,
# since some of its errors are the person's clothes and never end.
_NEWS, _MOST_NEWS = 0.5, 12.0
_FRAMES = 240
_ROUNDS = 3
# Nothing is learnt of the build of somebody who is hardly seen: frames with so many sure landmarks, of which so many.
_SURE, _SURE_LANDMARKS, _FEWEST = 0.5, 10, 10


def build_of(person: CameraPerson, shape: Shape, timestamps: Array, body: BodyModel) -> Shape:
    """The shape with the likeliest betas for its height, from the person as first posed; timestamps (T,) s.

    Gauss-Newton over the betas and the poses of up to ``_FRAMES`` frames, from which the poses are eliminated.
    """
    rig = person.rig
    sure = np.flatnonzero((person.motion.evidence.confidence > _SURE).sum(1) >= _SURE_LANDMARKS)
    if len(sure) < _FEWEST:
        return shape
    frames = sure[np.linspace(0, len(sure) - 1, min(len(sure), _FRAMES)).astype(int)]
    seen = person.motion.evidence.part(frames)  # pyright: ignore[reportArgumentType]
    expected = Pose(person.motion.rotations[frames, :BODY], person.motion.transl[frames])
    step = float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else 1 / 30
    news = min(len(sure) * step / _NEWS, _MOST_NEWS) / len(frames)
    usual = body.betas_for_height(shape.height).astype(np.float64)
    free = _same_stature(body, shape.betas)
    betas, pose = shape.betas.astype(np.float64), expected
    changes = _changes(body, betas, rig)
    for _ in range(_ROUNDS):
        normal, side, poses = _reduced(pose, expected, seen, rig, changes)
        normal, side = news * free.T @ normal @ free, news * free.T @ side
        normal += np.eye(free.shape[1]) / _SPREAD**2
        side += free.T @ (betas - usual) / _SPREAD**2
        change = free @ np.linalg.solve(normal, -side)
        betas = betas + change
        rig = rig_for(body, betas, shape.height)
        pose = Pose(*BODY_BLOCKS.step(pose.rotations, pose.transl, poses(change)))
    return dataclasses.replace(shape, betas=betas.astype(np.float32))


def _same_stature(body: BodyModel, betas: Array) -> Array:
    """(B, B − 1) orthonormal directions in which betas change and the stature does not."""
    heights = body.shaped(betas)[:, 1]
    slope = body.shapedirs[heights.argmax(), 1] - body.shapedirs[heights.argmin(), 1]
    return np.linalg.svd(slope.astype(np.float64)[None])[2][1:].T


def _changes(body: BodyModel, betas: Array, rig: Rig) -> list[tuple[Array, Array]]:
    """What each beta adds to the rig's joints (22, 3) and landmarks (L, 3) at rest; both are linear in betas."""
    changes = []
    for one in np.eye(len(betas)):
        other = rig_for(body, betas + one, rig.height)
        changes.append((other.rest[:BODY] - rig.rest[:BODY], other.landmark_rest - rig.landmark_rest))
    return changes


def _reduced(
    pose: Pose, expected: Pose, seen: Evidence, rig: Rig, changes: list[tuple[Array, Array]]
) -> tuple[Array, Array, Callable[[Array], Array]]:
    """Normal equations of the betas (B, B), (B,) with the poses eliminated; the poses' step that goes with theirs."""
    blocks = BODY_BLOCKS
    frames, size, count = len(pose.transl), blocks.size, len(changes)
    turned, placed = forward(pose.rotations, rig.rest[:BODY], pose.transl)
    points = attached(turned, placed, rig.rest, rig.landmark_joints, rig.landmark_rest)
    jacobian = blocks.jacobian(turned, placed, points, rig.landmark_joints)
    shaping = np.empty((*points.shape, count), np.float32)
    for k, (rest, landmarks) in enumerate(changes):
        _, moved = forward(pose.rotations, rest, np.zeros(3))
        shaping[..., k] = attached(turned, moved, rest, rig.landmark_joints, landmarks)
    both, own = Normal(frames, size + count), Normal(frames, size)
    terms.image(both, points, np.concatenate([jacobian, shaping], axis=-1), seen, rig)
    # Longer bones point where they pointed.
    terms.bones(own, points, jacobian, seen, BoneTargets.of(seen, rig), rig)
    terms.expected(own, pose.rotations, expected.rotations, blocks)
    terms.limits(own, pose.rotations, blocks)
    own.diagonal[:, :3] += 1e-2
    matrix, side = both.matrix.astype(np.float64), both.side.astype(np.float64)
    matrix[:, :size, :size] += own.whole()
    side[:, :size] += own.side
    inverse = np.linalg.inv(matrix[:, :size, :size])
    cross = matrix[:, :size, size:]
    gain = np.swapaxes(cross, 1, 2) @ inverse
    normal = (matrix[:, size:, size:] - gain @ cross).sum(0)
    reduced = (side[:, size:] - (gain @ side[:, :size, None])[..., 0]).sum(0)

    def poses(change: Array) -> Array:
        return -(inverse @ (side[:, :size] + cross @ change)[..., None])[..., 0]

    return normal, reduced, poses
