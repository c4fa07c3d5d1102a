"""Training of Kudo et al.'s lifter from 2D poses alone: what it makes of a pose must look real from every side.

Kudo's: the network, softplus losses, the generator updated where the discriminator is right in at least 0.1 of the
batch and the discriminator where in at most 0.9, heading loss of weight 1, Adam (β1 0.5, weight decay 1e-5), angles
uniform over the circle. ``generator_steps`` per step of the discriminator as in the GAN report. Joints that are missing
are put on the root for both networks, in real and turned poses alike, and count nowhere: the generator learns nothing
about legs that a picture does not have.

Later authors', all from 2D (``gan_losses``): consistency, elevation, limbs alike. Ours: every bone its share of the
body in what the generator itself has answered, and turns in perspective, which near cameras need and rays tell.
With ``gan_settings.PUBLISHED`` none of it is used.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import softplus
from torch.optim.swa_utils import get_ema_multi_avg_fn

from ..lift.default_input import look
from ..lift.gan import KudoNetwork
from ..lift.gan_geometry import H36M_HEADING, heading_loss, heading_sine, in_space, pictured, turn
from .gan_losses import Skeleton, asymmetry, distance, lengths
from .gan_poses import Draw, Pool, Poses, poses
from .gan_settings import GanSettings
from .h36m import H36M, LIMB_ROWS
from .heldout import aligned_errors, held_out
from .loop import cosine, set_rate, to_half
from .mocap import Mocap
from .noise import NoiseModel
from .sampling import Variety, Windows

Array = NDArray[np.floating]
Tensor = torch.Tensor

VARIETY = Variety(exchanges=False)


class GanTask:
    """``loop.Task`` of the generator and its discriminator. 3D is looked at for the held-out figure only.

    ``generator`` is the running mean of ``learner``, which the optimiser moves.
    """

    def __init__(self, mocap: Mocap, test: Mocap, noise: NoiseModel, settings: GanSettings, seed: int) -> None:
        torch.manual_seed(seed)
        self.settings = settings
        kind = {"batch_norm": settings.batch_norm, "channels": settings.channels}
        self.learner = KudoNetwork(len(H36M), len(H36M), **kind).to(settings.device)
        self.discriminator = KudoNetwork(len(H36M), 1, **kind).to(settings.device)
        self.cameraman = KudoNetwork(len(H36M), 1, channels=settings.channels // 2).to(settings.device)
        with torch.no_grad():
            self.cameraman.l4.W.mul_(0.1)  # cameras are level at first
        self.generator = copy.deepcopy(self.learner).requires_grad_(False)
        self.skeleton = Skeleton().to(settings.device)
        self.modules = {"generator": self.generator, "learner": self.learner, "discriminator": self.discriminator,
                        "cameraman": self.cameraman, "skeleton": self.skeleton}  # fmt: skip
        movers = {
            "learner": [*self.learner.parameters(), *self.cameraman.parameters()],
            "discriminator": list(self.discriminator.parameters()),
        }
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            name: torch.optim.Adam(moved, settings.rate, (settings.beta1, 0.999), weight_decay=settings.weight_decay,
                                   fused=settings.device != "cpu")
            for name, moved in movers.items()
        }  # fmt: skip
        self.rooted = (torch.arange(len(H36M)) > 0).float().to(settings.device)
        draw = Draw(mocap, noise, max(settings.pool, settings.batch), seed, VARIETY, settings.missing)
        self.pool = Pool(draw, settings.uses, settings.device, settings.workers)
        self.dice = torch.Generator(settings.device)
        self.test = held_out(test, noise)

    def step(self, rng: np.random.Generator, number: int, share: float) -> Mapping[str, float | Tensor]:
        """``generator_steps`` of the generator, then one of the discriminator, each under its cap."""
        settings = self.settings
        for optimizer in self.optimizers.values():
            set_rate(optimizer, settings.rate * (cosine(share) if settings.anneal else 1))
        self.dice.manual_seed(int(rng.integers(2**62)))
        values: dict[str, float | Tensor] = {}
        for repeat in range(settings.generator_steps):
            count = number * settings.generator_steps + repeat
            seen = self.pool.batch(self.dice, count, settings.batch)
            angle = 2 * torch.pi * torch.rand(len(seen.pose), generator=self.dice, device=settings.device)
            # Poses come in no order: a neighbour is anybody.
            other = torch.arange(len(seen.pose), device=settings.device).roll(1)
            values |= self.adversaries(seen, angle, other, both=repeat == settings.generator_steps - 1)
        self._average(number)
        return values

    def adversaries(self, seen: Poses, angle: Tensor, other: Tensor, both: bool = True) -> dict[str, float | Tensor]:
        """One step of the generator and, if ``both``, of the discriminator, on poses turned by ``angle`` (N,) to where
        the camera of pose ``other`` (N,) stands. Neither where its cap forbids."""
        losses, turned = self.generator_losses(seen, angle, other)
        fake, real = self._run(self.discriminator, turned), self._run(self.discriminator, seen.pose)
        # The caps need a number now: the one place of a step that waits for the GPU.
        accuracy = (((real > 0).sum() + (fake < 0).sum()) / (2 * len(real))).item()
        losses["generator"] = softplus(-fake).mean()
        cap = self.settings.accuracy_cap
        if accuracy >= 1 - cap:
            weights = self._weights()
            _update(self.optimizers["learner"], torch.stack([weights[k] * loss for k, loss in losses.items()]).sum())
        judged = softplus(-real).mean() + softplus(self._run(self.discriminator, turned.detach())).mean()
        if both and accuracy <= cap:
            _update(self.optimizers["discriminator"], judged)
        losses["discriminator"] = judged
        return {"accuracy": accuracy} | {key: loss.detach() for key, loss in losses.items()}

    def generator_losses(self, seen: Poses, angle: Tensor, other: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """What the generator's answers cost by themselves, by name, and the turned poses (N, 17, 2)."""
        settings = self.settings
        pose, visible, unit, root = seen
        if not settings.perspective:
            unit, root = torch.zeros_like(unit), torch.zeros_like(root)
        points = in_space(pose, self._depth(pose, visible), unit, root)
        level = torch.zeros_like(angle)
        elevation = self._run(self.cameraman, pose)[:, 0] if settings.elevation else level
        before, after = (torch.stack([tilt, level], dim=-1) for tilt in (elevation, elevation[other]))
        rotation = turn(angle, before, after)
        moved = points @ rotation.transpose(1, 2)
        turned, scale = pictured(moved, unit, root, visible)
        facing = torch.stack([visible[:, joint] for joint in H36M_HEADING]).all(dim=0)
        sine = heading_sine(points[..., :2], points[..., 2])
        losses = {"heading": heading_loss(sine.masked_fill(~facing, 1)) * len(pose) / facing.sum().clamp(min=1)}
        if settings.consistency or settings.reprojection:
            again = in_space(turned, self._depth(turned, visible), unit * scale, root) * scale[:, None, None]
            losses["consistency"] = distance(again, moved, visible)
            losses["reprojection"] = distance(pictured(again @ rotation, unit, root, visible)[0], pose, visible)
        if settings.elevation:
            found = self._run(self.cameraman, turned.detach())[:, 0]
            losses["elevation"] = ((found - after[:, 0].detach()) ** 2).mean()
        if settings.symmetry or settings.ratios:
            long, known = lengths(points, visible)
            losses["symmetry"] = asymmetry(long, known)
            losses["ratios"] = self.skeleton.spread(long, known)
        return losses, turned

    def _weights(self) -> dict[str, float]:
        s = self.settings
        return {"generator": 1.0, "heading": s.heading_weight, "consistency": s.consistency,
                "reprojection": s.reprojection, "elevation": s.elevation_weight, "symmetry": s.symmetry,
                "ratios": s.ratios}  # fmt: skip

    def _depth(self, pose: Tensor, visible: Tensor) -> Tensor:
        """(N, 17) of the learner; the root, which is what the others are measured from, at 0."""
        return self._run(self.learner, pose) * visible * self.rooted

    def _run(self, network: KudoNetwork, pose: Tensor) -> Tensor:
        with torch.autocast(pose.device.type, torch.bfloat16, enabled=self.settings.half):
            return network(pose.flatten(1)).float()

    def _average(self, number: int) -> None:
        """Young averages are shorter, or they would hold on to weights that were never trained."""
        keep = min(self.settings.average, (1 + number) / (10 + number))
        kept, moved = (tuple(network.parameters()) for network in (self.generator, self.learner))
        get_ema_multi_avg_fn(keep)(kept, moved, number)
        for own, other in zip(self.generator.buffers(), self.learner.buffers(), strict=True):
            own.copy_(other)

    def evaluate(self) -> dict[str, float]:
        """PA-MPJPE of the limb joints, mm, on the held-out windows."""
        return {"pa_mpjpe_mm": float(aligned_errors(self.predict(self.test), self.test).mean())}

    def predict(self, windows: Windows) -> Array:
        """(B, T, 12, 3) camera axes, in units of the mean distance from the hip: the limb joints."""
        seen = poses(windows, self.settings.device, missing=True)
        self.generator.eval()
        with torch.inference_mode():
            depth = torch.where(seen.visible, self.generator(seen.pose.flatten(1)), 0) * self.rooted
            near = 1.0 if self.settings.perspective else 0.0
            points = in_space(seen.pose, depth, near * seen.unit, near * seen.root).cpu().numpy()
        view = look(windows.rays, windows.confidence).view
        points = points.reshape(*windows.rays.shape[:2], len(H36M), 3) @ np.swapaxes(view, -1, -2)
        return points[..., LIMB_ROWS, :]

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """The generator's weights in float16, under the names chainer gives them with dots."""
        from safetensors.torch import save_file

        state = {key: to_half(value) for key, value in self.generator.state_dict().items()}
        kept = ("channels", "batch_norm", "perspective")
        settings = json.dumps({k: v for k, v in asdict(self.settings).items() if k in kept})
        header = {"network": "gan", "input": "view", "joints": json.dumps(H36M), "settings": settings}
        part = path.with_name(path.name + ".part")
        save_file(state, part, metadata=header | (notes or {}))
        part.replace(path)


def _update(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    moved = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    gradients = torch.autograd.grad(loss, moved, retain_graph=True, allow_unused=True)
    for parameter, gradient in zip(moved, gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
