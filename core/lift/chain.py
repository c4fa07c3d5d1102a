"""Elbows, wrists, knees and ankles where the lengths of bones let them lie on the rays they were seen by.

A network sees at once which way a limb points, but is poor at saying how far: how much shorter a bone looks than it is
tells that exactly, once its length and the person's distance are known. Both stay nearly the same through a sequence,
so that they are learnt as means over many frames, and the joint is where its ray meets the sphere about its parent. Of
the two places the network chooses; it also says how far the construction is to be trusted, since a bone that lies
across the view has a depth that small errors change much.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from ..skeleton import JOINT_INDEX
from .context import around
from .default_input import ANYTHING, FEATURES, LANDMARKS

Tensor = torch.Tensor

# (parent, child) of the bones of one rank, each left then right; every rank starts where the last one ended.
_LIMBS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
RANKS = tuple(
    tuple((f"{side}_{limb[r]}", f"{side}_{limb[r + 1]}") for limb in _LIMBS for side in ("left", "right"))
    for r in range(2)
)
BONES = RANKS[0] + RANKS[1]
# Which of the four lengths (upper arm, thigh, forearm, shin) a bone has: left and right are equally long.
LENGTH_OF = tuple(2 * r + row // 2 for r, rank in enumerate(RANKS) for row in range(len(rank)))
_PER_RANK = len(RANKS[0])
_MEAN_LENGTHS = (0.27, 0.41, 0.25, 0.41)
_LENGTH_SPREAD, _DISTANCE_SPREAD = 0.3, 0.3
# Distance of somebody whose landmarks spread over one unit of rays, m.
_UNIT_DISTANCE = 0.45
_NUDGE = 0.05
# m²: where a bone looks longer than it is, it lies across the view; smooth, so that there is a gradient.
_SOFT = 1e-6
_SPREAD = FEATURES - 3
_FEET = ("left_foot", "right_foot")


class Chained(NamedTuple):
    """joints (N, T, 22, 3) m in view axes, as they came in but for the ends of BONES and the feet; lengths (N, T, 4) m;
    distance (N, T, 1) m of the pelvis from the camera, along the view; trust (N, T, 8) 0 … 1 of each bone's place."""

    joints: Tensor
    lengths: Tensor
    distance: Tensor
    trust: Tensor


class Chain(nn.Module):
    """The construction, and one layer that tells it what it needs of every frame."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        bones = len(BONES)
        self.sizes = (1, 4, 4, bones, bones, 2 * bones)
        self.tell = nn.Linear(channels, sum(self.sizes))
        nn.init.zeros_(self.tell.weight)
        nn.init.zeros_(self.tell.bias)

    def forward(self, x: Tensor, features: Tensor, joints: Tensor) -> Chained:
        """x (N, T, C) normalised, features (N, T, FEATURES), joints (N, T, 22, 3) m as the network says by itself."""
        told = self.tell(x).split(self.sizes, dim=-1)
        distance, long, weight, side, trust, nudge = told
        spread = torch.exp(features[..., _SPREAD, None] - 2.0)
        distance = _UNIT_DISTANCE * torch.exp(_DISTANCE_SPREAD * distance) / spread
        lengths = self._lengths(long, weight, features[..., ANYTHING, None])
        rays = self._rays(features, spread)
        seen = features[..., 2 * len(LANDMARKS) : 3 * len(LANDMARKS)] > 0
        trust = torch.sigmoid(trust)
        nudge = nudge.unflatten(-1, (len(BONES), 2))
        out = joints.clone()
        weights = []
        for rank, bones in enumerate(RANKS):
            here = slice(rank * _PER_RANK, (rank + 1) * _PER_RANK)
            ends = [[names[k] for names in bones] for k in (0, 1)]
            parent, child = ([JOINT_INDEX[name] for name in names] for names in ends)
            row, child_row = ([LANDMARKS.index(name) for name in names] for names in ends)
            moved = _NUDGE * nudge[..., here, :] * spread[..., None]
            to = rays[..., child_row, :] + nn.functional.pad(moved, (0, 1))
            length = lengths[..., [LENGTH_OF[k] for k in range(here.start, here.stop)]]
            free = joints[..., child, :] - joints[..., parent, :]
            placed = _meet(rays[..., row, :], to, distance + out[..., parent, 2], length, free[..., 2], side[..., here])
            share = trust[..., here] * (seen[..., row] & seen[..., child_row])
            weights.append(share)
            offset = free + share[..., None] * (placed - free)
            out[..., child, :] = out[..., parent, :] + offset
        feet, ankles = ([JOINT_INDEX[f"{side}_{n}"] for side in ("left", "right")] for n in ("foot", "ankle"))
        out[..., feet, :] = joints[..., feet, :] + out[..., ankles, :] - joints[..., ankles, :]
        return Chained(out, lengths, distance, torch.cat(weights, dim=-1))

    def _lengths(self, long: Tensor, weight: Tensor, measured: Tensor) -> Tensor:
        """(N, T, 4) m: what the frames around say, each as loudly as it finds it can tell."""
        loud = measured * torch.exp(weight.clamp(-6, 6))
        mean = around(loud * long) / around(loud).clamp(min=1e-6)
        return torch.exp(torch.log(mean.new_tensor(_MEAN_LENGTHS)) + _LENGTH_SPREAD * mean)

    def _rays(self, features: Tensor, spread: Tensor) -> Tensor:
        """(N, T, L, 3) directions of depth 1 in the view."""
        places = features[..., : 2 * len(LANDMARKS)].unflatten(-1, (len(LANDMARKS), 2))
        return nn.functional.pad(places * spread[..., None], (0, 1), value=1.0)


def _meet(start: Tensor, to: Tensor, depth: Tensor, length: Tensor, free: Tensor, side: Tensor) -> Tensor:
    """(…, B, 3) from the joint at ``depth`` (…, B) on the ray ``start`` to where the ray ``to`` is ``length`` away.

    Beyond or before the nearest point of the ray, as the free prediction of the difference in depth has it; ``side``
    argues with that. Of a bone that looks too long, the nearest point.
    """
    here = start * depth[..., None]
    square = (to * to).sum(-1)
    nearest = (to * here).sum(-1) / square
    gap = length.square() - (here - to * nearest[..., None]).square().sum(-1)
    reach = ((gap + (gap.square() + _SOFT).sqrt()) / (2 * square)).clamp(min=_SOFT).sqrt()
    by_itself = (depth + free - nearest) / reach
    beyond = torch.tanh(1.5 * by_itself.detach().clamp(-2, 2) + side)
    return to * (nearest + beyond * reach)[..., None] - here
