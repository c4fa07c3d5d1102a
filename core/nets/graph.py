"""A network as data: a few operator types on numbered tensors, in execution order, with float32 constants.

Tensors keep the file's NHWC shapes here; ``network`` runs them channels first. The passes keep what is computed and
only change how: ``prune`` drops what no wanted output needs, ``fold_padding`` moves explicit padding into convolutions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

Clamp = tuple[float, float] | None
# top, bottom, left, right
Padding = tuple[int, int, int, int]


@dataclass(frozen=True)
class Node:
    """One operator: names of the file format, reduced to what the networks use.

    ``kind``: conv, depthwise, dense, add, pad, max_pool, resize, prelu, logistic, mean, reshape, concat or
    depth_to_space. ``weight``: conv (O,kh,kw,I), depthwise (1,kh,kw,C), dense (O,I), prelu (C,). ``clamp``: the
    activation's range, or None. ``window``: of the pool, or the block of depth_to_space.
    ``pads``: pad operator's (rank, 2). ``shape``: reshape's target with the batch as -1. ``axis``: concat's.
    """

    kind: str
    inputs: tuple[int, ...]
    output: int
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None
    clamp: Clamp = None
    stride: tuple[int, int] = (1, 1)
    padding: Padding = (0, 0, 0, 0)
    window: tuple[int, int] = (1, 1)
    pads: np.ndarray | None = None
    shape: tuple[int, ...] = ()
    axis: int = 0
    align_corners: bool = False
    half_pixel_centers: bool = False


@dataclass(frozen=True)
class Graph:
    """``shapes``: NHWC shape of every activation for a batch of one."""

    input: int
    outputs: tuple[int, ...]
    nodes: tuple[Node, ...]
    shapes: dict[int, tuple[int, ...]] = field(repr=False)


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """(before, after) of the file format's SAME rule: ceil(size / stride) outputs, an odd total has more after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def prune(graph: Graph, wanted: tuple[int, ...]) -> Graph:
    """The same graph with the outputs at positions ``wanted`` only, without the nodes that none of them needs."""
    outputs = tuple(graph.outputs[i] for i in wanted)
    needed = set(outputs)
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        if node.output in needed:
            kept.append(node)
            needed.update(node.inputs)
    return replace(graph, outputs=outputs, nodes=tuple(reversed(kept)))


def fold_padding(graph: Graph) -> Graph:
    """Spatial PAD whose only use is a convolution becomes that convolution's own padding."""
    uses = Counter(i for node in graph.nodes for i in node.inputs)
    pads = {n.output: n for n in graph.nodes if n.kind == "pad" and uses[n.output] == 1 and _spatial(n)}
    nodes: list[Node] = []
    folded: set[int] = set()
    for node in graph.nodes:
        pad = pads.get(node.inputs[0]) if node.kind in ("conv", "depthwise") else None
        if pad is not None and pad.pads is not None:
            extra = pad.pads[1:3].reshape(4).tolist()
            top, bottom, left, right = (a + b for a, b in zip(node.padding, extra, strict=True))
            node = replace(node, inputs=pad.inputs, padding=(top, bottom, left, right))
            folded.add(pad.output)
        nodes.append(node)
    return replace(graph, nodes=tuple(node for node in nodes if node.output not in folded))


def _spatial(node: Node) -> bool:
    return node.pads is not None and len(node.pads) == 4 and not node.pads[0].any() and not node.pads[3].any()
