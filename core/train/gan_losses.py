"""What the GAN lifter is told besides "real from every side": losses on its own answers, which see no 3D.

* Consistency (Chen et al., "Unsupervised 3D Pose Estimation with Geometric Self-Supervision", CVPR 2019): a lifted pose
  that is turned, pictured and lifted again must be the turned one, and turned back must look as it did.
* Elevation (Wandt et al., "ElePose", CVPR 2022): a network that says from where a pose is seen must say of a turned
  pose what it was turned to.
* Lengths: left and right limbs alike (a constraint of many; here as in Dabral et al., "Learning 3D Human Pose from
  Structure and Motion", ECCV 2018), and every bone the same share of the body in everybody (the prior of ElePose, whose
  ratios are taken from 3D data; ours are the running mean of what the generator answers).
"""

from __future__ import annotations

from functools import cache

import torch
from torch import nn

from .h36m import H36M

Tensor = torch.Tensor

BONES = tuple(
    (H36M.index(a), H36M.index(b))
    for a, b in (
        *((f"{side}_{a}", f"{side}_{b}") for side in ("left", "right")
          for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))),
        ("hip", "left_hip"), ("hip", "right_hip"), ("thorax", "left_shoulder"), ("thorax", "right_shoulder"),
        ("hip", "thorax"), ("thorax", "nose"),
    )
)  # fmt: skip
# The left limbs' rows of BONES, and the right ones'.
_LEFT, _RIGHT = slice(0, 4), slice(4, 8)
# Added to squared lengths: a bone of no length, which a joint on its parent has, has a gradient too.
_SHORTEST = 1e-4
_KEEP = 0.99


class Skeleton(nn.Module):
    """The running mean of every bone's ln(length) against the body's mean, as the generator has answered so far."""

    mean: Tensor
    begun: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(BONES)))
        self.register_buffer("begun", torch.zeros((), dtype=torch.bool))

    def spread(self, lengths: Tensor, known: Tensor) -> Tensor:
        """Mean squared distance from the running mean, which moves on, of whole bodies: (N, bones) of ``lengths``."""
        whole = known.all(dim=1, keepdim=True).to(lengths.dtype)
        count = whole.sum()
        shares = lengths - lengths.mean(dim=1, keepdim=True)
        now = (whole * shares.detach()).sum(dim=0) / count.clamp(min=1)
        # Without an if on what a GPU holds, which would wait for it.
        keep = (_KEEP * self.begun).masked_fill(count == 0, 1)
        self.mean.copy_(torch.lerp(now, self.mean, keep))
        self.begun.logical_or_(count > 0)
        return (whole * (shares - self.mean) ** 2).sum() / (count.clamp(min=1) * len(BONES))


def lengths(points: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """ln of the length of every bone (N, bones) of points (N, 17, 3), and which have both ends visible."""
    begin, end = _ends(points.device)
    bones = points.index_select(1, end) - points.index_select(1, begin)
    known = visible.index_select(1, end) & visible.index_select(1, begin)
    return 0.5 * torch.log((bones**2).sum(dim=-1) + _SHORTEST), known


@cache
def _ends(device: torch.device) -> tuple[Tensor, Tensor]:
    """Rows of the joints where bones begin and end, kept on the device: lists would be sent there every time."""
    rows = torch.tensor(BONES, device=device)
    return rows[:, 0].contiguous(), rows[:, 1].contiguous()


def asymmetry(lengths: Tensor, known: Tensor) -> Tensor:
    """Mean over the batch of the four limbs' |ln(left / right)| together; a limb with an end missing adds nothing."""
    both = known[:, _LEFT] & known[:, _RIGHT]
    return ((lengths[:, _LEFT] - lengths[:, _RIGHT]).abs() * both).sum(dim=1).mean()


def distance(found: Tensor, wanted: Tensor, visible: Tensor) -> Tensor:
    """Mean squared distance of the visible points, (N, J, D) and (N, J)."""
    squared = ((found - wanted) ** 2).sum(dim=-1) * visible
    return squared.sum() / visible.sum().clamp(min=1)
