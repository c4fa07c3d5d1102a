"""A trained lifter as the beginning of a wider one (Net2Net: Chen, Goodfellow and Shlens, ICLR 2016).

Every channel becomes ``n`` equal ones, and what reads them divides its weights among them, so that the wide network
answers as the narrow one did. A little noise on the shares lets the copies part in training.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn

from ..errors import BadInputError
from ..lift.default import DefaultLifter

_UNEVENNESS = 0.1


def widen(narrow: DefaultLifter, wide: DefaultLifter) -> None:
    """Sets the weights of ``wide`` so that it gives what ``narrow`` gives.

    The architectures may differ in channels, by a whole factor, and in a context or chain that ``narrow`` lacks; a new
    chain changes the answers. Raises BadInputError for others.
    """
    ours, theirs = wide.architecture, narrow.architecture
    factor, rest = divmod(ours.channels, theirs.channels)
    grown = dataclasses.replace(theirs, channels=ours.channels, context=ours.context, chain=ours.chain)
    lost = (theirs.chain and not ours.chain) or theirs.context not in (0, ours.context)
    if rest or grown != ours or lost or (theirs.context and factor > 1):
        raise BadInputError(
            f"A lifter {theirs} cannot become one {ours}.", "Only channels may grow, by a whole factor."
        )
    with torch.no_grad():
        for name, module in wide.named_modules():
            part = name.split(".")[0]
            if isinstance(module, nn.Linear | nn.LayerNorm) and getattr(narrow, part) is not None:
                _fill(module, narrow.get_submodule(name))


def _fill(module: nn.Module, source: nn.Module) -> None:
    if isinstance(module, nn.Linear) and isinstance(source, nn.Linear):
        outs = module.out_features // source.out_features
        weight = source.weight.repeat_interleave(outs, 0)
        ins = module.in_features // source.in_features
        if ins > 1:
            weight = (weight[..., None] * _shares(*weight.shape, ins)).flatten(1)
        module.weight.copy_(weight)
        module.bias.copy_(source.bias.repeat_interleave(outs))
    elif isinstance(module, nn.LayerNorm) and isinstance(source, nn.LayerNorm):
        copies = len(module.weight) // len(source.weight)
        module.weight.copy_(source.weight.repeat_interleave(copies))
        module.bias.copy_(source.bias.repeat_interleave(copies))


def _shares(rows: int, columns: int, copies: int) -> Tensor:
    """(rows, columns, copies) about 1 / copies, of sum 1."""
    uneven = _UNEVENNESS * torch.randn(rows, columns, copies)
    return (1 + uneven - uneven.mean(-1, keepdim=True)) / copies
