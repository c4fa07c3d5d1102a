"""Training of the default lifter: positions by their distance, the expected error by the likelihood of a Laplace
distribution around them."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..lift.chain import BONES, LENGTH_OF
from ..lift.default import (
    JOINT_COUNT,
    Architecture,
    DefaultLifter,
    Details,
    both_ways,
    load_default,
    mirror_features,
    mirror_joints,
    save_default,
)
from ..lift.default_input import ANYTHING, encode
from ..skeleton import JOINT_INDEX
from .ahead import Ahead
from .figure import LIMB_JOINTS
from .heldout import errors, held_out
from .loop import cosine, set_rate
from .mocap import Mocap
from .noise import NoiseModel
from .sampling import Variety, Windows, draw_windows
from .widen import widen

Array = NDArray[np.floating]
Tensor = torch.Tensor

_SIZE = Architecture(512, context=128, chain=True)
_OTHER_WEIGHT = 0.5
_VELOCITY_WEIGHT, _LIKELIHOOD_WEIGHT = 0.5, 0.02
# Of the joints before they are laid out along their rays, and of what that is done with.
_FREE_WEIGHT, _CHAIN_WEIGHT = 0.3, 0.1
# Windows drawn at a time: as many as stay in a processor's cache.
_PIECE = 64


@dataclass(frozen=True)
class LifterSettings:
    """One training.

    begin_from: weights of a lifter to go on from, whose channels may be fewer (``widen``). short, long: windows per
    step and frames per window; ``short_share`` of the steps takes short ones, of which more fit and vary more. bodies,
    poses: as in ``Variety``. rate: of AdamW; matrix_rate: of Muon, for the hidden matrices, which it brings as far as
    AdamW in a fifth of the steps. average: the share that the running mean of the weights keeps. half: compute in
    bfloat16 where that is possible. workers: processes that draw windows; 0: the training itself does. echo: steps
    that each draw is good for, every other one mirrored, where the processor draws more slowly than the network learns
    (data echoing: Choi et al. 2019).
    """

    architecture: Architecture = _SIZE
    begin_from: str = ""
    bodies: float = 0.75
    poses: float = 0.7
    short: tuple[int, int] = (64, 36)
    long: tuple[int, int] = (24, 112)
    short_share: float = 0.3
    rate: float = 1.5e-3
    matrix_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.0
    average: float = 0.999
    half: bool = True
    workers: int = 0
    echo: int = 1
    device: str = "cpu"


class LifterTask:
    """``loop.Task`` of the default lifter; ``average`` is the network that is shipped."""

    def __init__(self, mocap: Mocap, test: Mocap, noise: NoiseModel, settings: LifterSettings, seed: int) -> None:
        torch.manual_seed(seed)
        self.settings = settings
        draw = _Draw(mocap, noise, settings, seed)
        self.coming = Ahead(draw, settings.workers, pin=settings.device != "cpu")
        self._held: tuple[int, Batch] | None = None
        self.model = DefaultLifter(settings.architecture, settings.dropout).to(settings.device)
        if settings.begin_from:
            widen(load_default(path=Path(settings.begin_from)), self.model)
        self.average = copy.deepcopy(self.model).eval()
        self.average.drop.p = 0.0
        inner = [self.model.within, self.model.blocks, *([self.model.context] if self.model.context else [])]
        matrices = [p for part in inner for p in part.parameters() if p.ndim == 2]
        hidden = {id(p) for p in matrices}
        others = [p for p in self.model.parameters() if id(p) not in hidden]
        rate, matrix_rate, decay = settings.rate, settings.matrix_rate, settings.weight_decay
        self.modules = {"model": self.model, "average": self.average}
        self.optimizers: dict[str, torch.optim.Optimizer] = {
            "matrices": torch.optim.Muon(matrices, matrix_rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw"),
            "others": torch.optim.AdamW(others, rate, weight_decay=decay),
        }
        self.test = held_out(test, noise)
        self._weight = torch.full((JOINT_COUNT,), _OTHER_WEIGHT, device=settings.device)
        self._weight[[JOINT_INDEX[name] for name in LIMB_JOINTS]] = 1.0

    def step(self, rng: np.random.Generator, number: int, share: float) -> dict[str, Tensor]:
        """One step; logs the mean error in mm and the likelihood."""
        settings = self.settings
        set_rate(self.optimizers["matrices"], settings.matrix_rate * cosine(share))
        set_rate(self.optimizers["others"], settings.rate * cosine(share))
        draw, repeat = divmod(number, settings.echo)
        if self._held is None or self._held[0] != draw:
            self._held = draw, Batch(*(part.to(settings.device, non_blocking=True) for part in self.coming.at(draw)))
        batch = self._held[1]
        if repeat % 2:
            mirror = {"features": mirror_features(batch.features), "target": mirror_joints(batch.target)}
            batch = batch._replace(**mirror)
        self.model.train()
        with torch.autocast(settings.device.split(":")[0], torch.bfloat16, enabled=settings.half):
            found = self.model.details(batch.features)
        loss, values = self._loss(found, batch)
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        values["gradient"] = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers.values():
            optimizer.step()
        keep = min(settings.average, (1 + number) / (10 + number))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), 1 - keep)
        return {key: value.detach() for key, value in values.items()}

    def _loss(self, found: Details, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        counted = batch.inside[..., None] * self._weight
        total = counted.sum()
        difference = found.joints - batch.target
        distance = difference.norm(dim=-1)
        position = (distance * counted).sum() / total
        rate = batch.rate.reshape(-1, 1, 1).clamp(max=2)
        change = (difference[:, 1:] - difference[:, :-1]).norm(dim=-1) * rate
        velocity = (change * counted[:, 1:]).sum() / total
        # The likelihood moves the scales only: positions are learnt by their distance alone.
        likelihood = ((distance.detach() / found.scale + 3 * found.scale.log()) * counted).sum() / total
        loss = position + _VELOCITY_WEIGHT * velocity + _LIKELIHOOD_WEIGHT * likelihood
        values = {"mpjpe_mm": 1000 * position, "velocity_mm": 1000 * velocity, "likelihood": likelihood}
        if found.chained is not None:
            free = ((found.free - batch.target).norm(dim=-1) * counted).sum() / total
            known = batch.inside * batch.features[..., ANYTHING]
            lengths = (found.chained.lengths / batch.lengths).log().abs().mean(-1)
            distances = (found.chained.distance / batch.distance).log().abs()[..., 0]
            length, away = ((part * known).sum() / known.sum() for part in (lengths, distances))
            loss = loss + _FREE_WEIGHT * free + _CHAIN_WEIGHT * (length + away)
            values |= {"free_mm": 1000 * free, "length": length, "distance": away}
        return loss, values

    def evaluate(self) -> dict[str, float]:
        """MPJPE of the limb joints in mm on the held-out windows."""
        return {"mpjpe_mm": float(errors(predict(self.average, self.test)[0], self.test).mean())}

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """Writes the network to ship, in float16."""
        save_default(self.average, path, notes, half=True)


class Batch(NamedTuple):
    """features (B, T, F); target (B, T, 22, 3) m, joints relative to the pelvis in view axes; inside (B, T) as floats;
    rate (B,) of frames, in 30 per second; lengths (B, T, 4) m as ``Chain`` finds them; distance (B, T, 1) m of the
    pelvis along the view."""

    features: Tensor
    target: Tensor
    inside: Tensor
    rate: Tensor
    lengths: Tensor
    distance: Tensor


@dataclass(frozen=True)
class _Draw:
    """The batch of a step."""

    mocap: Mocap
    noise: NoiseModel
    settings: LifterSettings
    seed: int

    def __call__(self, step: int) -> Batch:
        settings, rng = self.settings, np.random.default_rng((self.seed, step))
        size = settings.short if rng.random() < settings.short_share else settings.long
        variety = Variety(bodies=settings.bodies, poses=settings.poses)
        parts = [
            to_batch(draw_windows(rng, self.mocap, self.noise, min(_PIECE, size[0] - done), size[1], variety))
            for done in range(0, size[0], _PIECE)
        ]
        return Batch(*(torch.cat(part) for part in zip(*parts, strict=True)))


def to_batch(windows: Windows) -> Batch:
    """What is learnt from windows."""
    found = encode(windows.rays, windows.confidence, windows.interval[:, None])
    joints = windows.joints @ found.view
    ends = [[JOINT_INDEX[bone[k]] for bone in BONES] for k in (0, 1)]
    bones = np.linalg.norm(joints[:, :, ends[1]] - joints[:, :, ends[0]], axis=-1)
    sides = [[row for row, kind in enumerate(LENGTH_OF) if kind == k] for k in range(4)]
    lengths = np.maximum(bones[:, :, sides].mean(-1), 0.02)
    distance = np.maximum(joints[:, :, 0, 2:], 0.3)
    parts = (found.features, joints - joints[:, :, :1], windows.inside, 1 / (30 * windows.interval), lengths, distance)
    return Batch(*(torch.from_numpy(np.ascontiguousarray(part, np.float32)) for part in parts))


def predict(model: DefaultLifter, windows: Windows, flip: bool = False) -> tuple[Array, Array]:
    """(B, T, 22, 3) joints relative to the pelvis in camera axes, and the expected error (B, T, 22), both m."""
    found = encode(windows.rays, windows.confidence, windows.interval[:, None])
    device = next(model.parameters()).device
    parts = []
    with torch.inference_mode():
        for features in torch.from_numpy(found.features).to(device).split(32):
            joints, scale = both_ways(model, features) if flip else model(features)
            parts.append((joints.cpu().numpy(), 3 * model.error_factor * scale.cpu().numpy()))
    joints = np.concatenate([p[0] for p in parts]) @ np.swapaxes(found.view, -1, -2).astype(np.float32)
    return joints, np.concatenate([p[1] for p in parts])
