"""Batches drawn by other processes are those that the training would have drawn itself, in order."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from understudy.core.train.ahead import Ahead


def draw(step: int) -> tuple[torch.Tensor, torch.Tensor]:
    values = np.random.default_rng((3, step)).normal(size=(2, 4)).astype(np.float32)
    return torch.tensor(step), torch.from_numpy(values)


@pytest.mark.parametrize("workers", [0, 2])
def test_steps_in_order_and_from_anywhere(workers):
    coming = Ahead(draw, workers)
    for step in (0, 1, 2, 3, 7, 8, 2):
        number, values = coming.at(step)
        assert int(number) == step
        torch.testing.assert_close(values, draw(step)[1], rtol=0, atol=0)
