"""Grounds and surroundings, by kind: each a function that fills a square around the people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from . import materials

HALF = 10.5  # m from the middle to the walls: cameras stand up to 8 m from the people
Colour = tuple[float, float, float]


def build(place: dict[str, Any]) -> None:
    """The place, turned and moved to where the people are."""
    rng = np.random.default_rng(place["seed"])
    before = set(bpy.data.objects)
    KINDS[place["kind"]](rng)
    x, y = place["centre"]
    move = Matrix.Translation((x, y, 0)) @ Matrix.Rotation(place["heading"], 4, "Z")
    for made in set(bpy.data.objects) - before:
        made.matrix_world = move @ made.matrix_world


def box(
    name: str, low: tuple[float, float, float], high: tuple[float, float, float], surface: bpy.types.Material
) -> bpy.types.Object:
    """A box between two corners, m."""
    ends = np.array([low, high], float)
    corners = [[ends[(i >> k) & 1][k] for k in range(3)] for i in range(8)]
    faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners, [], faces)
    mesh.materials.append(surface)
    made = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(made)
    return made


def walls(height: float, surface: bpy.types.Material, skirting: bpy.types.Material | None, board: float) -> None:
    """Four walls around the ground, with a skirting ``board`` m high."""
    for k in range(4):
        turn = Matrix.Rotation(np.pi / 2 * k, 4, "Z")
        parts = [box(f"wall_{k}", (-HALF - 0.3, HALF, 0), (HALF + 0.3, HALF + 0.3, height), surface)]
        if skirting is not None:
            parts.append(box(f"skirting_{k}", (-HALF, HALF - 0.05, 0), (HALF, HALF, board), skirting))
        for part in parts:
            part.matrix_world = turn


def _shade(rng: np.random.Generator, colour: Colour, spread: float = 0.12) -> Colour:
    r, g, b = np.clip(np.array(colour) * np.exp(rng.normal(0, spread)) * np.exp(rng.normal(0, spread / 2, 3)), 0, 0.9)
    return (float(r), float(g), float(b))


def courtyard(rng: np.random.Generator) -> None:
    """Paving and plastered walls."""
    stone = _shade(rng, (0.36, 0.31, 0.26))
    colours = (stone, materials.scaled(stone, 0.6), materials.scaled(stone, 0.25))
    size = ((0.6, 0.3), (0.4, 0.4), (0.9, 0.45))[rng.integers(3)]
    ground = materials.bricks("paving", colours, size, 0.006)
    box("floor", (-HALF, -HALF, -0.1), (HALF, HALF, 0.0), ground)
    plaster = materials.mottled("plaster", _shade(rng, (0.55, 0.47, 0.37)), 2.5, 0.1, 0.9)
    walls(float(rng.uniform(2.2, 3.4)), plaster, materials.plain("plinth", _shade(rng, (0.2, 0.19, 0.18))), 0.25)


KINDS: dict[str, Callable[[np.random.Generator], None]] = {"courtyard": courtyard}
