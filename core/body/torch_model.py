"""The same bodies and hands in torch: batched, differentiable, on any device.

Equations and frames as in ``numpy_model``.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .numpy_model import BodyModel


def axis_angle_to_matrix(axis_angle: Tensor) -> Tensor:
    """(…, 3) radians to (…, 3, 3). Rodrigues' formula; the series near zero keeps gradients finite."""
    squared = (axis_angle * axis_angle).sum(-1)[..., None, None]
    small = squared < 1e-6
    safe = torch.where(small, torch.ones_like(squared), squared)
    angle = safe.sqrt()
    sine = torch.where(small, 1 - squared / 6, angle.sin() / angle)
    cosine = torch.where(small, 0.5 - squared / 24, (1 - angle.cos()) / safe)
    x, y, z = axis_angle.unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).unflatten(-1, (3, 3))
    identity = torch.eye(3, dtype=axis_angle.dtype, device=axis_angle.device)
    return identity + sine * skew + cosine * (skew @ skew)


class TorchBody(nn.Module):
    """Skinning of one ``BodyModel``. Move it with ``.to(device, dtype)`` like any module; nothing in it is trained."""

    v_template: Tensor
    shapedirs: Tensor
    J_regressor: Tensor
    weights: Tensor
    joint_template: Tensor
    joint_change: Tensor

    def __init__(
        self, model: BodyModel, dtype: torch.dtype = torch.float32, vertex_ids: np.ndarray | None = None
    ) -> None:
        """``vertex_ids`` keeps only those vertices, for solvers that need joints and a few surface points."""
        super().__init__()
        self.model = model
        self.parents = [int(p) for p in model.parents]
        pick = np.arange(len(model.v_template)) if vertex_ids is None else np.asarray(vertex_ids)
        template, change = model._joint_template
        for name, value in (
            ("v_template", model.v_template[pick]),
            ("shapedirs", model.shapedirs[pick]),
            ("weights", model.weights[pick]),
            ("joint_template", template),
            ("joint_change", change),
        ):
            self.register_buffer(name, torch.tensor(value, dtype=dtype), persistent=False)
        place = np.full(len(model.v_template), -1)
        place[pick] = np.arange(len(pick))
        self._block_joints: list[int] = []
        for block in model.pose_blocks:
            inside = place[block.vertices] >= 0
            if not inside.any():
                continue
            number = len(self._block_joints)
            self._block_joints.append(block.joint)
            ids = torch.from_numpy(place[block.vertices[inside]])
            self.register_buffer(f"block_vertices{number}", ids, persistent=False)
            offsets = torch.tensor(block.offsets[inside].reshape(-1, 9).T.copy(), dtype=dtype)
            self.register_buffer(f"block_offsets{number}", offsets, persistent=False)

    def joints(self, betas: Tensor) -> Tensor:
        """T-pose joints (…,J,3) for betas (…,B)."""
        return self.joint_template + torch.einsum("jib,...b->...ji", self.joint_change[..., : betas.shape[-1]], betas)

    def forward(self, betas: Tensor, pose: Tensor, transl: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Vertices (…,V,3), joints (…,J,3) and global rotations (…,J,3,3).

        betas (…,B) or (B,); pose (…,J,3) axis-angle, joint 0 first; transl (…,3).
        """
        local = axis_angle_to_matrix(pose)
        rest = self.joints(betas)
        rotations, joints = forward_kinematics(local, rest, self.parents)
        shaped = self.v_template + torch.einsum("vib,...b->...vi", self.shapedirs[..., : betas.shape[-1]], betas)
        if self._block_joints:
            shaped = shaped + self._correctives(local)
        offset = joints - (rotations @ rest.expand(joints.shape)[..., None])[..., 0]
        transforms = torch.cat([rotations, offset[..., None]], -1).flatten(-2)
        blend = (self.weights @ transforms).unflatten(-1, (3, 4))
        vertices = (blend[..., :3] @ shaped[..., None])[..., 0] + blend[..., 3]
        if transl is not None:
            vertices, joints = vertices + transl[..., None, :], joints + transl[..., None, :]
        return vertices, joints, rotations

    def _correctives(self, local: Tensor) -> Tensor:
        feature = (local - torch.eye(3, dtype=local.dtype, device=local.device)).flatten(-2)
        total = torch.zeros(*local.shape[:-3], len(self.v_template), 3, dtype=local.dtype, device=local.device)
        for number, joint in enumerate(self._block_joints):
            offsets: Tensor = getattr(self, f"block_offsets{number}")
            ids: Tensor = getattr(self, f"block_vertices{number}")
            total = total.index_add(-2, ids, (feature[..., joint, :] @ offsets).unflatten(-1, (len(ids), 3)))
        return total


def forward_kinematics(local: Tensor, rest: Tensor, parents: list[int]) -> tuple[Tensor, Tensor]:
    """Global rotations (…,J,3,3) and joints (…,J,3); joint 0 stays at its rest position."""
    rotations = [local[..., 0, :, :]]
    positions = [rest[..., 0, :].expand(*local.shape[:-3], 3)]
    for joint, parent in enumerate(parents[1:], start=1):
        rotations.append(rotations[parent] @ local[..., joint, :, :])
        bone = (rest[..., joint, :] - rest[..., parent, :])[..., None]
        positions.append(positions[parent] + (rotations[parent] @ bone)[..., 0])
    return torch.stack(rotations, -3), torch.stack(positions, -2)
