"""Training of Martinez et al. (ICCV 2017): one frame in, mean square error, Adam, dropout 0.5, max-norm, z-scores.

The paper's step is kept (batch 64, rate 1e-3 · 0.96^(step / 100 000)); since budgets here are a thousandth of the
paper's, a cosine over the budget is laid over its rate. Its 2D are 16 joints in pixels of one camera's pictures; ours
are the landmarks with their confidence as the default lifter sees them (``default_input.encode``), which is what makes
any camera's pictures alike and tells hidden joints from seen ones. What is saved is the running mean of the weights.
"""

from __future__ import annotations

import copy
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import BadInputError
from ..lift.default_input import ANYTHING, FEATURES, LANDMARKS, encode
from ..lift.martinez import MartinezLifter
from ..lift.single import SingleFrame, Statistics
from .ahead import Ahead
from .h36m import H36M, LIMB_ROWS, truth_of
from .heldout import aligned_errors, errors, held_out
from .loop import cosine, set_rate, to_half
from .mocap import Mocap
from .noise import NoiseModel
from .sampling import Variety, Windows, draw_windows

Array = NDArray[np.floating]

JOINTS_OUT = [name for name in H36M if name != "hip"]
_ROWS_OUT = [H36M.index(name) for name in JOINTS_OUT]
# Batches of 1024 frames that tell the mean weights' statistics of batch normalisation.
_SETTLING = 20
VARIETY = Variety(bodies=0.75, poses=0.7, exchanges=False)


@dataclass(frozen=True)
class MartinezSettings:
    """batch of frames per step; half: compute in bfloat16; workers: processes that draw frames; begin_from: weights of
    such a training to go on from; distance: learn by the mean distance, m, in place of the paper's square of z-scores;
    average: the share that the running mean of the weights keeps. The other numbers are the paper's.
    """

    batch: int = 64
    rate: float = 1e-3
    decay: float = 0.96
    channels: int = 1024
    stages: int = 2
    dropout: float = 0.5
    max_norm: float | None = 1.0
    statistics_frames: int = 20_000
    average: float = 0.999
    half: bool = True
    workers: int = 0
    begin_from: str = ""
    distance: bool = False
    device: str = "cpu"


class MartinezTask:
    """``loop.Task`` of the single-frame lifter; ``average`` is the network that is saved."""

    def __init__(self, mocap: Mocap, test: Mocap, noise: NoiseModel, settings: MartinezSettings, seed: int) -> None:
        torch.manual_seed(seed)
        self.settings = settings
        model = MartinezLifter(len(LANDMARKS), len(JOINTS_OUT), settings.channels, settings.stages, settings.dropout,
                               settings.max_norm, FEATURES)  # fmt: skip
        self.model = model.to(settings.device)
        self.test = held_out(test, noise)
        if settings.begin_from:
            self.statistics = load_weights(self.model, Path(settings.begin_from))
        else:
            rng = np.random.default_rng((seed, 1_000_000))
            self.statistics = measure(draw_windows(rng, mocap, noise, settings.statistics_frames, 1, VARIETY))
        self.average = copy.deepcopy(self.model).eval()
        self.modules = {"model": self.model, "average": self.average}
        self.optimizers = {"model": torch.optim.Adam(self.model.parameters(), settings.rate)}
        self.usual = _Draw(mocap, noise, self.statistics, 1024, seed + 1)
        draw = _Draw(mocap, noise, self.statistics, settings.batch, seed)
        self.coming = Ahead(draw, settings.workers, pin=settings.device != "cpu")

    def step(self, rng: np.random.Generator, number: int, share: float) -> dict[str, torch.Tensor]:
        """One step; logs the mean square error of z-scores, or the distance in m."""
        settings = self.settings
        optimizer = self.optimizers["model"]
        set_rate(optimizer, settings.rate * settings.decay ** (number / 100_000) * cosine(share))
        numbers, target = (part.to(settings.device, non_blocking=True) for part in self.coming.at(number))
        self.model.train()
        with torch.autocast(settings.device.split(":")[0], torch.bfloat16, enabled=settings.half):
            out = self.model(numbers)
        difference = out.float() - target
        if settings.distance:
            spread = _tensor(self.statistics.spread_out, settings.device)
            loss = (difference * spread).unflatten(-1, (-1, 3)).norm(dim=-1).mean()
        else:
            loss = difference.square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        self._average(number)
        return {"loss": loss.detach()}

    def _average(self, number: int) -> None:
        keep = min(self.settings.average, (1 + number) / (10 + number))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), 1 - keep)

    def _settle(self) -> None:
        """The mean weights' own statistics of batch normalisation: their activations spread less than the model's."""
        norms = [part for part in self.average.modules() if isinstance(part, torch.nn.BatchNorm1d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # the plain mean of the batches
            norm.train()
        with torch.no_grad():
            for step in range(_SETTLING):
                self.average(self.usual(step)[0].to(self.settings.device))
        self.average.eval()

    def evaluate(self) -> dict[str, float]:
        """MPJPE and PA-MPJPE of the limb joints, mm, on the held-out windows."""
        self._settle()
        found = self.predict(self.test)
        return {"mpjpe_mm": float(errors(found, self.test).mean()),
                "pa_mpjpe_mm": float(aligned_errors(found, self.test).mean())}  # fmt: skip

    def predict(self, windows: Windows) -> Array:
        """(B, T, 12, 3) m, camera axes, relative to the hip: the limb joints."""
        lifter = SingleFrame(self.average, tuple(JOINTS_OUT), self.statistics)
        joints = np.zeros((*windows.rays.shape[:2], len(H36M), 3), np.float32)
        joints[..., _ROWS_OUT, :] = lifter.joints(windows.rays, windows.confidence)
        return joints[..., LIMB_ROWS, :]

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """Weights under the authors' names, in float16, with the statistics beside them (``mean_in`` …), and what they
        expect."""
        from safetensors.torch import save_file

        self._settle()
        state = {key: to_half(value) for key, value in self.average.state_dict().items()}
        arrays = vars(self.statistics).items()
        numbers = {f"statistics.{k}": torch.from_numpy(np.array(v, np.float32)) for k, v in arrays}
        chosen = ("channels", "stages", "max_norm")
        settings = json.dumps({k: v for k, v in asdict(self.settings).items() if k in chosen})
        header = {"network": "martinez", "input": "landmarks", "joints": json.dumps(JOINTS_OUT), "settings": settings}
        part = path.with_name(path.name + ".part")
        save_file(state | numbers, part, metadata=header | (notes or {}))
        part.replace(path)


def load_weights(model: MartinezLifter, path: Path) -> Statistics:
    """Fills ``model`` with what ``MartinezTask.save`` wrote, and returns the statistics beside it. Raises BadInputError
    for another network's file."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        state = load_file(path)
        numbers = {k.name: state.pop(f"statistics.{k.name}").numpy() for k in fields(Statistics)}
        model.load_state_dict(state)
    except (OSError, SafetensorError, KeyError, RuntimeError) as error:
        message = f"{path} does not hold a Martinez lifter trained here: {str(error).splitlines()[0]}"
        raise BadInputError(message, "Train one: understudy train martinez.") from None
    return Statistics(**numbers)


@dataclass(frozen=True)
class _Draw:
    """The batch of a step: z-scores in and out."""

    mocap: Mocap
    noise: NoiseModel
    statistics: Statistics
    batch: int
    seed: int

    def __call__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng, s = np.random.default_rng((self.seed, step)), self.statistics
        numbers, target = pairs(draw_windows(rng, self.mocap, self.noise, self.batch, 1, VARIETY))
        return _tensor(s.seen(numbers)), _tensor((target - s.mean_out) / s.spread_out)


def pairs(windows: Windows) -> tuple[Array, Array]:
    """Frames of windows in which anything was measured: features (N, FEATURES) and targets (N, 48) m from the hip, in
    view axes.

    The published mirror augmentation is part of the windows, which are mirrored at random.
    """
    seen = encode(windows.rays, windows.confidence, 1 / 30)
    truth = truth_of(windows)
    truth = (truth - truth[..., :1, :]) @ seen.view
    some = seen.features[..., ANYTHING] > 0
    return seen.features[some], truth[some][:, _ROWS_OUT].reshape(int(some.sum()), -1)


def measure(windows: Windows) -> Statistics:
    """Means and spreads over windows."""
    numbers, target = pairs(windows)
    return Statistics(numbers.mean(0), numbers.std(0) + 1e-6, target.mean(0), target.std(0) + 1e-6)


def _tensor(array: Array, device: str = "cpu") -> torch.Tensor:
    return torch.from_numpy(np.asarray(array, np.float32)).to(device)
