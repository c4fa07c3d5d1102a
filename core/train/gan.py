"""Training of Kudo et al.'s lifter from 2D poses alone: what it makes of a pose must look real from every side.

The published step: Adam (rate 2e-4, β1 0.5, weight decay 1e-5), batch 16, angles uniform over the circle, softplus
losses, the generator updated where the discriminator is right in at least 0.1 of the batch and the discriminator where
in at most 0.9, heading loss of weight 1. ``generator_steps`` per step of the discriminator as in the GAN report.
Joints that are missing are put on the root for both networks, in real and turned poses alike, and count nowhere: the
generator learns nothing about legs that a picture does not have.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..lift.default_input import look
from ..lift.gan import KudoNetwork
from ..lift.gan_geometry import heading_loss, heading_sine, normalise, rotate
from .h36m import H36M, LIMB_ROWS, confidence_of, to_h36m
from .heldout import aligned_errors, held_out
from .loop import cosine, set_rate
from .mocap import Mocap
from .noise import NoiseModel
from .sampling import Variety, Windows, draw_windows

Array = NDArray[np.floating]
Tensor = torch.Tensor

VARIETY = Variety(exchanges=False)


@dataclass(frozen=True)
class GanSettings:
    """The published numbers, all but ``anneal``: the rate falls along a cosine, for budgets much under 20 epochs; and
    ``half``: the layers compute in bfloat16."""

    batch: int = 16
    rate: float = 2e-4
    beta1: float = 0.5
    weight_decay: float = 1e-5
    batch_norm: bool = False
    channels: int = 1024
    accuracy_cap: float = 0.9
    heading_weight: float = 1.0
    generator_steps: int = 1
    missing: bool = True
    anneal: bool = True
    half: bool = True
    device: str = "cpu"


class GanTask:
    """``loop.Task`` of the generator and its discriminator. 3D is looked at for the held-out figure only."""

    def __init__(self, mocap: Mocap, test: Mocap, noise: NoiseModel, settings: GanSettings, seed: int) -> None:
        torch.manual_seed(seed)
        self.settings, self.mocap, self.noise = settings, mocap, noise
        kind = {"batch_norm": settings.batch_norm, "channels": settings.channels}
        self.generator = KudoNetwork(len(H36M), len(H36M), **kind).to(settings.device)
        self.discriminator = KudoNetwork(len(H36M), 1, **kind).to(settings.device)
        self.modules = {"generator": self.generator, "discriminator": self.discriminator}
        self.optimizers = {
            name: torch.optim.Adam(
                module.parameters(), settings.rate, (settings.beta1, 0.999), weight_decay=settings.weight_decay
            )
            for name, module in self.modules.items()
        }
        self.test = held_out(test, noise)

    def step(self, rng: np.random.Generator, number: int, share: float) -> dict[str, float]:
        """``generator_steps`` of the generator, one of the discriminator, each under its cap."""
        settings = self.settings
        for optimizer in self.optimizers.values():
            set_rate(optimizer, settings.rate * (cosine(share) if settings.anneal else 1))
        self.generator.train()
        values: dict[str, float] = {}
        for _ in range(settings.generator_steps):
            windows = draw_windows(rng, self.mocap, self.noise, settings.batch, 1, VARIETY)
            pose, visible = poses(windows, settings.device, settings.missing)
            angle = torch.from_numpy(rng.uniform(0, 2 * np.pi, len(pose)).astype(np.float32)).to(settings.device)
            values |= self._adversaries(pose, visible, angle)
        return values

    def _adversaries(self, pose: Tensor, visible: Tensor, angle: Tensor) -> dict[str, float]:
        settings = self.settings
        depth = torch.where(visible, self._run(self.generator, pose), 0)
        turned = torch.where(visible[..., None], rotate(pose, depth, angle), 0)
        fake, real = self._run(self.discriminator, turned), self._run(self.discriminator, pose)
        accuracy = (((real > 0).sum() + (fake < 0).sum()) / (2 * len(pose))).item()
        seen = visible[:, HEADING].all(dim=1)
        heading = heading_loss(heading_sine(pose, depth)[seen]) if bool(seen.any()) else depth.sum() * 0
        generator_loss = torch.nn.functional.softplus(-fake).mean() + settings.heading_weight * heading
        discriminator_loss = (
            torch.nn.functional.softplus(-real).mean()
            + torch.nn.functional.softplus(self._run(self.discriminator, turned.detach())).mean()
        )
        if accuracy >= 1 - settings.accuracy_cap:
            _update(self.optimizers["generator"], generator_loss, list(self.generator.parameters()))
        if accuracy <= settings.accuracy_cap:
            _update(self.optimizers["discriminator"], discriminator_loss, list(self.discriminator.parameters()))
        return {"accuracy": accuracy, "generator": generator_loss.item(), "discriminator": discriminator_loss.item(),
                "heading": heading.item()}  # fmt: skip

    def _run(self, network: KudoNetwork, pose: Tensor) -> Tensor:
        with torch.autocast(pose.device.type, torch.bfloat16, enabled=self.settings.half):
            return network(pose.flatten(1)).float()

    def evaluate(self) -> dict[str, float]:
        """PA-MPJPE of the limb joints, mm, on the held-out windows."""
        return {"pa_mpjpe_mm": float(aligned_errors(self.predict(self.test), self.test).mean())}

    def predict(self, windows: Windows) -> Array:
        """(B, T, 12, 3) camera axes, in units of the mean distance from the hip: the limb joints."""
        pose, visible = poses(windows, self.settings.device, missing=True)
        self.generator.eval()
        with torch.inference_mode():
            depth = torch.where(visible, self.generator(pose.flatten(1)), 0)
            points = torch.cat([pose, depth[..., None]], dim=-1).cpu().numpy()
        view = look(windows.rays, windows.confidence).view
        points = points.reshape(*windows.rays.shape[:2], len(H36M), 3) @ np.swapaxes(view, -1, -2)
        return points[..., LIMB_ROWS, :]

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """The generator's weights, under the names chainer gives them with dots."""
        from safetensors.torch import save_file

        state = {k: v.detach().cpu().contiguous() for k, v in self.generator.state_dict().items()}
        settings = json.dumps({k: v for k, v in asdict(self.settings).items() if k in ("channels", "batch_norm")})
        header = {"network": "gan", "input": "view", "joints": json.dumps(H36M), "settings": settings}
        part = path.with_name(path.name + ".part")
        save_file(state, part, metadata=header | (notes or {}))
        part.replace(path)


HEADING = [H36M.index(name) for name in ("thorax", "nose", "left_shoulder", "right_shoulder")]


def poses(windows: Windows, device: str, missing: bool) -> tuple[Tensor, Tensor]:
    """Frames of windows as the GAN sees them: (N, 17, 2) normalised, and which joints are visible (N, 17).

    Frames whose hips are not seen have no root; they are left out of training by having nothing visible at all.
    """
    confidence = windows.confidence if missing else np.ones_like(windows.confidence)
    joints = to_h36m(look(windows.rays, confidence).points).reshape(-1, len(H36M), 2)
    visible = confidence_of(confidence).reshape(-1, len(H36M)) > 0
    visible &= visible[:, :1]
    shown = torch.from_numpy(visible).to(device)
    pose, _ = normalise(torch.from_numpy(joints).to(device), visible=shown)
    return torch.where(shown[..., None], pose, 0), shown


def _update(optimizer: torch.optim.Optimizer, loss: Tensor, parameters: list[torch.nn.Parameter]) -> None:
    gradients = torch.autograd.grad(loss, parameters, retain_graph=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
