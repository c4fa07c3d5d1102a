"""The default networks, read from their published files and run in torch, batched, on CPU, CUDA or MPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import torch

    from .network import Network
    from .specs import NetworkSpec


class Predictor(Protocol):
    """What perception asks of a network; ``network.Network`` is one."""

    @property
    def spec(self) -> NetworkSpec: ...

    def predict(
        self, crops: np.ndarray, batch: int | None = None, done: Callable[[int], None] = ...
    ) -> dict[str, np.ndarray]: ...


def load_network(
    name: str,
    device: str | torch.device = "cpu",
    dtype: torch.dtype | None = None,
    outputs: tuple[str, ...] | None = None,
) -> Network:
    """Load a network of ``specs.NETWORKS`` onto ``device``; see ``network.Network`` for calling it.

    ``dtype``: float32 unless given. ``outputs``: names of the wanted outputs, the spec's defaults unless given; what
    only other outputs need is not computed. Raises ``ModelsMissingError`` where the file has not been pulled, and
    ``KeyError`` for an unknown network or output. Importing this package does not import torch; this call does.
    """
    from .network import load

    return load(name, device, dtype, outputs)
