"""Which networks can be trained, and how a training is put together."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from ..errors import BadInputError, CancelledError
from ..lift.default import Architecture
from .contacts import ContactSettings, ContactTask
from .gan import GanSettings, GanTask
from .lifter import LifterSettings, LifterTask
from .loop import Budget, Progress, Run, train
from .martinez import MartinezSettings, MartinezTask
from .mocap import CREDIT, load_mocap
from .noise import load_noise
from .prior import PriorSettings, fit_prior, gather, held_out_figures, save_prior
from .videopose import VideoPoseSettings, VideoPoseTask

# Name → settings and task.
KINDS: dict[str, tuple[type, type]] = {
    "lifter": (LifterSettings, LifterTask),
    "videopose": (VideoPoseSettings, VideoPoseTask),
    "martinez": (MartinezSettings, MartinezTask),
    "gan": (GanSettings, GanTask),
    "contacts": (ContactSettings, ContactTask),
}
# Fitted at once, not step by step.
FITTED = "prior"
# Where the simulated shots of a training lie in its folder.
SHOTS = "shots"
WEIGHTS = "{}.safetensors"


@dataclass(frozen=True)
class TrainRequest:
    """What ``understudy train`` was asked for; ``options`` are settings of the network by name, as text."""

    network: str
    data: Path
    out: Path
    budget: Budget
    seed: int = 0
    resume: bool = False
    device: str = "cpu"
    evaluate_every: int = 2000
    options: tuple[str, ...] = ()


def start(request: TrainRequest, progress: Progress, cancelled: Callable[[], bool]) -> dict[str, Any]:
    """Trains; returns the summary: steps, seconds, metrics, the file of the weights. Raises BadInputError."""
    if request.network == FITTED:
        return _fit(request, progress, cancelled)
    if request.network not in KINDS:
        raise BadInputError(f"'{request.network}' cannot be trained.", f"There are: {', '.join((*KINDS, FITTED))}.")
    if request.budget.steps is None and request.budget.minutes is None:
        raise BadInputError("Training needs an end.", "Give --steps or --minutes.")
    kind, make = KINDS[request.network]
    settings = replace(with_options(kind(), request.options), device=request.device)
    noise = load_noise()
    train_clips, test_clips = load_mocap(request.data, "train"), load_mocap(request.data, "test")
    if make is ContactTask:
        drawn = _telling(progress, cancelled)
        task = ContactTask(
            request.data, train_clips, test_clips, noise, settings, request.seed, request.out / SHOTS, drawn
        )
    else:
        task = make(train_clips, test_clips, noise, settings, request.seed)
    weights = request.out / WEIGHTS.format(request.network)
    notes = {"data": CREDIT}

    def keep(run: Run, metrics: dict[str, float]) -> None:
        # The last, not the best: chosen by the held-out subjects, their figure would flatter.
        task.save(weights, notes | {"held_out": json.dumps(metrics), "step": str(run.step)})

    run = train(task, request.out, request.budget, request.seed, request.resume, progress=progress,
                evaluate_every=request.evaluate_every, cancelled=cancelled, on_evaluation=keep)  # fmt: skip
    last = run.history[-1] if run.history else {}
    return {"network": request.network, "steps": run.step, "seconds": round(run.seconds, 1), "weights": str(weights),
            "held_out": {k: v for k, v in last.items() if k not in ("step", "seconds")}}  # fmt: skip


def _fit(request: TrainRequest, progress: Progress, cancelled: Callable[[], bool]) -> dict[str, Any]:
    settings = with_options(PriorSettings(), request.options)
    trained, held_out = (
        gather(request.data, list(load_mocap(request.data, split).names), settings.longest,
               _telling(progress, cancelled))
        for split in ("train", "test")
    )  # fmt: skip
    prior = fit_prior(trained, settings, request.seed)
    metrics = held_out_figures(prior, held_out)
    request.out.mkdir(parents=True, exist_ok=True)
    weights = request.out / WEIGHTS.format(FITTED)
    notes = {"data": CREDIT, "held_out": json.dumps(metrics), "settings": json.dumps(vars(settings))}
    save_prior(prior, weights, notes)
    return {"network": FITTED, "steps": settings.rounds, "weights": str(weights), "held_out": metrics}


def _telling(progress: Progress, cancelled: Callable[[], bool]) -> Callable[[int, int], None]:
    def drawn(done: int, total: int) -> None:
        progress("simulate", done, total, None)
        if cancelled():
            raise CancelledError("Cancelled while simulating.", "Run the same training again to go on.")

    return drawn


def with_options(settings: Any, options: tuple[str, ...]) -> Any:
    """Settings with ``name=value`` changed, values in JSON, files as they are.

    Raises BadInputError naming what there is."""
    fields = {k: v for k, v in vars(settings).items() if k != "device"}
    changes: dict[str, Any] = {}
    for option in options:
        name, _, text = option.partition("=")
        if name not in fields:
            raise BadInputError(f"There is no training setting '{name}'.", f"There are: {', '.join(fields)}.")
        before = fields[name]
        try:
            value = text if isinstance(before, str) else json.loads(text)
        except json.JSONDecodeError:
            raise BadInputError(f"'{text}' is no value for {name}.", "Give a number, true, or [3, 3].") from None
        if isinstance(before, Architecture):
            if not isinstance(value, dict) or value.keys() - vars(before).keys():
                raise BadInputError(f"{name} takes an object.", f"Its keys are {', '.join(vars(before))}.")
            value = replace(before, **{k: tuple(v) if isinstance(v, list) else v for k, v in value.items()})
        elif isinstance(before, tuple):
            value = tuple(value) if isinstance(value, list) else (value,)
        changes[name] = value
    return replace(settings, **changes)


def choose_threads(count: int | None) -> None:
    """How many threads torch computes with; None leaves one core free for whoever works beside."""
    import os

    torch.set_num_threads(count or max(1, (os.cpu_count() or 2) - 1))
