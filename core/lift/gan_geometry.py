"""What surrounds Kudo's GAN: normalised 2D poses, rotation about the vertical axis, and the heading of a pose.

Camera axes throughout: x right, y down, z away from the camera, so that a person who faces the camera has the nose at
smaller z than the neck and the right shoulder at smaller x than the left. Source: Kudo et al. 2018; batches of torch
tensors, differentiable. ``in_space`` and ``pictured`` are ours: the same with the perspective of a near camera, which
needs no measure of distance, since the unit of a normalised pose is as large as the person, in space as in the picture.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

Tensor = torch.Tensor

_TINY = 1e-8
# How near the camera a joint may come, in shares of the root's distance; and the least size of a turned pose.
_NEAREST, _SMALLEST = 0.25, 0.05


class HeadingJoints(NamedTuple):
    """Indices of the joints that tell where a person faces."""

    neck: int
    nose: int
    left_shoulder: int
    right_shoulder: int


H36M_HEADING = HeadingJoints(neck=8, nose=9, left_shoulder=11, right_shoulder=14)
REPORT_HEADING = HeadingJoints(neck=1, nose=0, left_shoulder=5, right_shoulder=2)  # BODY_25's first 15


def normalise(joints: Tensor, root: int = 0, visible: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(N, J, 2 or 3) to the same with the root at 0 and the mean distance in x, y of the others from it at 1.

    Returns that and the scale (N,) it was divided by. ``visible`` (N, J) bool: the others take no part in the mean and
    are put on the root; without one, or with the root alone, the scale is 1 and the pose 0. The root must be visible.
    """
    n, count = joints.shape[:2]
    shown = torch.ones(n, count, dtype=torch.bool, device=joints.device) if visible is None else visible
    centred = joints - joints[:, root : root + 1]
    centred = torch.where(shown[..., None], centred, torch.zeros_like(centred))
    others = shown.sum(dim=1) - shown[:, root].int()
    distance = torch.linalg.vector_norm(centred[..., :2], dim=-1)  # 0 for the root and what is not visible
    scale = distance.sum(dim=1) / others.clamp(min=1)
    scale = torch.where(scale > _TINY, scale, torch.ones_like(scale))
    return centred / scale[:, None, None], scale


def rotate(joints: Tensor, depth: Tensor, angle: Tensor) -> Tensor:
    """x, y of a pose turned about the vertical axis through the root and seen from the front again.

    ``joints`` (N, J, 2), ``depth`` (N, J), ``angle`` (N,) radians → (N, J, 2): x cos + z sin, y.
    """
    x = joints[..., 0] * torch.cos(angle)[:, None] + depth * torch.sin(angle)[:, None]
    return torch.stack([x, joints[..., 1]], dim=-1)


def in_space(joints: Tensor, depth: Tensor, unit: Tensor, root: Tensor) -> Tensor:
    """(N, J, 3) points from the root, in the unit of the normalised pose: of ``joints`` (N, J, 2) and ``depth`` (N, J).

    ``unit`` (N,): what the pose was divided by, in rays (x/z of the camera); the root is then 1/unit away. ``root``
    (N, 2): its ray. A unit of 0 is a camera infinitely far away: x, y as they are.
    """
    grown = joints * (1 + unit[:, None, None] * depth[..., None]) + root[:, None] * depth[..., None]
    return torch.cat([grown, depth[..., None]], dim=-1)


def pictured(points: Tensor, unit: Tensor, root: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """The normalised pose (N, J, 2) that a camera sees of ``in_space``'s points, and its scale (N,): 1 if unturned.

    A turned pose has the unit ``unit`` · scale, and points in it are 1/scale of the size they had.
    """
    distance = (1 + unit[:, None] * points[..., 2]).clamp(min=_NEAREST)
    flat = (points[..., :2] - root[:, None] * points[..., 2:]) / distance[..., None]
    flat = flat.masked_fill(~visible[..., None], 0)
    pose, scale = normalise(flat, visible=visible)
    small = scale < _SMALLEST
    return torch.where(small[:, None, None], flat / _SMALLEST, pose), scale.masked_fill(small, _SMALLEST)


def turn(azimuth: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """(N, 3, 3) rotations of points seen by one camera to how another sees them, ``azimuth`` (N,) about the vertical.

    ``before`` and ``after`` (N, 2): elevation and roll of the cameras, radians. A camera of positive elevation looks
    down; at elevation and roll 0 this is ``rotate``. Source of the elevation: Wandt et al., "ElePose", CVPR 2022.
    """
    upright = _about(0, -before[:, 0]) @ _about(2, -before[:, 1])
    return _about(2, after[:, 1]) @ _about(0, after[:, 0]) @ _about(1, azimuth) @ upright


def heading_sine(joints: Tensor, depth: Tensor, heading: HeadingJoints = H36M_HEADING, planar: bool = True) -> Tensor:
    """(N,) sine of the angle in the z-x plane from the line neck to nose to the line left to right shoulder.

    Positive for a person whose face looks to where the chest does. ``planar``: divided by the lines' lengths in that
    plane, as the authors' code does; else by those in space, as the GAN report writes.
    """
    points = torch.cat([joints, depth[..., None]], dim=-1)
    face = points[:, heading.nose] - points[:, heading.neck]
    across = points[:, heading.right_shoulder] - points[:, heading.left_shoulder]
    step = 2 if planar else 1
    lengths = [torch.linalg.vector_norm(line[:, ::step], dim=-1) for line in (face, across)]
    product = face[:, 2] * across[:, 0] - face[:, 0] * across[:, 2]
    return product / (lengths[0] * lengths[1]).clamp(min=_TINY)


def heading_loss(sine: Tensor) -> Tensor:
    """How far faces look away from where chests do: the mean of max(0, −sine)."""
    return torch.relu(-sine).mean()


def _about(axis: int, angle: Tensor) -> Tensor:
    """Rotations (N, 3, 3) about a coordinate axis."""
    c, s = torch.cos(angle), torch.sin(angle)
    one, zero = torch.ones_like(c), torch.zeros_like(c)
    rows = {
        0: ((one, zero, zero), (zero, c, -s), (zero, s, c)),
        1: ((c, zero, s), (zero, one, zero), (-s, zero, c)),
        2: ((c, -s, zero), (s, c, zero), (zero, zero, one)),
    }[axis]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
