"""Boxes, balls and turned bodies: what places are built of."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

Point = tuple[float, float, float]


def box(name: str, low: Point, high: Point, surface: bpy.types.Material) -> bpy.types.Object:
    """A box between two corners, m."""
    ends = np.array([low, high], float)
    corners = [[float(ends[(i >> k) & 1][k]) for k in range(3)] for i in range(8)]
    faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return link(name, mesh(name, corners, faces, surface))


def mesh(name: str, corners: list, faces: list, surface: bpy.types.Material, smooth: bool = False) -> bpy.types.Mesh:
    """A mesh of one material."""
    made = bpy.data.meshes.new(name)
    made.from_pydata(corners, [], faces)
    made.materials.append(surface)
    made.polygons.foreach_set("use_smooth", np.full(len(made.polygons), smooth))
    return made


def link(name: str, data: bpy.types.Mesh, place: Matrix | None = None) -> bpy.types.Object:
    """An object of ``data`` in the scene; many may share one mesh."""
    made = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(made)
    if place is not None:
        made.matrix_world = place
    return made


def turned(name: str, outline: list[tuple[float, float]], sides: int, surface: bpy.types.Material) -> bpy.types.Mesh:
    """A body turned about the vertical, from (radius, height) pairs, m."""
    around = np.arange(sides) * 2 * np.pi / sides
    corners = [(r * float(np.cos(a)), r * float(np.sin(a)), h) for r, h in outline for a in around]
    faces = [
        (k * sides + s, k * sides + (s + 1) % sides, (k + 1) * sides + (s + 1) % sides, (k + 1) * sides + s)
        for k in range(len(outline) - 1)
        for s in range(sides)
    ]
    return mesh(name, corners, faces, surface, smooth=True)


def ball(name: str, surface: bpy.types.Material, rng: np.random.Generator | None = None) -> bpy.types.Mesh:
    """A ball of radius 1 m; with ``rng`` a lumpy one, like a bush."""
    rings, sides = 14, 20
    corners = []
    waves = [] if rng is None else [(rng.normal(0, 3.5, 3), rng.uniform(0, 6)) for _ in range(5)]
    for k in range(rings + 1):
        for s in range(sides):
            polar, angle = np.pi * k / rings, 2 * np.pi * s / sides
            p = np.array([np.sin(polar) * np.cos(angle), np.sin(polar) * np.sin(angle), np.cos(polar)])
            p *= 1 + 0.06 * sum(float(np.sin(w @ p + phase)) for w, phase in waves)
            corners.append(tuple(float(v) for v in p))
    faces = [
        (k * sides + s, (k + 1) * sides + s, (k + 1) * sides + (s + 1) % sides, k * sides + (s + 1) % sides)
        for k in range(rings)
        for s in range(sides)
    ]
    return mesh(name, corners, faces, surface, smooth=True)
