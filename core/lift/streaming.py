"""A causal temporal lifter frame by frame: every layer keeps what its later taps need, nothing is computed twice."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from .temporal import TemporalLifter

Tensor = torch.Tensor


class StreamingLifter:
    """One frame in, one frame out, the same numbers as ``network.sequence`` over all frames so far.

    ``network``: causal, in evaluation mode; its weights are copied with the batch normalisation folded in.
    ``people`` rows are followed side by side. Raises ValueError for a network that is symmetric or in training.
    """

    def __init__(self, network: TemporalLifter, people: int = 1) -> None:
        if not network.causal or network.training:
            raise ValueError("frame by frame needs a causal network in evaluation mode")
        self.people = people
        self._shape_in = (people, network.joints_in, network.features_in)
        self._shape_out = (people, network.joints_out, network.features_out)
        self._expand = _Layer.of(network.expand_conv, network.expand_bn, network.widths[0], 1)
        self._blocks = []
        for i, (width, dilation) in enumerate(zip(network.widths[1:], network.dilations[1:], strict=True)):
            spread = _Layer.of(network.layers_conv[2 * i], network.layers_bn[2 * i], width, dilation)
            point = _Layer.of(network.layers_conv[2 * i + 1], network.layers_bn[2 * i + 1], 1, 1)
            self._blocks.append((spread, point))
        self._shrink = network.shrink.weight.detach()[:, :, 0], _bias(network.shrink)

    def reset(self) -> None:
        """Forget all frames: the next one begins a new sequence."""
        for layer in (self._expand, *(layer for block in self._blocks for layer in block)):
            layer.kept, layer.at = None, 0

    @torch.inference_mode()
    def step(self, joints: Tensor) -> Tensor:
        """(people, J_in, F_in) of the next frame → (people, J_out, F_out). The first one counts for all before it."""
        if tuple(joints.shape) != self._shape_in:
            raise ValueError(f"expected {self._shape_in}, got {tuple(joints.shape)}")
        x = self._expand.step(joints.flatten(1))
        for spread, point in self._blocks:
            x = x + point.step(spread.step(x))
        return functional.linear(x, *self._shrink).reshape(self._shape_out)


@dataclass
class _Layer:
    """A convolution over the last frames, with a ring of the inputs that its taps still need."""

    weight: Tensor  # (out, width · in), taps oldest first
    bias: Tensor
    width: int
    dilation: int
    kept: Tensor | None = None  # (ring, people, in)
    at: int = 0

    @staticmethod
    def of(conv: nn.Module, norm: nn.Module, width: int, dilation: int) -> _Layer:
        assert isinstance(conv, nn.Conv1d) and isinstance(norm, nn.BatchNorm1d)
        mean, variance = norm.running_mean, norm.running_var
        assert mean is not None and variance is not None
        scale = norm.weight / torch.sqrt(variance + norm.eps)
        weight = conv.weight * scale[:, None, None]
        return _Layer(
            weight.transpose(1, 2).flatten(1).detach(), (norm.bias - mean * scale).detach(), width, dilation
        )

    def step(self, x: Tensor) -> Tensor:
        if self.width > 1:
            x = self._taps(x)
        return functional.linear(x, self.weight, self.bias).relu_()

    def _taps(self, x: Tensor) -> Tensor:
        ring = (self.width - 1) * self.dilation + 1
        if self.kept is None:
            self.kept = x.expand(ring, *x.shape).clone()
        self.at = (self.at + 1) % ring
        self.kept[self.at] = x
        rows = [(self.at + 1 + i * self.dilation) % ring for i in range(self.width)]
        return self.kept[rows].transpose(0, 1).flatten(1)


def _bias(conv: nn.Conv1d) -> Tensor:
    assert conv.bias is not None
    return conv.bias.detach()
