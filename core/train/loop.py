"""The loop that every training shares: budget in steps or minutes, checkpoints, logs, progress, cancelling.

Step n of seed s draws its data from a generator seeded with (s, n): a run that is resumed goes on as if it had never
stopped, and the same seed and number of steps give the same weights on the same machine and number of threads.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import BadInputError
from .events import EventWriter

Progress = Callable[[str, int, "int | None", "float | None"], None]
CHECKPOINT = "checkpoint.pt"
_CHECKPOINT_SECONDS = 60.0


@dataclass(frozen=True)
class Budget:
    """How long to train: ``steps``, or ``minutes`` of wall time in all runs together; steps win."""

    steps: int | None = None
    minutes: float | None = None

    def share(self, step: int, seconds: float) -> float:
        """What is used up, 0 … 1: where schedules are read."""
        if self.steps is not None:
            return min(1.0, step / max(self.steps, 1))
        return min(1.0, seconds / (60 * (self.minutes or 1.0)))


class Task(Protocol):
    """One kind of training."""

    modules: dict[str, nn.Module]
    optimizers: dict[str, torch.optim.Optimizer]

    def step(self, rng: np.random.Generator, number: int, share: float) -> Mapping[str, float | Tensor]:
        """One step of optimisation on data of ``rng``; ``share`` of the budget is used up. Returns numbers to log;
        tensors without gradient need not be waited for."""
        ...

    def evaluate(self) -> dict[str, float]:
        """Metrics on held-out motion."""
        ...


@dataclass
class Run:
    """Where a training stands."""

    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


def train(task: Task, folder: Path, budget: Budget, seed: int, resume: bool, *, evaluate_every: int = 2000,
          progress: Progress = lambda stage, done, total, eta: None, cancelled: Callable[[], bool] = lambda: False,
          on_evaluation: Callable[[Run, dict[str, float]], None] = lambda run, metrics: None) -> Run:  # fmt: skip
    """Trains until the budget is used up or ``cancelled()``; the checkpoint in ``folder`` is then up to date.

    Raises BadInputError where there is a checkpoint and ``resume`` is false, or the other way round.
    """
    checkpoint = folder / CHECKPOINT
    run = _open(task, checkpoint, resume, seed)
    folder.mkdir(parents=True, exist_ok=True)
    begun = saved = time.monotonic() - run.seconds
    sums: dict[str, list[float | Tensor]] = {}
    with EventWriter(folder) as events:
        while budget.share(run.step, run.seconds) < 1 and not cancelled():
            torch.manual_seed(seed * 1_000_003 + run.step)
            values = task.step(np.random.default_rng((seed, run.step)), run.step, budget.share(run.step, run.seconds))
            run.step += 1
            now = time.monotonic()
            run.seconds = now - begun
            for key, value in values.items():
                sums.setdefault(key, []).append(value)
            if run.step % 20 == 0:
                means = {f"train/{key}": sum(map(float, row)) / len(row) for key, row in sums.items()}
                sums.clear()
                events.scalars(run.step, means)
                if not all(math.isfinite(value) for value in means.values()):
                    raise FloatingPointError(f"step {run.step}: {means}")
            _report(progress, run, budget)
            over = budget.share(run.step, run.seconds) >= 1
            if run.step % evaluate_every == 0 or over:
                metrics = task.evaluate()
                events.scalars(run.step, {f"held-out/{key}": value for key, value in metrics.items()})
                run.history.append({"step": run.step, "seconds": run.seconds, **metrics})
                on_evaluation(run, metrics)
            if now - saved > _CHECKPOINT_SECONDS:
                _save(task, run, checkpoint, seed)
                saved = now
    _save(task, run, checkpoint, seed)
    return run


def cosine(share: float, warm_up: float = 0.02, least: float = 0.01) -> float:
    """Factor on the learning rate: up in a line, then down along a cosine to ``least`` at the end of the budget."""
    rise = min(1.0, share / warm_up) if warm_up else 1.0
    return max(rise, 0.02) * (least + (1 - least) * 0.5 * (1 + math.cos(math.pi * share)))


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of all parameters."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def to_half(value: Tensor) -> Tensor:
    """A weight as it is shipped: in float16, where it is a number with a point."""
    value = value.detach().cpu().contiguous()
    return value.half() if value.is_floating_point() else value


def _report(progress: Progress, run: Run, budget: Budget) -> None:
    share = budget.share(run.step, run.seconds)
    left = run.seconds * (1 - share) / max(share, 1e-6)
    if budget.steps is not None:
        progress("train", run.step, budget.steps, left)
    else:
        progress("train", round(run.seconds), round(60 * (budget.minutes or 1.0)), left)


def _open(task: Task, checkpoint: Path, resume: bool, seed: int) -> Run:
    if not resume:
        if checkpoint.exists():
            raise BadInputError(f"{checkpoint.parent} holds a training already.", "Give --resume, or another --out.")
        return Run()
    if not checkpoint.is_file():
        raise BadInputError(f"There is no training to resume in {checkpoint.parent}.", "Leave out --resume.")
    state = torch.load(checkpoint, weights_only=True)
    if state["seed"] != seed:
        begun = state["seed"]
        raise BadInputError(f"{checkpoint.parent} was begun with seed {begun}.", f"Give --seed {begun}.")
    try:
        for name, module in task.modules.items():
            module.load_state_dict(state["modules"][name])
        for name, optimizer in task.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
    except (KeyError, RuntimeError, ValueError) as error:
        raise BadInputError(f"{checkpoint} is of another kind of training.", str(error).splitlines()[0]) from None
    return Run(state["step"], state["seconds"], state["history"])


def _save(task: Task, run: Run, checkpoint: Path, seed: int) -> None:
    state = {
        "seed": seed,
        "step": run.step,
        "seconds": run.seconds,
        "history": run.history,
        "modules": {name: module.state_dict() for name, module in task.modules.items()},
        "optimizers": {name: optimizer.state_dict() for name, optimizer in task.optimizers.items()},
    }
    part = checkpoint.with_name(checkpoint.name + ".part")
    torch.save(state, part)
    part.replace(checkpoint)
