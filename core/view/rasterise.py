"""A small painter: shaded triangles over a picture, far ones first; a contact sheet needs no graphics driver."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_NEAR = 0.05  # m
_SHIFT = 4  # OpenCV's fixed-point bits: sixteenths of a pixel
_LIGHT = np.array([-0.35, -0.7, -0.62])  # camera axes, pointing to the light: above, a little left, behind the camera
_AMBIENT = 0.45


def project(points: Array, K: Array, distortion: Array) -> Array:
    """Pixels (N, 2) of points (N, 3) in camera axes; NaN behind the camera. ``distortion`` in OpenCV's order."""
    points = np.asarray(points, np.float64)
    seen = points[:, 2] > _NEAR
    pixels = np.full((len(points), 2), np.nan)
    if np.any(seen):
        lens = np.asarray(distortion, np.float64)
        lens = lens if lens.size >= 4 else np.zeros(4)
        flat, _ = cv2.projectPoints(points[seen], np.zeros(3), np.zeros(3), np.asarray(K, np.float64), lens)
        pixels[seen] = flat[:, 0]
    return pixels


def draw_meshes(
    image: Array, meshes: list[tuple[Array, Array, Array]], K: Array, distortion: Array, alpha: float
) -> Array:
    """Blends meshes over a copy of ``image`` (H, W, 3) uint8 with opacity ``alpha``.

    Each mesh: vertices (V, 3) m in camera axes, faces (F, 3), colour (3,) in the image's channel order. Triangles
    turned away are left out, the others are painted from far to near over all meshes, so people hide one another.
    """
    height, width = image.shape[:2]
    corners, depths, colours = [], [], []
    for vertices, faces, colour in meshes:
        vertices = np.asarray(vertices, np.float64)
        pixels = project(vertices, K, distortion)[faces]
        triangles = vertices[faces]
        normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
        facing = np.einsum("fi,fi->f", normals, triangles[:, 0]) < 0
        with np.errstate(invalid="ignore"):
            inside = np.all((pixels.max(axis=1) >= 0) & (pixels.min(axis=1) <= (width, height)), axis=1)
        kept = facing & inside & np.all(np.isfinite(pixels), axis=(1, 2))
        shade = _AMBIENT + (1 - _AMBIENT) * np.clip(normals[kept] @ (_LIGHT / np.linalg.norm(_LIGHT)), 0, 1)
        corners.append(pixels[kept])
        depths.append(triangles[kept, :, 2].mean(axis=1))
        colours.append(np.clip(shade[:, None] * np.asarray(colour, float), 0, 255))
    layer, mask = image.copy(), np.zeros((height, width), np.uint8)
    if corners:
        points = np.round(np.concatenate(corners) * (1 << _SHIFT)).astype(np.int32)
        shades = np.concatenate(colours).tolist()
        for i in np.argsort(-np.concatenate(depths)):
            cv2.fillConvexPoly(layer, points[i], shades[i], cv2.LINE_8, _SHIFT)
            cv2.fillConvexPoly(mask, points[i], 255, cv2.LINE_8, _SHIFT)
    # A pixel's worth of blur hides the staircase of unsmoothed edges.
    weight = cv2.GaussianBlur(mask, (3, 3), 0).astype(np.float32)[..., None] * (alpha / 255)
    return np.round(image * (1 - weight) + layer * weight).astype(np.uint8)


def draw_bones(image: Array, pixels: Array, bones: list[tuple[int, int]], colour: Array, width: float) -> None:
    """Draws lines between joints' pixels (J, 2) into ``image``, wide ones dark-edged to show on any footage."""
    limit = 8 * max(image.shape[:2])
    points = np.where(np.abs(pixels) < limit, pixels, np.nan)
    fixed = np.where(np.isfinite(points), np.round(points * (1 << _SHIFT)), 0).astype(np.int64)
    edge = [(width + 2, [20.0, 20.0, 20.0])] if width > 1 else []
    for thickness, paint in (*edge, (width, np.asarray(colour, float).tolist())):
        for a, b in bones:
            if np.all(np.isfinite(points[[a, b]])):
                begin, end = fixed[a].tolist(), fixed[b].tolist()
                cv2.line(image, begin, end, paint, max(1, round(thickness)), cv2.LINE_AA, _SHIFT)
