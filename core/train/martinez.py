"""Training of Martinez et al. (ICCV 2017): one frame in, mean square error, Adam, dropout 0.5, max-norm, z-scores.

The paper's step is kept (batch 64, rate 1e-3 · 0.96^(step / 100 000)); since budgets here are a thousandth of the
paper's, a cosine over the budget is laid over its rate. Its 2D are pixels of one camera's pictures; ours are points in
the view of ``default_input.look``, which is what makes any camera's pictures alike.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import BadInputError
from ..lift.default_input import look
from ..lift.martinez import MartinezLifter
from .ahead import Ahead
from .h36m import H36M, LIMB_ROWS, confidence_of, to_h36m
from .heldout import aligned_errors, errors, held_out
from .loop import cosine, set_rate
from .mocap import Mocap
from .noise import NoiseModel
from .sampling import Variety, Windows, draw_windows

Array = NDArray[np.floating]

JOINTS_IN = [i for i, name in enumerate(H36M) if name != "nose"]
JOINTS_OUT = [i for i, name in enumerate(H36M) if name != "hip"]
VARIETY = Variety(bodies=0.75, poses=0.7, missing=False, exchanges=False)


@dataclass(frozen=True)
class MartinezSettings:
    """batch of frames per step; half: compute in bfloat16; workers: processes that draw frames; begin_from: weights of
    such a training to go on from; distance: learn by the mean distance, m, in place of the paper's square of z-scores.
    The other numbers are the paper's.
    """

    batch: int = 64
    rate: float = 1e-3
    decay: float = 0.96
    channels: int = 1024
    stages: int = 2
    dropout: float = 0.5
    max_norm: float | None = 1.0
    statistics_frames: int = 20_000
    half: bool = True
    workers: int = 0
    begin_from: str = ""
    distance: bool = False
    device: str = "cpu"


@dataclass(frozen=True)
class Statistics:
    """Mean and spread of every number in (16 × 2) and out (16 × 3, m), over training frames."""

    mean_in: Array
    spread_in: Array
    mean_out: Array
    spread_out: Array


class MartinezTask:
    """``loop.Task`` of the single-frame lifter."""

    def __init__(self, mocap: Mocap, test: Mocap, noise: NoiseModel, settings: MartinezSettings, seed: int) -> None:
        torch.manual_seed(seed)
        self.settings = settings
        model = MartinezLifter(channels=settings.channels, stages=settings.stages, dropout=settings.dropout,
                               max_norm=settings.max_norm)  # fmt: skip
        self.model = model.to(settings.device)
        self.modules = {"model": self.model}
        self.optimizers = {"model": torch.optim.Adam(self.model.parameters(), settings.rate)}
        self.test = held_out(test, noise)
        if settings.begin_from:
            self.statistics = load_weights(self.model, Path(settings.begin_from))
        else:
            rng = np.random.default_rng((seed, 1_000_000))
            self.statistics = measure(draw_windows(rng, mocap, noise, settings.statistics_frames, 1, VARIETY))
        draw = _Draw(mocap, noise, self.statistics, settings.batch, seed)
        self.coming = Ahead(draw, settings.workers, pin=settings.device != "cpu")

    def step(self, rng: np.random.Generator, number: int, share: float) -> dict[str, torch.Tensor]:
        """One step; logs the mean square error of z-scores."""
        settings = self.settings
        optimizer = self.optimizers["model"]
        set_rate(optimizer, settings.rate * settings.decay ** (number / 100_000) * cosine(share))
        points, target = (part.to(settings.device, non_blocking=True) for part in self.coming.at(number))
        self.model.train()
        with torch.autocast(settings.device.split(":")[0], torch.bfloat16, enabled=settings.half):
            out = self.model(points)
        difference = out.float() - target
        if settings.distance:
            spread = _tensor(self.statistics.spread_out, settings.device)
            loss = (difference * spread).unflatten(-1, (-1, 3)).norm(dim=-1).mean()
        else:
            loss = difference.square().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return {"loss": loss.detach()}

    def evaluate(self) -> dict[str, float]:
        """MPJPE and PA-MPJPE of the limb joints, mm, on the held-out windows."""
        found = self.predict(self.test)
        return {"mpjpe_mm": float(errors(found, self.test).mean()),
                "pa_mpjpe_mm": float(aligned_errors(found, self.test).mean())}  # fmt: skip

    def predict(self, windows: Windows) -> Array:
        """(B, T, 12, 3) m, camera axes, relative to the hip: the limb joints."""
        points, _, view = pairs(windows)
        s = self.statistics
        self.model.eval()
        with torch.inference_mode():
            out = self.model(_tensor((points - s.mean_in) / s.spread_in, self.settings.device)).cpu().numpy()
        joints = np.zeros((len(out), len(H36M), 3), np.float32)
        joints[:, JOINTS_OUT] = (out * s.spread_out + s.mean_out).reshape(len(out), -1, 3)
        turned = joints @ np.swapaxes(view, -1, -2)
        return turned.reshape(*windows.rays.shape[:2], len(H36M), 3)[..., LIMB_ROWS, :]

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """Weights under the authors' names with the statistics beside them (``mean_in`` …), and what they expect."""
        from safetensors.torch import save_file

        state = {k: v.detach().float().cpu().contiguous() for k, v in self.model.state_dict().items()}
        arrays = vars(self.statistics).items()
        numbers = {f"statistics.{k}": torch.from_numpy(np.array(v, np.float32)) for k, v in arrays}
        chosen = ("channels", "stages", "max_norm")
        settings = json.dumps({k: v for k, v in asdict(self.settings).items() if k in chosen})
        header = {"network": "martinez", "input": "view", "joints": json.dumps(H36M), "settings": settings}
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
        points, target, _ = pairs(draw_windows(rng, self.mocap, self.noise, self.batch, 1, VARIETY))
        return _tensor((points - s.mean_in) / s.spread_in), _tensor((target - s.mean_out) / s.spread_out)


def pairs(windows: Windows) -> tuple[Array, Array, Array]:
    """Frames of windows: points (N, 32) in the view, targets (N, 48) m from the hip in view axes, view (N, 3, 3).

    The published mirror augmentation is part of the windows, which are mirrored at random.
    """
    seen = look(to_h36m(windows.rays), confidence_of(windows.confidence))
    truth = to_h36m(windows.marks)
    truth = (truth - truth[..., :1, :]) @ seen.view
    points = seen.points[..., JOINTS_IN, :].reshape(-1, 2 * len(JOINTS_IN))
    return points, truth[..., JOINTS_OUT, :].reshape(len(points), -1), seen.view.reshape(-1, 3, 3)


def measure(windows: Windows) -> Statistics:
    """Means and spreads over windows."""
    points, target, _ = pairs(windows)
    return Statistics(points.mean(0), points.std(0) + 1e-6, target.mean(0), target.std(0) + 1e-6)


def _tensor(array: Array, device: str = "cpu") -> torch.Tensor:
    return torch.from_numpy(np.asarray(array, np.float32)).to(device)
