"""The operators as torch modules, channels first. Semantics are the file format's, parity is LiteRT's."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from .graph import Clamp, Graph, Node

# Images per call that packed weights are laid out for; other numbers work too.
_PACKED_BATCH = 4


def build_op(node: Node, graph: Graph) -> nn.Module:
    """The module that computes ``node``; ``graph.shapes`` gives the ranks."""
    return _BUILDERS[node.kind](node, graph)


def clamp_(tensor: torch.Tensor, clamp: Clamp) -> torch.Tensor:
    """Apply an activation's range in place."""
    if clamp is None:
        return tensor
    return tensor.clamp_(clamp[0], None if clamp[1] == float("inf") else clamp[1])


class Convolution(nn.Module):
    """Dense or depthwise convolution with the format's possibly one-sided padding and its activation.

    torch pads both sides alike. Where the sides differ, either the input is padded beforehand, or the convolution pads
    more on both sides and the surplus outputs are cut off: whichever copies the smaller tensor.
    """

    def __init__(self, node: Node, graph: Graph) -> None:
        super().__init__()
        assert node.weight is not None and node.bias is not None
        depthwise = node.kind == "depthwise"
        weight = node.weight.transpose(3, 0, 1, 2) if depthwise else node.weight.transpose(0, 3, 1, 2)
        self.weight = nn.Parameter(torch.from_numpy(np.array(weight)))
        self.bias = nn.Parameter(torch.from_numpy(np.array(node.bias)))
        self.groups = weight.shape[0] if depthwise else 1
        self.stride = node.stride
        self.clamp = node.clamp
        self.packed: torch.Tensor | None = None
        rows, columns, channels = graph.shapes[node.inputs[0]][1:]
        self.input_shape = (channels, rows, columns)
        top, bottom, left, right = node.padding
        self.padding = (top, left)
        self.before: tuple[int, ...] | None = None
        self.cut: tuple[slice, ...] | None = None
        if (top, left) == (bottom, right):
            return
        if math.prod(graph.shapes[node.inputs[0]]) <= math.prod(graph.shapes[node.output]):
            self.padding, self.before = (0, 0), (left, right, top, bottom)
        else:
            rows, columns = graph.shapes[node.output][1:3]
            pad_y, cut_y = _surplus(top, bottom, node.stride[0], rows)
            pad_x, cut_x = _surplus(left, right, node.stride[1], columns)
            self.padding, self.cut = (pad_y, pad_x), (slice(None), slice(None), cut_y, cut_x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.before is not None:
            x = functional.pad(x, self.before)
        if self.packed is not None and not torch.is_grad_enabled():
            y = self._onednn(x)
        else:
            y = functional.conv2d(x, self.weight, self.bias, self.stride, self.padding, 1, self.groups)
            y = clamp_(y, self.clamp)
        return y if self.cut is None else y[self.cut]

    def pack(self) -> None:
        """Lay out the weights for oneDNN, once, where this torch has it; for a network that stays on the CPU.

        On one thread ``conv2d`` picks a path of half the speed for small batches. These private operators do not, and
        fuse the activation; torch is pinned and a test holds them equal to ``conv2d``.
        """
        if torch.backends.mkldnn.is_available():
            channels, rows, columns = self.input_shape
            if self.before is not None:
                rows, columns = rows + sum(self.before[2:]), columns + sum(self.before[:2])
            # Without the input's size oneDNN guesses a layout, and lays some weights out again in every call.
            size = (_PACKED_BATCH, channels, rows, columns)
            self.packed = torch._C._nn.mkldnn_reorder_conv2d_weight(  # pyright: ignore[reportAttributeAccessIssue]
                self.weight.detach().to_mkldnn(), self.padding, self.stride, (1, 1), self.groups, size
            )

    def _onednn(self, x: torch.Tensor) -> torch.Tensor:
        kind, scalars = "none", []
        if self.clamp is not None:
            low, high = self.clamp
            kind, scalars = ("relu", []) if (low, high) == (0.0, math.inf) else ("hardtanh", [low, high])
        return torch.ops.mkldnn._convolution_pointwise(
            x, self.packed, self.bias, self.padding, self.stride, (1, 1), self.groups, kind, scalars, ""
        )


def _surplus(before: int, after: int, stride: int, size: int) -> tuple[int, slice]:
    """Padding for both sides that keeps the samples' phase, and which outputs are then the wanted ``size``."""
    pad = max(before, after)
    pad += (before - pad) % stride
    skip = (pad - before) // stride
    return pad, slice(skip, skip + size)


class Dense(nn.Module):
    def __init__(self, node: Node) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(np.array(node.weight)))
        self.bias = nn.Parameter(torch.from_numpy(np.array(node.bias)))
        self.clamp = node.clamp

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return clamp_(functional.linear(x, self.weight, self.bias), self.clamp)


class Prelu(nn.Module):
    def __init__(self, node: Node) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(np.array(node.weight)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.prelu(x, self.weight)


class Stateless(nn.Module):
    """An operator without constants of its own."""

    def __init__(self, function: Callable[..., torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return self.function(*inputs)


def depth_to_space(x: torch.Tensor, block: int) -> torch.Tensor:
    """(N, b·b·C, H, W) to (N, C, bH, bW). Channels are ordered block row, block column, C: not as ``pixel_shuffle``."""
    n, channels, height, width = x.shape
    depth = channels // (block * block)
    x = x.reshape(n, block, block, depth, height, width).permute(0, 3, 4, 1, 5, 2)
    return x.reshape(n, depth, height * block, width * block).contiguous(memory_format=torch.channels_last)


def max_pool(x: torch.Tensor, node: Node) -> torch.Tensor:
    top, bottom, left, right = node.padding
    if any(node.padding):
        x = functional.pad(x, (left, right, top, bottom), value=float("-inf"))
    return clamp_(functional.max_pool2d(x, node.window, node.stride), node.clamp)


def resize_bilinear(x: torch.Tensor, node: Node) -> torch.Tensor:
    """Upsampling with the file format's three conventions for where samples lie."""
    height, width = node.shape
    if node.align_corners or node.half_pixel_centers:
        return functional.interpolate(x, (height, width), mode="bilinear", align_corners=node.align_corners)
    # Neither flag: sample i lies at i · in / out, the corner convention, which torch does not offer.
    x = _lerp(x, 2, height)
    return _lerp(x, 3, width)


def _lerp(x: torch.Tensor, axis: int, size: int) -> torch.Tensor:
    old = x.shape[axis]
    position = torch.arange(size, device=x.device, dtype=torch.float32) * (old / size)
    low = position.floor().long()
    shape = [1, 1, 1, 1]
    shape[axis] = size
    fraction = (position - low).to(x.dtype).reshape(shape)
    return torch.lerp(x.index_select(axis, low), x.index_select(axis, (low + 1).clamp_(max=old - 1)), fraction)


def _add(node: Node, graph: Graph) -> nn.Module:
    return Stateless(lambda a, b: clamp_(a + b, node.clamp))


def _pad(node: Node, graph: Graph) -> nn.Module:
    assert node.pads is not None
    batch, rows, columns, channels = node.pads.tolist()
    assert batch == [0, 0]
    return Stateless(lambda x: functional.pad(x, (*columns, *rows, *channels)))


def _reshape(node: Node, graph: Graph) -> nn.Module:
    if len(graph.shapes[node.inputs[0]]) == 4:  # the format's element order is channels last
        return Stateless(lambda x: x.permute(0, 2, 3, 1).reshape(node.shape))
    return Stateless(lambda x: x.reshape(node.shape))


def _concat(node: Node, graph: Graph) -> nn.Module:
    rank = len(graph.shapes[node.output])
    axis = (0, 2, 3, 1)[node.axis] if rank == 4 else node.axis
    return Stateless(lambda *xs: torch.cat(xs, axis))


_BUILDERS: dict[str, Callable[[Node, Graph], nn.Module]] = {
    "conv": Convolution,
    "depthwise": Convolution,
    "dense": lambda node, graph: Dense(node),
    "prelu": lambda node, graph: Prelu(node),
    "add": _add,
    "pad": _pad,
    "max_pool": lambda node, graph: Stateless(lambda x: max_pool(x, node)),
    "resize": lambda node, graph: Stateless(lambda x: resize_bilinear(x, node)),
    "logistic": lambda node, graph: Stateless(torch.sigmoid),
    "mean": lambda node, graph: Stateless(lambda x: x.mean((2, 3))),
    "reshape": _reshape,
    "concat": _concat,
    "depth_to_space": lambda node, graph: Stateless(lambda x: depth_to_space(x, node.window[0])),
}
