"""Which device the networks run on."""

from __future__ import annotations

from .errors import BadInputError


def choose_device(name: str) -> str:
    """``auto`` is CUDA, else MPS, else the CPU. Raises BadInputError for a device this machine lacks."""
    import torch

    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return next(device for device, there in available.items() if there)
    if not available.get(name, False):
        known = ", ".join(device for device, there in available.items() if there)
        raise BadInputError(f"--device {name} is not available here.", f"Choose auto, {known}.")
    return name
