from __future__ import annotations

import pytest
import torch

from understudy.core.errors import BadInputError
from understudy.core.lift.default import Architecture, DefaultLifter
from understudy.core.lift.default_input import ANYTHING, FEATURES
from understudy.core.train.widen import widen


def lifter(**changes) -> DefaultLifter:
    torch.manual_seed(len(changes))
    model = DefaultLifter(Architecture(**{"channels": 16, "dilations": (1, 3)} | changes)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.fixture
def features() -> torch.Tensor:
    drawn = torch.randn(3, 20, FEATURES)
    drawn[..., ANYTHING] = 1
    return drawn


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": 16},  # a copy
        {"channels": 48},  # three of each channel
        {"channels": 32, "context": 8},  # and a context, which says nothing yet
        {"channels": 32, "causal": True},
    ],
)
def test_the_wide_one_answers_as_the_narrow_one(changes, features):
    narrow = lifter(causal=changes.get("causal", False))
    wide = DefaultLifter(Architecture(**{"channels": 16, "dilations": (1, 3)} | changes)).eval()
    widen(narrow, wide)
    for ours, theirs in zip(wide(features), narrow(features), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_copies_part_in_training(features):
    wide = DefaultLifter(Architecture(32, (1, 3)))
    widen(lifter(), wide)
    wide(features)[0].square().sum().backward()
    gradient = wide.blocks[0].mix.bias.grad
    assert gradient is not None and (gradient[0::2] - gradient[1::2]).abs().max() > 1e-3


def test_a_context_is_taken_along(features):
    narrow = lifter(context=8)
    same = DefaultLifter(narrow.architecture).eval()
    widen(narrow, same)
    torch.testing.assert_close(same(features)[0], narrow(features)[0])


@pytest.mark.parametrize("changes", [{"channels": 24}, {"channels": 8}, {"dilations": (1, 2)}, {"causal": True}])
def test_others_are_refused(changes):
    wide = DefaultLifter(Architecture(**{"channels": 16, "dilations": (1, 3)} | changes))
    with pytest.raises(BadInputError, match="cannot become"):
        widen(lifter(), wide)
