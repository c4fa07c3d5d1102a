"""Which device the networks run on, and in which precision."""

from __future__ import annotations

from collections.abc import Callable

from .errors import BadInputError

FULL_DTYPE = "float32"
# What half precision is where the device computes in it. bfloat16 moves landmarks further than float16 does, but no
# processor here is faster in float16.
_GPU_HALF, _CPU_HALF = "float16", "bfloat16"
_CPU_ABILITIES = ("avx512_bf16", "amx_bf16", "bf16")


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


def half_dtype(device: str) -> str | None:
    """Name of the torch type in which ``device`` computes the networks faster than in float32; None for none."""
    import torch

    if device != "cpu":
        return _GPU_HALF
    abilities = torch.cpu.get_capabilities()
    return _CPU_HALF if any(abilities.get(name) for name in _CPU_ABILITIES) else None


def choose_dtype(precision: str, device: str, warn: Callable[[str], None] = lambda message: None) -> str:
    """Name of the torch type for ``full`` or ``half`` precision on ``device``; ``warn`` is told where half is none."""
    if precision == "full":
        return FULL_DTYPE
    dtype = half_dtype(device)
    if dtype is None:
        warn("This processor gains nothing from half precision; the capture is in full precision (--precision).")
    return dtype or FULL_DTYPE
