"""Which focal length a solve takes, in the order of trust: told by the user, by the file, by the footage, assumed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..settings import DEFAULT_FOV
from .estimate import LensEstimate
from .grid import middle_and_spread, prior

FOCAL, FOV, METADATA, ESTIMATED, DEFAULT = "focal", "fov", "metadata", "estimated", "default"


@dataclass(frozen=True)
class Lens:
    """``focal_px`` along both axes, upright full-size pixels; ``source``: focal, fov, metadata, estimated or default;
    ``spread``: standard deviation as a share of the focal length, None where it was told; ``told_by``: what in the
    footage an estimate comes from."""

    focal_px: float
    source: str
    spread: float | None = None
    told_by: tuple[str, ...] = ()

    def matrix(self, width: int, height: int) -> np.ndarray:
        """(3, 3) K; the principal point is the picture's middle, (0, 0) being the centre of the first pixel."""
        f = self.focal_px
        return np.array([[f, 0, (width - 1) / 2], [0, f, (height - 1) / 2], [0, 0, 1]], np.float64)

    def notes(self) -> dict[str, Any]:
        """What a take says of it, among its settings."""
        return {
            "focal": self.focal_px, "focal_source": self.source, "focal_spread": self.spread,
            "focal_told_by": list(self.told_by),
        }  # fmt: skip

    def summary(self) -> dict[str, Any]:
        """What ``--json`` prints of it."""
        spread = None if self.spread is None else round(self.spread, 3)
        return {
            "focal_px": round(self.focal_px, 3), "focal_source": self.source, "focal_spread": spread,
            "focal_told_by": list(self.told_by),
        }  # fmt: skip


def choose_lens(
    fov: float | None, focal: float | None, size: tuple[int, int], metadata: float | None,
    estimate: Callable[[], LensEstimate | None], warn: Callable[[str], None],
) -> Lens:  # fmt: skip
    """The focal length the user gave, else the metadata's, else the footage's own, else that of the default field of
    view, with a warning; ``estimate`` is asked only where nobody told."""
    if focal is not None:
        return Lens(focal, FOCAL)
    if fov is not None:
        return Lens(focal_of_fov(fov, size), FOV)
    if metadata is not None:
        return Lens(metadata, METADATA)
    found = estimate()
    if found is not None:
        return Lens(found.focal_px, ESTIMATED, found.spread, found.told_by)
    _, spread = middle_and_spread(prior())
    warn(
        f"Neither the file nor the footage tells the lens: {DEFAULT_FOV:g}° along the longer side are assumed, and "
        f"distances may be off by {100 * spread:.0f} % or more (--fov or --focal tells it)."
    )
    return Lens(focal_of_fov(DEFAULT_FOV, size), DEFAULT, spread)


def focal_of_fov(fov: float, size: tuple[int, int]) -> float:
    """Pixels, from degrees along the longer side of a picture of ``size`` (w, h)."""
    return max(size) / 2 / math.tan(math.radians(fov) / 2)


def fov_of_focal(focal_px: float, size: tuple[int, int]) -> float:
    """Degrees along the longer side of a picture of ``size`` (w, h)."""
    return math.degrees(2 * math.atan(max(size) / 2 / focal_px))
