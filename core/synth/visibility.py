"""Which joints a camera sees: exact, from the meshes, and apart from the renderer.

A joint lies inside its body, so it counts as seen when nothing stands farther in front of it than its own flesh is
thick. Clothes and hair are left out: a heel in a shoe is seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from .props import Box

Array = NDArray[np.floating]

NEAR = 0.05  # m
_SLACK = (0.008, 0.03)  # m more than the flesh, least for fingers and the face, most for the trunk
_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_SIDES = np.array(
    [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4),
     (1, 5, 7), (1, 7, 3)]
)  # fmt: skip


def flesh(body: BodyModel, betas: Array) -> Array:
    """How far before each joint and surface point its own skin may be, (71,) m: from its depth in the rest body.

    Limbs get half their depth more, the spine, which is nearer to the back than to the belly, twice, and some slack.
    """
    skin = body.shaped(betas)
    points = np.concatenate([body.joints(betas), skin[body.extras]])
    depth = np.array([np.linalg.norm(skin - point, axis=1).min() for point in points])
    return (1.5 + 0.6 * np.clip((depth - 0.05) / 0.04, 0, 1)) * depth + np.clip(depth, *_SLACK)


def box_triangles(boxes: tuple[Box, ...]) -> Array:
    """(N, 3, 3) m, world."""
    parts = [np.zeros((0, 3, 3))]
    for box in boxes:
        c, s = np.cos(box.heading), np.sin(box.heading)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        parts.append(((_CORNERS * box.size) @ turn.T + box.centre)[_SIDES])
    return np.concatenate(parts)


def seen(points: Array, cover: Array, triangles: Array, K: Array, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which of ``points`` (P,3) m, camera axes, are inside the picture and not behind ``triangles`` (N,3,3).

    ``cover`` (P,) m: how much nearer to the camera a surface may be without hiding the point.
    """
    depth = points[:, 2]
    ahead = depth > NEAR
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = points[:, :2] / depth[:, None] * [K[0, 0], K[1, 1]] + [K[0, 2], K[1, 2]]
    inside = ahead & np.all((pixels >= -0.5) & (pixels <= np.asarray(size) - 0.5), axis=1)
    visible = inside.copy()
    chosen = np.flatnonzero(inside)
    in_front = np.all(triangles[..., 2] > NEAR, axis=1)
    triangles = triangles[in_front]
    if not len(chosen) or not len(triangles):
        return visible
    corners = triangles[..., :2] / triangles[..., 2:] * [K[0, 0], K[1, 1]] + [K[0, 2], K[1, 2]]
    low, high = corners.min(axis=1), corners.max(axis=1)
    at = pixels[chosen]
    near = np.all((low >= at.min(axis=0) - high + low) & (low <= at.max(axis=0)), axis=1)
    corners, low, high, depths = corners[near], low[near], high[near], triangles[near][..., 2]
    hits = (
        (at[:, None, 0] >= low[:, 0]) & (at[:, None, 0] <= high[:, 0])
        & (at[:, None, 1] >= low[:, 1]) & (at[:, None, 1] <= high[:, 1])
    )  # fmt: skip
    which, triangle = np.nonzero(hits)
    a, b, c = (corners[triangle, k] for k in range(3))
    p = at[which]
    area = _cross(b - a, c - a)
    with np.errstate(divide="ignore", invalid="ignore"):
        v, w = _cross(p - a, c - a) / area, _cross(b - a, p - a) / area
        u = 1 - v - w
        # 1/z is linear in the picture.
        surface = 1 / (u / depths[triangle, 0] + v / depths[triangle, 1] + w / depths[triangle, 2])
        hidden = (u >= 0) & (v >= 0) & (w >= 0) & (surface < depth[chosen][which] - cover[chosen][which])
    visible[chosen[which[hidden]]] = False
    return visible


def _cross(a: Array, b: Array) -> Array:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
