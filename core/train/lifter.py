"""Training of the default lifter: positions by their distance, the expected error by the likelihood of a Laplace
distribution around them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..lift.default import JOINT_COUNT, Architecture, DefaultLifter, both_ways, save_default
from ..lift.default_input import encode
from ..skeleton import JOINT_INDEX
from .figure import LIMB_JOINTS
from .heldout import errors, held_out
from .loop import cosine, set_rate
from .mocap import Mocap
from .noise import NoiseModel
from .sampling import Windows, draw_windows

Array = NDArray[np.floating]

_SIZE = Architecture(256)
_OTHER_WEIGHT = 0.5
_VELOCITY_WEIGHT, _LIKELIHOOD_WEIGHT = 0.5, 0.02


@dataclass(frozen=True)
class LifterSettings:
    """One training.

    short, long: windows per step and frames per window, in the first ``short_share`` of the budget (many short windows
    vary more) and after it. rate: of AdamW; matrix_rate: of Muon, for the hidden matrices, which it brings as far as
    AdamW in a fifth of the steps. average: the share that the running mean of the weights keeps. half: compute in
    bfloat16 where that is possible.
    """

    architecture: Architecture = _SIZE
    short: tuple[int, int] = (64, 36)
    long: tuple[int, int] = (24, 112)
    short_share: float = 0.65
    rate: float = 1.5e-3
    matrix_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.0
    average: float = 0.999
    half: bool = True
    device: str = "cpu"


class LifterTask:
    """``loop.Task`` of the default lifter; ``average`` is the network that is shipped."""

    def __init__(self, mocap: Mocap, test: Mocap, noise: NoiseModel, settings: LifterSettings, seed: int) -> None:
        torch.manual_seed(seed)
        self.settings, self.mocap, self.noise = settings, mocap, noise
        self.model = DefaultLifter(settings.architecture, settings.dropout).to(settings.device)
        self.average = copy.deepcopy(self.model).eval()
        self.average.drop.p = 0.0
        matrices = [p for p in (*self.model.within.parameters(), *self.model.blocks.parameters()) if p.ndim == 2]
        hidden = {id(p) for p in matrices}
        others = [p for p in self.model.parameters() if id(p) not in hidden]
        rate, matrix_rate, decay = settings.rate, settings.matrix_rate, settings.weight_decay
        self.modules = {"model": self.model, "average": self.average}
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "matrices": torch.optim.Muon(
                matrices, matrix_rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"
            ),
            "others": torch.optim.AdamW(others, rate, weight_decay=decay),
        }
        self.test = held_out(test, noise)
        self._weight = torch.full((JOINT_COUNT,), _OTHER_WEIGHT, device=settings.device)
        self._weight[[JOINT_INDEX[name] for name in LIMB_JOINTS]] = 1.0

    def step(self, rng: np.random.Generator, number: int, share: float) -> dict[str, float]:
        """One step; logs the mean error in mm and the likelihood."""
        settings = self.settings
        set_rate(self.optimizers["matrices"], settings.matrix_rate * cosine(share))
        set_rate(self.optimizers["others"], settings.rate * cosine(share))
        size = settings.short if share < settings.short_share else settings.long
        windows = draw_windows(rng, self.mocap, self.noise, *size)
        features, target, inside = to_tensors(windows, settings.device)
        self.model.train()
        with torch.autocast(settings.device.split(":")[0], torch.bfloat16, enabled=settings.half):
            joints, scale = self.model(features)
        difference = joints - target
        distance = difference.norm(dim=-1)
        counted = inside[..., None] * self._weight
        total = counted.sum()
        position = (distance * counted).sum() / total
        rate = 1 / (30 * torch.from_numpy(windows.interval).to(settings.device))
        change = (difference[:, 1:] - difference[:, :-1]).norm(dim=-1) * rate.reshape(-1, 1, 1).clamp(max=2)
        velocity = (change * counted[:, 1:]).sum() / total
        # The likelihood moves the scales only: positions are learnt by their distance alone.
        likelihood = ((distance.detach() / scale + 3 * scale.log()) * counted).sum() / total
        loss = position + _VELOCITY_WEIGHT * velocity + _LIKELIHOOD_WEIGHT * likelihood
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers.values():
            optimizer.step()
        keep = min(settings.average, (1 + number) / (10 + number))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(value, 1 - keep)
        return {"mpjpe_mm": 1000 * position.item(), "velocity_mm": 1000 * velocity.item(),
                "likelihood": likelihood.item(), "gradient": norm.item()}  # fmt: skip

    def evaluate(self) -> dict[str, float]:
        """MPJPE of the limb joints in mm on the held-out windows."""
        return {"mpjpe_mm": float(errors(predict(self.average, self.test)[0], self.test).mean())}

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """Writes the network to ship."""
        save_default(self.average, path, notes)


def to_tensors(windows: Windows, device: str = "cpu") -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features (B, T, F), joints relative to the pelvis in view axes (B, T, 22, 3), inside (B, T) as floats."""
    found = encode(windows.rays, windows.confidence, windows.interval[:, None])
    relative = windows.joints - windows.joints[:, :, :1]
    target = (relative @ found.view).astype(np.float32)
    inside = windows.inside.astype(np.float32)
    features, wanted, weight = (torch.from_numpy(a).to(device) for a in (found.features, target, inside))
    return features, wanted, weight


def predict(model: DefaultLifter, windows: Windows, flip: bool = False) -> tuple[Array, Array]:
    """(B, T, 22, 3) joints relative to the pelvis in camera axes, and the expected error (B, T, 22), both m."""
    found = encode(windows.rays, windows.confidence, windows.interval[:, None])
    device = next(model.parameters()).device
    parts = []
    with torch.inference_mode():
        for features in torch.from_numpy(found.features).to(device).split(32):
            joints, scale = both_ways(model, features) if flip else model(features)
            parts.append((joints.cpu().numpy(), 3 * scale.cpu().numpy()))
    joints = np.concatenate([p[0] for p in parts]) @ np.swapaxes(found.view, -1, -2).astype(np.float32)
    return joints, np.concatenate([p[1] for p in parts])
