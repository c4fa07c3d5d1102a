"""Trains the network that says which soles stand: on motion solved from simulated landmarks, its errors and all."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..body.numpy_model import load_free_body
from ..contact.detect import SOLES, Contacts, detect
from ..contact.features import FEATURES, foot_features
from ..errors import BadInputError
from ..fit.shape import DEFAULT_HEIGHT
from ..fit.solve import SolveSettings, solve_take
from ..whole_file import write_whole
from .loop import cosine, set_rate
from .mocap import Mocap
from .noise import NoiseModel
from .shots import simulate

Array = NDArray[np.floating]

_RATES = (24.0, 30.0, 30.0, 60.0)
# Authored motions, drawn with seeds of their own, for what motion capture shows seldom.
_AUTHORED = ("walk", "run", "jump", "dance", "punch", "sit", "kneel", "lie_down")


@dataclass(frozen=True)
class ContactSettings:
    """``shots`` and ``test_shots``: how many are simulated and solved, of ``seconds`` each, once, into the folder of
    the training; ``authored``: the share of authored motions; layers of ``hidden`` numbers; ``jitter``: noise on the
    normalised features."""

    shots: int = 700
    test_shots: int = 100
    seconds: float = 3.0
    authored: float = 0.2
    hidden: tuple[int, ...] = (64, 32)
    dropout: float = 0.2
    jitter: float = 0.1
    batch: int = 512
    rate: float = 1e-3
    weight_decay: float = 1e-2
    device: str = "cpu"


@dataclass(frozen=True)
class SolvedFeet:
    """Feet as a solve without contacts leaves them, each time it asks for contacts (S of them): ``soles`` (S, T, 4, 3)
    m, the ``camera``'s place (S, T, 3) m, ``confidence`` (S, T, 4); ``timestamps`` (T,) s, ``height`` m, and the true
    ``contacts`` (T, 4)."""

    soles: Array
    camera: Array
    confidence: Array
    timestamps: Array
    height: Array
    contacts: Array

    def features(self) -> tuple[Array, Array]:
        """(2 S T, FEATURES) and (2 S T, 2)."""
        found = [
            foot_features(soles, camera, self.timestamps, confidence, float(self.height))
            for soles, camera, confidence in zip(self.soles, self.camera, self.confidence, strict=True)
        ]
        true = np.tile(self.contacts.reshape(-1, 2), (len(found), 1))
        return np.stack(found).reshape(-1, FEATURES), true.astype(np.float32)


class ContactTask:
    """The training, as ``loop.train`` wants it."""

    def __init__(
        self, data: Path, train: Mocap, test: Mocap, noise: NoiseModel, settings: ContactSettings, seed: int,
        folder: Path, progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:  # fmt: skip
        self.settings = settings
        total = settings.shots + settings.test_shots
        seconds = settings.seconds

        def feet(mocap: Mocap, count: int, name: str, authored: float, done: int) -> list[SolvedFeet]:
            long = [n for n, length in zip(mocap.names, mocap.lengths, strict=True) if length / mocap.fps > seconds]
            if not long:
                raise BadInputError(f"{data} has no clip of {seconds:g} s.", "Give --set seconds=… a smaller value.")
            sources = [f"{data}#{clip}" for clip in long]
            result = []
            for i in range(count):
                path = folder / f"{name}.{i:05d}.npz"
                result.append(_solved(path, (seed, done + i), sources, authored, noise, settings.seconds))
                progress(done + i + 1, total)
            return result

        folder.mkdir(parents=True, exist_ok=True)
        self.train_x, self.train_y = _stacked(feet(train, settings.shots, "train", settings.authored, 0))
        self.test_x, self.test_y = _stacked(feet(test, settings.test_shots, "test", 0.0, settings.shots))
        self.mean, self.spread = self.train_x.mean(0), self.train_x.std(0) + 1e-3
        torch.manual_seed(seed)
        sizes = (FEATURES, *settings.hidden, 2)
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(itertools.pairwise(sizes)):
            layers += [nn.Linear(before, after)]
            if i == 0:
                layers += [nn.ReLU(), nn.Dropout(settings.dropout)]
            elif i + 2 < len(sizes):
                layers += [nn.ReLU()]
        self.model = nn.Sequential(*layers).to(settings.device)
        optimizer = torch.optim.AdamW(self.model.parameters(), settings.rate, weight_decay=settings.weight_decay)
        self.modules: dict[str, nn.Module] = {"model": self.model}
        self.optimizers: dict[str, torch.optim.Optimizer] = {"model": optimizer}

    def step(self, rng: np.random.Generator, number: int, share: float) -> Mapping[str, float | Tensor]:
        """One batch of feet, features blurred."""
        optimizer = self.optimizers["model"]
        set_rate(optimizer, self.settings.rate * cosine(share))
        self.model.train()
        chosen = rng.integers(len(self.train_x), size=self.settings.batch)
        x = (self.train_x[chosen] - self.mean) / self.spread
        x = x + self.settings.jitter * rng.standard_normal(x.shape, np.float32)
        device = self.settings.device
        found = self.model(torch.from_numpy(x.astype(np.float32)).to(device))
        loss = nn.functional.binary_cross_entropy_with_logits(found, torch.from_numpy(self.train_y[chosen]).to(device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return {"loss": loss.detach()}

    def evaluate(self) -> dict[str, float]:
        """F1, precision and recall of contacts at 0.5 over the held-out subjects."""
        self.model.eval()
        with torch.inference_mode():
            x = torch.from_numpy(((self.test_x - self.mean) / self.spread).astype(np.float32))
            ours = self.model(x.to(self.settings.device)).cpu().numpy() > 0
        true = self.test_y > 0.5
        right = float((ours & true).sum())
        return {"f1": 2 * right / max(float(ours.sum() + true.sum()), 1.0),
                "precision": right / max(float(ours.sum()), 1.0),
                "recall": right / max(float(true.sum()), 1.0)}  # fmt: skip

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """Weights as ``contact.network`` reads them."""
        from safetensors.numpy import save

        linear = [layer for layer in self.model if isinstance(layer, nn.Linear)]
        arrays = {"mean": self.mean.astype(np.float32), "spread": self.spread.astype(np.float32)}
        for i, layer in enumerate(linear):
            arrays[f"layers.{i}.weight"] = layer.weight.detach().cpu().numpy().astype(np.float32)
            arrays[f"layers.{i}.bias"] = layer.bias.detach().cpu().numpy().astype(np.float32)
        header = {"network": "contacts", "settings": json.dumps({**asdict(self.settings), "device": "cpu"})}
        content = save({k: np.ascontiguousarray(v) for k, v in arrays.items()}, metadata=header | (notes or {}))
        write_whole(path, lambda stream: stream.write(content))


def _solved(path: Path, seed: tuple[int, int], sources: list[str], authored: float, noise: NoiseModel,
            seconds: float) -> SolvedFeet:  # fmt: skip
    """One shot, simulated and solved, or read where it was before."""
    names = [field.name for field in fields(SolvedFeet)]
    if path.is_file():
        with np.load(path, allow_pickle=False) as file:
            return SolvedFeet(**{name: file[name] for name in names})
    rng = np.random.default_rng([*seed, 2])
    rate = float(rng.choice(_RATES))
    motion = str(rng.choice(_AUTHORED)) if rng.random() < authored else str(rng.choice(sources))
    number = int(np.random.SeedSequence([*seed, 3]).generate_state(1)[0])
    feet = solve_feet(motion, number, int(seconds * rate), rate, noise, known_height=bool(rng.random() < 0.5))
    write_whole(path, lambda stream: np.savez_compressed(stream, **{name: getattr(feet, name) for name in names}))
    return feet


def solve_feet(
    motion: str, seed: int, frames: int, rate: float, noise: NoiseModel, known_height: bool
) -> SolvedFeet:  # fmt: skip
    """A simulated shot as the take solver sees it when it asks which soles stand."""
    body = load_free_body()
    shot = simulate(motion, seed, frames, rate, body, noise)
    asked: list[tuple[Array, Array, Array]] = []

    def record(points: Array, shoulders: Array, camera: Array, timestamps: Array, confidence: Array,
               height: float) -> Contacts:  # fmt: skip
        asked.append((points[:, :SOLES], camera, confidence[:, :SOLES]))
        return detect(points, shoulders, camera, timestamps, confidence, height)

    height = shot.height if known_height else None
    solve_take([shot.track], shot.timestamps, shot.camera, body, SolveSettings(height, True), detector=record)
    soles, camera, confidence = (np.stack(column) for column in zip(*asked, strict=True))
    size = np.array(height or DEFAULT_HEIGHT)
    return SolvedFeet(soles, camera, confidence, shot.timestamps, size, shot.contacts[:, :SOLES])


def _stacked(feet: list[SolvedFeet]) -> tuple[Array, Array]:
    pairs = [found.features() for found in feet]
    return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])
