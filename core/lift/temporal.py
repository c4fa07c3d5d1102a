"""The temporal convolutional lifter of Pavllo et al., "3D human pose estimation in video with temporal convolutions and
semi-supervised training", CVPR 2019, with the authors' parameter names.

One definition serves three ways of running it, with the same weights and the same result: over whole sequences with
dilated convolutions (``forward``), for training over windows of exactly one receptive field with strided ones
(``window``), and frame by frame with kept state (``streaming.StreamingLifter``).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import nn
from torch.nn import functional

Tensor = torch.Tensor


class TemporalLifter(nn.Module):
    """2D joints of a sequence to 3D joints of those of its frames that have a whole receptive field around them.

    ``widths``: odd filter widths, of which the product is the receptive field: 3,3,3 → 27; 3,3,3,3 → 81; five → 243.
    ``causal``: a frame's result depends on it and earlier frames only. The trajectory model is the same network with
    one joint out. ``features_in`` and ``features_out`` are numbers per joint: 2 and 3 in the paper, more where
    confidence goes in or uncertainty comes out.
    """

    def __init__(
        self,
        joints_in: int = 17,
        joints_out: int = 17,
        widths: Sequence[int] = (3, 3, 3),
        causal: bool = False,
        channels: int = 1024,
        dropout: float = 0.25,
        features_in: int = 2,
        features_out: int = 3,
    ) -> None:
        super().__init__()
        if not widths or any(width < 1 or width % 2 == 0 for width in widths):
            raise ValueError(f"filter widths must be odd, got {tuple(widths)}")
        self.joints_in, self.features_in = joints_in, features_in
        self.joints_out, self.features_out = joints_out, features_out
        self.widths, self.causal = tuple(widths), causal
        self.drop = nn.Dropout(dropout)
        self.expand_conv = nn.Conv1d(joints_in * features_in, channels, self.widths[0], bias=False)
        self.expand_bn = nn.BatchNorm1d(channels)
        convolutions: list[nn.Module] = []
        for width in self.widths[1:]:
            convolutions += [nn.Conv1d(channels, channels, width, bias=False)]
            convolutions += [nn.Conv1d(channels, channels, 1, bias=False)]
        self.layers_conv = nn.ModuleList(convolutions)
        self.layers_bn = nn.ModuleList(nn.BatchNorm1d(channels) for _ in convolutions)
        self.shrink = nn.Conv1d(channels, joints_out * features_out, 1)

    @property
    def receptive_field(self) -> int:
        """Frames that one result depends on."""
        return prod(self.widths)

    @property
    def padding(self) -> tuple[int, int]:
        """Frames that a sequence needs before its first and after its last one for a result per frame."""
        missing = self.receptive_field - 1
        return (missing, 0) if self.causal else (missing // 2, missing // 2)

    @property
    def dilations(self) -> tuple[int, ...]:
        """Distance in frames of the taps of each of ``widths``."""
        return tuple(prod(self.widths[:i]) for i in range(len(self.widths)))

    def forward(self, joints: Tensor) -> Tensor:
        """(N, T, J_in, F_in) → (N, T − receptive_field + 1, J_out, F_out). Raises ValueError for other shapes."""
        return self._run(joints, strided=False)

    def window(self, joints: Tensor) -> Tensor:
        """The same for N windows of T = receptive_field frames, → (N, 1, J_out, F_out), without the activations that
        ``forward`` would make and not use. A multiple of that T gives a result per window, one after the other."""
        if joints.shape[1] % self.receptive_field:
            raise ValueError(f"expected windows of {self.receptive_field} frames, got {joints.shape[1]}")
        return self._run(joints, strided=True)

    def sequence(self, joints: Tensor) -> Tensor:
        """(N, T, J_in, F_in) → (N, T, J_out, F_out): the ends padded by repeating the first and the last frame."""
        before, after = self.padding
        first, last = joints[:, :1], joints[:, -1:]
        return self(torch.cat([first.expand(-1, before, -1, -1), joints, last.expand(-1, after, -1, -1)], dim=1))

    def _run(self, joints: Tensor, strided: bool) -> Tensor:
        if joints.ndim != 4 or joints.shape[2:] != (self.joints_in, self.features_in):
            raise ValueError(f"expected (N, T, {self.joints_in}, {self.features_in}), got {tuple(joints.shape)}")
        if joints.shape[1] < self.receptive_field:
            raise ValueError(f"expected {self.receptive_field} frames or more, got {joints.shape[1]}")
        n = len(joints)
        x = joints.flatten(2).transpose(1, 2)
        x = self._convolve(x, self.expand_conv, self.expand_bn, 1, self.widths[0] if strided else 1)
        for i, (width, dilation) in enumerate(zip(self.widths[1:], self.dilations[1:], strict=True)):
            first, second = 2 * i, 2 * i + 1
            if strided:
                kept = x[:, :, width - 1 if self.causal else width // 2 :: width]
                dilation, stride = 1, width
            else:
                reach = (width - 1) * dilation
                start = reach if self.causal else reach // 2
                kept = x[:, :, start : start + x.shape[2] - reach]
                stride = 1
            y = self._convolve(x, self.layers_conv[first], self.layers_bn[first], dilation, stride)
            x = kept + self._convolve(y, self.layers_conv[second], self.layers_bn[second], 1, 1)
        return self.shrink(x).transpose(1, 2).reshape(n, -1, self.joints_out, self.features_out)

    def _convolve(self, x: Tensor, conv: nn.Module, norm: nn.Module, dilation: int, stride: int) -> Tensor:
        assert isinstance(conv, nn.Conv1d)
        return self.drop(functional.relu(norm(functional.conv1d(x, conv.weight, None, stride, 0, dilation))))
