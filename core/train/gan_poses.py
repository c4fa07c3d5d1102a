"""2D poses as the GAN lifter sees them, and a pool of them to draw batches from.

Nothing here, and nothing the training is given, has a third dimension: of a window only rays and confidences are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from ..lift.default_input import look
from ..lift.gan_geometry import normalise
from .ahead import Ahead
from .h36m import H36M, confidence_of, to_h36m
from .mocap import Mocap
from .noise import NoiseModel
from .sampling import Variety, Windows, draw_windows

Tensor = torch.Tensor

# Windows of one frame are drawn fastest by the thousand.
_CHUNK = 8192


class Poses(NamedTuple):
    """pose (N, 17, 2) normalised, visible (N, 17) bool, unit (N,) and root (N, 2) as ``gan_geometry.in_space`` has
    them: rays per unit, and the root's ray in the camera that looks at the person's middle."""

    pose: Tensor
    visible: Tensor
    unit: Tensor
    root: Tensor

    def take(self, rows: Tensor) -> Poses:
        """Those rows (K,), indices or bool."""
        return Poses(*(part[rows] for part in self))

    def to(self, device: str) -> Poses:
        """The same on a device."""
        return Poses(*(part.to(device, non_blocking=True) for part in self))


def poses(windows: Windows, device: str, missing: bool) -> Poses:
    """All frames of windows, N = B·T; ``missing``: joints without confidence are put on the root, else all count.

    Frames whose hips are not seen have no root; they are left out of training by having nothing visible at all.
    """
    confidence = windows.confidence if missing else np.ones_like(windows.confidence)
    seen = look(windows.rays, confidence)
    spread = torch.from_numpy(seen.spread.reshape(-1))
    joints = torch.from_numpy(to_h36m(seen.points).reshape(-1, len(H36M), 2))
    visible = confidence_of(confidence).reshape(-1, len(H36M)) > 0
    visible &= visible[:, :1]
    shown = torch.from_numpy(visible)
    pose, scale = normalise(joints, visible=shown)
    pose = torch.where(shown[..., None], pose, 0)
    root = torch.where(shown[:, :1], joints[:, 0] * spread[:, None], 0)
    return Poses(pose, shown, spread * scale, root).to(device)


@dataclass(frozen=True)
class Draw:
    """Pool ``index`` of ``seed``: at most ``size`` poses, those that have a root. Other processes can be given it."""

    mocap: Mocap
    noise: NoiseModel
    size: int
    seed: int
    variety: Variety
    missing: bool

    def __call__(self, index: int) -> Poses:
        rng = np.random.default_rng((self.seed, index, self.size))
        parts = [
            poses(draw_windows(rng, self.mocap, self.noise, min(_CHUNK, self.size - done), 1, self.variety), "cpu",
                  self.missing)
            for done in range(0, self.size, _CHUNK)
        ]  # fmt: skip
        whole = Poses(*(torch.cat(rows) for rows in zip(*parts, strict=True)))
        return whole.take(whole.visible[:, 0])


class Pool:
    """Poses that are drawn once and used ``uses`` times, each time turned otherwise.

    The pool of a step depends on seed and step alone, so that a training that is resumed has the same. ``workers``
    processes draw those to come while the present one is used.
    """

    def __init__(self, draw: Draw, uses: int, device: str, workers: int = 0) -> None:
        self.size, self.uses, self.device = draw.size, uses, device
        self.coming = Ahead(draw, workers, pin=device != "cpu")
        self._held: tuple[int, Poses] | None = None

    def batch(self, dice: torch.Generator, number: int, batch: int) -> Poses:
        """At most ``batch`` different poses, drawn by ``dice``, of the pool of batch ``number``."""
        index = number * batch // (self.size * self.uses)
        if self._held is None or self._held[0] != index:
            self._held = (index, self.coming.at(index).to(self.device))
        held = self._held[1]
        return held.take(torch.randperm(len(held.pose), generator=dice, device=self.device)[:batch])
