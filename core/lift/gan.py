"""Generator and discriminator of Kudo et al., "Unsupervised Adversarial Learning of 3D Human Pose from 2D Joint
Locations", 2018, with the names that chainer gives their parameters, and the plainer pair of a later report on it.

A generator turns normalised 2D joints (``gan_geometry.normalise``) into a depth per joint in the same unit, away from
the camera; a discriminator tells real 2D poses from rotated and projected ones.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

Tensor = torch.Tensor

LEAKY_SLOPE = 0.2  # chainer's default; torch's is 0.01
CHAINER_EPS = 2e-5


class KudoNetwork(nn.Module):
    """(N, 2·joints) → (N, outputs): three layers of 1024, the first added to the third, and a linear one.

    Generator: ``outputs`` = joints, the depths. Discriminator: ``outputs`` = 1, a logit. ``batch_norm``: after each
    hidden layer's matrix. ``relu``: instead of leaky ReLU. Weights begin as N(0, 0.02).
    """

    def __init__(
        self, joints: int = 17, outputs: int = 17, batch_norm: bool = False, relu: bool = False, channels: int = 1024
    ) -> None:
        super().__init__()
        self.joints = joints
        self.slope = 0.0 if relu else LEAKY_SLOPE
        self.l1 = ChainerLinear(2 * joints, channels)
        self.l2 = ChainerLinear(channels, channels)
        self.l3 = ChainerLinear(channels, channels)
        self.l4 = ChainerLinear(channels, outputs)
        self.bn1 = _norm(channels, batch_norm)
        self.bn2 = _norm(channels, batch_norm)
        self.bn3 = _norm(channels, batch_norm)

    def forward(self, joints: Tensor) -> Tensor:
        h1 = self._activate(self.bn1(self.l1(joints)))
        h2 = self._activate(self.bn2(self.l2(h1)))
        h3 = self._activate(self.bn3(self.l3(h2)) + h1)
        return self.l4(h3)

    def _activate(self, x: Tensor) -> Tensor:
        return functional.leaky_relu(x, self.slope)


class ReportNetwork(nn.Module):
    """The variant of the GAN report: BODY_25's first 15 joints, three hidden linear layers with leaky ReLU.

    Generator: ``outputs`` = joints. Discriminator: ``outputs`` = 1 and ``probability``, which ends it in a sigmoid.
    The report does not state the hidden layers' width.
    """

    def __init__(
        self, joints: int = 15, outputs: int = 15, probability: bool = False, channels: int = 1024,
        slope: float = LEAKY_SLOPE,
    ) -> None:  # fmt: skip
        super().__init__()
        self.joints, self.slope, self.probability = joints, slope, probability
        sizes = (2 * joints, channels, channels, channels)
        self.hidden = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.out = nn.Linear(channels, outputs)

    def forward(self, joints: Tensor) -> Tensor:
        x = joints
        for layer in self.hidden:
            x = functional.leaky_relu(layer(x), self.slope)
        x = self.out(x)
        return torch.sigmoid(x) if self.probability else x


class ChainerLinear(nn.Module):
    """``W`` (out, in) and ``b`` (out,)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.W = nn.Parameter(0.02 * torch.randn(outputs, inputs))
        self.b = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.W, self.b)


class ChainerBatchNorm(nn.Module):
    """Chainer's batch normalisation: eps 2e-5, averages with decay 0.9, ``N`` counts batches."""

    avg_mean: Tensor
    avg_var: Tensor
    N: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))
        self.register_buffer("avg_mean", torch.zeros(channels))
        self.register_buffer("avg_var", torch.ones(channels))
        self.register_buffer("N", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.N += 1
        return functional.batch_norm(
            x, self.avg_mean, self.avg_var, self.gamma, self.beta, self.training, momentum=0.1, eps=CHAINER_EPS
        )


def _norm(channels: int, wanted: bool) -> nn.Module:
    return ChainerBatchNorm(channels) if wanted else nn.Identity()


def chainer_key(key: str) -> str:
    """The name in a chainer file of one of ``KudoNetwork``'s: ``l1.W`` → ``l1/W``."""
    return key.replace(".", "/")
