"""Batches of the steps to come, drawn by other processes while the present one is learnt from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from torch.utils.data import DataLoader, Dataset

_PER_WORKER = 3


class _Steps(Dataset[Any]):
    """What ``draw`` gives for each step."""

    def __init__(self, draw: Callable[[int], Any]) -> None:
        self.draw = draw

    def __getitem__(self, step: int) -> Any:
        return self.draw(step)


class Ahead:
    """``at(step)`` is ``draw(step)``, a tuple of tensors that depends on the step alone, whoever draws it.

    ``workers``: processes that draw, each a step of its own; 0: nobody but the caller. ``draw`` must be picklable.
    """

    def __init__(self, draw: Callable[[int], Any], workers: int = 0, pin: bool = False) -> None:
        self.draw, self.workers, self.pin = draw, workers, pin
        self._coming: Iterator[Any] | None = None
        self._next = -1

    def at(self, step: int) -> Any:
        """The batch of ``step``; steps that follow one another are ready before they are asked for."""
        if not self.workers:
            return self.draw(step)
        if self._coming is None or step != self._next:
            steps = _From(step)
            loader = DataLoader(_Steps(self.draw), batch_size=None, sampler=steps, num_workers=self.workers,
                                prefetch_factor=_PER_WORKER, pin_memory=self.pin)  # fmt: skip
            self._coming, self._next = iter(loader), step
        self._next += 1
        return next(self._coming)


class _From:
    """All whole numbers from ``first`` on."""

    def __init__(self, first: int) -> None:
        self.first = first

    def __iter__(self) -> Iterator[int]:
        return itertools.count(self.first)
