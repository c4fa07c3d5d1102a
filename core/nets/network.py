"""A ``Graph`` as a torch module, batched over images, channels first inside."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from ..weights.store import model_path
from .flatbuffer import read_graph
from .graph import Graph, fold_padding, prune
from .ops import build_op
from .specs import NETWORKS, NetworkSpec


class Network(nn.Module):
    """One network with named outputs.

    ``network(images)``: ``images`` (N, 3, size, size) RGB, values from ``spec.low`` (black) to ``spec.high`` (white), any
    N, on the network's device and dtype; returns a dict of float32 tensors (N, *shape) as ``spec.outputs`` says.
    ``network.predict(crops)`` does the same from numpy images to numpy arrays.
    """

    def __init__(self, spec: NetworkSpec, graph: Graph, outputs: tuple[str, ...]) -> None:
        super().__init__()
        self.spec = spec
        self.output_names = outputs
        self.body = GraphModule(graph)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        results = self.body(images.to(memory_format=torch.channels_last))
        shapes = [self.spec.output(name).shape for name in self.output_names]
        return {
            name: value.float().reshape(len(images), *shape)
            for name, value, shape in zip(self.output_names, results, shapes, strict=True)
        }

    @torch.inference_mode()
    def predict(self, crops: np.ndarray, batch: int = 8) -> Mapping[str, np.ndarray]:
        """``crops``: (N, size, size, 3) RGB, 0 to 255, uint8 or float. Runs ``batch`` at a time; N may be 0."""
        side = self.spec.size
        if crops.ndim != 4 or crops.shape[1:] != (side, side, 3):
            raise ValueError(f"{self.spec.name}: crops must be (N, {side}, {side}, 3), got {crops.shape}")
        parts: dict[str, list[np.ndarray]] = {name: [] for name in self.output_names}
        for start in range(0, len(crops), batch):
            for name, value in self(self.prepare(crops[start : start + batch])).items():
                parts[name].append(value.cpu().numpy())
        empty = {name: np.zeros((0, *self.spec.output(name).shape), np.float32) for name in self.output_names}
        return {name: np.concatenate(values) if values else empty[name] for name, values in parts.items()}

    def prepare(self, crops: np.ndarray) -> torch.Tensor:
        """``crops`` as above to the (N, 3, size, size) tensor that ``forward`` takes, on the network's device."""
        like = next(self.parameters())
        images = torch.from_numpy(np.ascontiguousarray(crops)).to(like.device).permute(0, 3, 1, 2).to(torch.float32)
        scaled = images.mul_((self.spec.high - self.spec.low) / 255.0) if crops.dtype == np.uint8 else (
            images * ((self.spec.high - self.spec.low) / 255.0)
        )
        return scaled.add_(self.spec.low).to(like.dtype)


class GraphModule(nn.Module):
    """Runs the nodes in order; a tensor is freed after its last use. Returns the outputs as a tuple."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.ops = nn.ModuleList(build_op(node, graph) for node in graph.nodes)
        last_use = {i: k for k, node in enumerate(graph.nodes) for i in node.inputs}
        self.plan = [
            (node.inputs, node.output, tuple(i for i in set(node.inputs) if last_use[i] == k and i not in graph.outputs))
            for k, node in enumerate(graph.nodes)
        ]
        self.input = graph.input
        self.outputs = graph.outputs

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        tensors = {self.input: images}
        for op, (inputs, output, dead) in zip(self.ops, self.plan, strict=True):
            tensors[output] = op(*(tensors[i] for i in inputs))
            for i in dead:
                del tensors[i]
        return tuple(_channels_last_values(tensors[i]) for i in self.outputs)


def _channels_last_values(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.permute(0, 2, 3, 1) if tensor.ndim == 4 else tensor


def load(
    name: str,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    outputs: tuple[str, ...] | None = None,
) -> Network:
    """See ``core.nets.load_network``."""
    if name not in NETWORKS:
        raise KeyError(f"unknown network {name!r}; known: {', '.join(NETWORKS)}")
    spec = NETWORKS[name]
    names = outputs or spec.default_outputs
    graph = fold_padding(prune(read_graph(model_path(name)), tuple(spec.output(n).index for n in names)))
    network = Network(spec, graph, names).eval().requires_grad_(False)
    return network.to(device=device, dtype=dtype or torch.float32, memory_format=torch.channels_last)
