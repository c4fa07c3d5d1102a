"""What stays the same for seconds: means over the frames around, farther than a lifter's convolutions reach."""

from __future__ import annotations

import torch
from torch import nn

CONTEXT_REACH = 80


class Context(nn.Module):
    """Mean and spread of learnt numbers over the measured frames around, told to every frame."""

    def __init__(self, channels: int, context: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.gather = nn.Linear(channels, context)
        self.tell = nn.Linear(2 * context, channels)
        # Nothing is told at first, so that a network that had no context goes on as it was.
        nn.init.zeros_(self.tell.weight)
        nn.init.zeros_(self.tell.bias)

    def forward(self, x: torch.Tensor, measured: torch.Tensor) -> torch.Tensor:
        """x (N, T, C), measured (N, T, 1) 0 or 1 → (N, T, C)."""
        y = torch.relu(self.gather(self.norm(x))).float()
        share = around(measured).clamp(min=1e-3)
        mean = around(y * measured) / share
        square = around(y.square() * measured) / share
        spread = (square - mean.square()).clamp(min=0).add(1e-6).sqrt()
        return x + self.tell(torch.cat([mean, spread], dim=-1))


def around(x: torch.Tensor) -> torch.Tensor:
    """(N, T, C) means over the frames within ``CONTEXT_REACH``, as far as there are any."""
    reach = min(CONTEXT_REACH, x.shape[1] - 1)
    rows = x.transpose(1, 2)
    pooled = nn.functional.avg_pool1d(rows, 2 * reach + 1, 1, reach, count_include_pad=False)
    return pooled.transpose(1, 2)
