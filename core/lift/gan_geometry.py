"""What surrounds Kudo's GAN: normalised 2D poses, rotation about the vertical axis, and the heading of a pose.

Camera axes throughout: x right, y down, z away from the camera, so that a person who faces the camera has the nose at
smaller z than the neck and the right shoulder at smaller x than the left. Source: Kudo et al. 2018; batches of torch
tensors, differentiable.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

Tensor = torch.Tensor

_TINY = 1e-8


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
    shown = torch.ones(n, count, dtype=torch.bool, device=joints.device) if visible is None else visible.clone()
    centred = joints - joints[:, root : root + 1]
    centred = torch.where(shown[..., None], centred, torch.zeros_like(centred))
    shown[:, root] = False
    distance = torch.linalg.vector_norm(centred[..., :2], dim=-1)
    scale = distance.sum(dim=1) / shown.sum(dim=1).clamp(min=1)
    scale = torch.where(scale > _TINY, scale, torch.ones_like(scale))
    return centred / scale[:, None, None], scale


def rotate(joints: Tensor, depth: Tensor, angle: Tensor) -> Tensor:
    """x, y of a pose turned about the vertical axis through the root and seen from the front again.

    ``joints`` (N, J, 2), ``depth`` (N, J), ``angle`` (N,) radians → (N, J, 2): x cos + z sin, y.
    """
    x = joints[..., 0] * torch.cos(angle)[:, None] + depth * torch.sin(angle)[:, None]
    return torch.stack([x, joints[..., 1]], dim=-1)


def heading_sine(joints: Tensor, depth: Tensor, heading: HeadingJoints = H36M_HEADING, planar: bool = True) -> Tensor:
    """(N,) sine of the angle in the z-x plane from the line neck to nose to the line left to right shoulder.

    Positive for a person whose face looks to where the chest does. ``planar``: divided by the lines' lengths in that
    plane, as the authors' code does; else by those in space, as the GAN report writes.
    """
    points = torch.cat([joints, depth[..., None]], dim=-1)
    face = points[:, heading.nose] - points[:, heading.neck]
    across = points[:, heading.right_shoulder] - points[:, heading.left_shoulder]
    kept = [0, 2] if planar else [0, 1, 2]
    lengths = [torch.linalg.vector_norm(line[:, kept], dim=-1) for line in (face, across)]
    product = face[:, 2] * across[:, 0] - face[:, 0] * across[:, 2]
    return product / (lengths[0] * lengths[1]).clamp(min=_TINY)


def heading_loss(sine: Tensor) -> Tensor:
    """How far faces look away from where chests do: the mean of max(0, −sine)."""
    return torch.relu(-sine).mean()
