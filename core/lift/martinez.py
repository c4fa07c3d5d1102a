"""The single-frame lifter of Martinez et al., "A simple yet effective baseline for 3d human pose estimation", ICCV
2017, with the parameter names of its PyTorch version."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

Tensor = torch.Tensor


class MartinezLifter(nn.Module):
    """2D joints (N, 2·J_in) to 3D joints (N, 3·J_out), both z-scored per number over the training set.

    The paper: 16 joints in (Human3.6M's 17 without neck/nose, pixels, not centred), 16 out (without the hip, relative
    to it), two residual stages of 1024. ``max_norm``: the original limits each layer's matrix to this Frobenius norm
    (1) while it trains; None, as in the PyTorch version, does not. ``numbers_in``: where more goes in than x and y.
    """

    def __init__(
        self,
        joints_in: int = 16,
        joints_out: int = 16,
        channels: int = 1024,
        stages: int = 2,
        dropout: float = 0.5,
        max_norm: float | None = None,
        numbers_in: int | None = None,
    ) -> None:
        super().__init__()
        self.joints_in, self.joints_out = joints_in, joints_out
        self.w1 = LimitedLinear(numbers_in or 2 * joints_in, channels, max_norm)
        self.batch_norm1 = nn.BatchNorm1d(channels)
        self.linear_stages = nn.ModuleList(_Stage(channels, dropout, max_norm) for _ in range(stages))
        self.w2 = LimitedLinear(channels, 3 * joints_out, max_norm)
        self.drop = nn.Dropout(dropout)

    def forward(self, joints: Tensor) -> Tensor:
        """(N, 2·J_in) → (N, 3·J_out); x and y (and z) of a joint are neighbours."""
        x = self.drop(functional.relu(self.batch_norm1(self.w1(joints))))
        for stage in self.linear_stages:
            x = stage(x)
        return self.w2(x)


class LimitedLinear(nn.Linear):
    """A linear layer whose matrix is used scaled down to ``max_norm`` where its Frobenius norm is above.

    Initialised as in the paper (He et al. 2015).
    """

    def __init__(self, in_features: int, out_features: int, max_norm: float | None) -> None:
        super().__init__(in_features, out_features)
        self.max_norm = max_norm
        nn.init.kaiming_normal_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        if self.max_norm is None:
            return super().forward(input)
        norm = torch.linalg.vector_norm(self.weight).clamp(min=self.max_norm)
        return functional.linear(input, self.weight * (self.max_norm / norm), self.bias)


class _Stage(nn.Module):
    def __init__(self, channels: int, dropout: float, max_norm: float | None) -> None:
        super().__init__()
        self.w1 = LimitedLinear(channels, channels, max_norm)
        self.batch_norm1 = nn.BatchNorm1d(channels)
        self.w2 = LimitedLinear(channels, channels, max_norm)
        self.batch_norm2 = nn.BatchNorm1d(channels)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = self.drop(functional.relu(self.batch_norm1(self.w1(x))))
        return x + self.drop(functional.relu(self.batch_norm2(self.w2(y))))
