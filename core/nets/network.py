"""A ``Graph`` as a torch module, batched over images, channels first inside, channels last in memory.

Measured with torch 2.13 on two cores, milliseconds per image at batches of 24: pose_landmark_full 4.4,
hand_landmark_full 3.6; one image alone takes 7 to 9. Against LiteRT on real crops the landmarks differ by at most
0.006 px of 256 in float32, by 0.6 px in float16 (hands 1.1 px) and by 5 px in bfloat16 (hands 15 px), which is why
float32 is the default although bfloat16 takes half the time where the processor has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import nn

from ..weights.store import model_path
from .flatbuffer import read_graph
from .graph import Graph, fold_padding, prune
from .heatmap import refine_landmarks
from .ops import Convolution, build_op
from .parallel import side_by_side
from .specs import NETWORKS, NetworkSpec

# Images per call of ``predict``: more gains nothing on a CPU, while a GPU wants many.
CPU_BATCH, GPU_BATCH = 32, 128
# On a CPU, tensors above this many elements per image are computed for this few images at a time.
LARGE_TENSOR, STEM_BATCH = 1 << 18, 2


class Network(nn.Module):
    """One network with named outputs.

    ``network(images)``: ``images`` (N, 3, size, size) RGB, values from ``spec.low`` (black) to ``spec.high`` (white),
    any N, on the network's device and dtype; returns a dict of float32 tensors (N, *shape) as ``spec.outputs`` says.
    ``network.predict(crops)`` does the same from numpy images to numpy arrays.
    """

    probe: torch.Tensor

    def __init__(self, spec: NetworkSpec, graph: Graph, outputs: tuple[str, ...]) -> None:
        """``graph``: the whole file's; what ``outputs`` do not need is dropped."""
        super().__init__()
        self.spec = spec
        self.output_names = outputs
        self.computed = _file_outputs(spec, outputs)
        self.body = GraphModule(fold_padding(prune(graph, self.computed)))
        # A buffer of no size, so that ``to`` tells where the network is and in which precision.
        self.register_buffer("probe", torch.zeros(0), persistent=False)

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        side = self.spec.size
        if images.ndim != 4 or images.shape[1:] != (3, side, side):
            raise ValueError(f"{self.spec.name}: images must be (N, 3, {side}, {side}), got {tuple(images.shape)}")
        with _full_precision(images):
            results = self.body(images.contiguous(memory_format=torch.channels_last))
        values = {index: result.float() for index, result in zip(self.computed, results, strict=True)}
        return {name: self._output(name, values) for name in self.output_names}

    def _output(self, name: str, values: dict[int, torch.Tensor]) -> torch.Tensor:
        output = self.spec.output(name)
        value = values[output.index]
        value = value.reshape(len(value), *output.shape)
        if output.refined_by is None:
            return value
        return refine_landmarks(value, values[self.spec.output(output.refined_by).index], self.spec.size)

    def predict(
        self, crops: np.ndarray, batch: int | None = None, done: Callable[[int], None] = lambda images: None
    ) -> dict[str, np.ndarray]:
        """``crops``: (N, size, size, 3) RGB, 0 to 255, uint8 or float; N may be 0. Runs ``batch`` images at a time, and
        tells ``done`` how many each time; on a CPU several threads do."""

        def run(part: np.ndarray) -> dict[str, torch.Tensor]:
            values = self._predict_batch(part)
            done(len(part))
            return values

        if not len(crops):
            return {name: np.zeros((0, *self.spec.output(name).shape), np.float32) for name in self.output_names}
        if self.probe.device.type == "cpu":
            parts = side_by_side(run, crops, batch or CPU_BATCH)
        else:
            size = batch or GPU_BATCH
            parts = [run(crops[start : start + size]) for start in range(0, len(crops), size)]
        return {name: torch.cat([part[name] for part in parts]).cpu().numpy() for name in self.output_names}

    @torch.inference_mode()
    def _predict_batch(self, crops: np.ndarray) -> dict[str, torch.Tensor]:
        return self(self.prepare(crops))

    def prepare(self, crops: np.ndarray) -> torch.Tensor:
        """``crops`` as above to the (N, 3, size, size) tensor that ``forward`` takes, on the network's device."""
        scale = (self.spec.high - self.spec.low) / 255.0
        images = torch.from_numpy(np.ascontiguousarray(crops)).to(self.probe.device).permute(0, 3, 1, 2)
        return (images * scale).add_(self.spec.low).to(self.probe.dtype)


class GraphModule(nn.Module):
    """Runs the nodes in order; a tensor is freed after its last use. Returns the outputs as a tuple.

    On a CPU the leading nodes, whose tensors are large, run on a few images at a time and only the rest on the whole
    batch: buffers of tens of megabytes leave the cache and are returned to the system after each use, which costs more
    than the arithmetic, while the small late tensors need the batch to be efficient.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.ops = nn.ModuleList(build_op(node, graph) for node in graph.nodes)
        last_use = {i: k for k, node in enumerate(graph.nodes) for i in node.inputs}
        self.plan = [
            (node.inputs, node.output, [i for i in set(node.inputs) if last_use[i] == k and i not in graph.outputs])
            for k, node in enumerate(graph.nodes)
        ]
        large = (last_use.get(node.output, k) for k, node in enumerate(graph.nodes) if _is_large(graph, node.output))
        self.stem = max(large, default=-1) + 1
        self.input = graph.input
        self.outputs = graph.outputs

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        whole = images.device.type != "cpu" or len(images) <= STEM_BATCH
        slices: Iterator[torch.Tensor] = iter((images,) if whole else images.split(STEM_BATCH))
        parts = [self._run({self.input: part}, 0, self.stem) for part in slices]
        tensors = parts[0] if whole else {i: torch.cat([part[i] for part in parts]) for i in parts[0]}
        self._run(tensors, self.stem, len(self.plan))
        return tuple(tensors[i].permute(0, 2, 3, 1) if tensors[i].ndim == 4 else tensors[i] for i in self.outputs)

    def _run(self, tensors: dict[int, torch.Tensor], start: int, stop: int) -> dict[int, torch.Tensor]:
        """Run nodes ``start`` to ``stop`` on ``tensors``, which keeps only what later nodes need."""
        for k in range(start, stop):
            inputs, output, dead = self.plan[k]
            tensors[output] = self.ops[k](*(tensors[i] for i in inputs))
            for i in dead:
                del tensors[i]
        return tensors


def _is_large(graph: Graph, tensor: int) -> bool:
    return math.prod(graph.shapes[tensor]) > LARGE_TENSOR


def _full_precision(images: torch.Tensor) -> AbstractContextManager[None]:
    """On CUDA, float32 convolutions would be rounded to TF32 by default, which moves landmarks as float16 does."""
    if images.device.type != "cuda" or images.dtype != torch.float32:
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, benchmark=False, allow_tf32=False)


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
    network = Network(spec, read_graph(model_path(name)), outputs or spec.default_outputs)
    network.eval().requires_grad_(False).to(device=torch.device(device), dtype=dtype or torch.float32)
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    if network.probe.device.type == "cpu" and network.probe.dtype == torch.float32:
        for module in network.modules():
            if isinstance(module, Convolution):
                module.pack()
    return network


def _file_outputs(spec: NetworkSpec, names: tuple[str, ...]) -> tuple[int, ...]:
    """Positions among the file's outputs that ``names`` and their heat-maps need, in the file's order."""
    needed = [spec.output(name) for name in names]
    needed += [spec.output(output.refined_by) for output in needed if output.refined_by]
    return tuple(sorted({output.index for output in needed}))
