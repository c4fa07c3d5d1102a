"""A small picture of a pose, for lists of takes: no window, no renderer. numpy only."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..skeleton import SMPLH_JOINTS, SMPLH_PARENTS

Array = NDArray[Any]

_BODY = 22
_BACKGROUND = (0.16, 0.16, 0.18)
# Left, right and middle bones, as viewers of skeletons colour them.
_LEFT, _RIGHT, _MIDDLE = (0.35, 0.65, 0.95), (0.95, 0.55, 0.30), (0.85, 0.85, 0.85)
_MARGIN = 0.12
_THICKNESS = 0.022  # of the picture's side


def portrait(joints: Array, side: int = 128) -> Array:
    """A square picture (side, side, 4) RGBA 0…1, rows from the bottom as Blender stores them.

    joints (52, 3) m, world; seen level, from the side on which left and right are furthest apart.
    """
    body = np.asarray(joints, np.float64)[:_BODY]
    across = body[1, :2] - body[2, :2] + body[16, :2] - body[17, :2]
    angle = np.arctan2(across[1], across[0]) + np.radians(25)
    right = np.array([np.cos(angle), np.sin(angle)])
    flat = np.stack([body[:, :2] @ right, body[:, 2]], axis=1)
    low, high = flat.min(0), flat.max(0)
    scale = (1 - 2 * _MARGIN) / max(float((high - low).max()), 1e-6)
    points = (flat - (low + high) / 2) * scale + 0.5
    centres = (np.arange(side) + 0.5) / side
    grid = np.stack(np.meshgrid(centres, centres), axis=-1)
    picture = np.ones((side, side, 4))
    picture[..., :3] = _BACKGROUND
    for joint in range(1, _BODY):
        parent = SMPLH_PARENTS[joint]
        # Only the part of the picture that the bone can touch, with one pixel of soft edge.
        ends = points[[parent, joint]]
        first = np.clip(np.floor((ends.min(0) - _THICKNESS) * side - 1), 0, side).astype(int)
        last = np.clip(np.ceil((ends.max(0) + _THICKNESS) * side + 1), 0, side).astype(int)
        part = (slice(first[1], last[1]), slice(first[0], last[0]))
        cover = np.clip((_THICKNESS - distance(grid[part], *ends)) * side + 0.5, 0.0, 1.0)[..., None]
        picture[part][..., :3] += cover * (np.array(_colour(joint)) - picture[part][..., :3])
    return picture


def distance(grid: Array, a: Array, b: Array) -> Array:
    """Distance (…) of points (…, 2) from the segment a–b."""
    along = b - a
    share = np.clip(((grid - a) @ along) / max(float(along @ along), 1e-12), 0.0, 1.0)
    return np.linalg.norm(grid - a - share[..., None] * along, axis=-1)


def _colour(joint: int) -> tuple[float, float, float]:
    side = SMPLH_JOINTS[joint].partition("_")[0]
    return {"left": _LEFT, "right": _RIGHT}.get(side, _MIDDLE)
