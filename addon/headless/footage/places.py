"""Grounds and surroundings, by kind: each a function that fills a square around the people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from . import materials
from .materials import Colour, scaled
from .shapes import ball, box, link, turned

HALF = 10.5  # m from the middle to the walls: cameras stand up to 8 m from the people
Rng = np.random.Generator


def build(place: dict[str, Any]) -> None:
    """The place, turned and moved to where the people are."""
    before = set(bpy.data.objects)
    KINDS[place["kind"]](np.random.default_rng(place["seed"]))
    x, y = place["centre"]
    move = Matrix.Translation((x, y, 0)) @ Matrix.Rotation(place["heading"], 4, "Z")
    for made in set(bpy.data.objects) - before:
        made.matrix_world = move @ made.matrix_world


def build_props(props: list[dict[str, Any]], seed: int) -> None:
    """Furniture: boxes with centre, size (m) and heading (rad)."""
    rng = np.random.default_rng(seed)
    woods = [materials.mottled(f"prop_{k}", _shade(rng, c), 14.0, 0.2, 0.5) for k, c in enumerate(_FURNITURE)]
    chosen = woods[rng.integers(len(woods))]
    for prop in props:
        half = np.array(prop["size"]) / 2
        made = box("prop", tuple(-half), tuple(half), chosen)
        made.matrix_world = Matrix.Translation(prop["centre"]) @ Matrix.Rotation(prop["heading"], 4, "Z")


_FURNITURE: tuple[Colour, ...] = ((0.25, 0.13, 0.06), (0.5, 0.48, 0.44), (0.06, 0.07, 0.09), (0.16, 0.20, 0.22))


def _shade(rng: Rng, colour: Colour, spread: float = 0.14) -> Colour:
    r, g, b = np.clip(np.array(colour) * np.exp(rng.normal(0, spread)) * np.exp(rng.normal(0, spread / 2, 3)), 0, 0.9)
    return (float(r), float(g), float(b))


def _one(rng: Rng, colours: tuple[Colour, ...]) -> Colour:
    return _shade(rng, colours[rng.integers(len(colours))])


def _ground(surface: bpy.types.Material, half: float = HALF) -> None:
    box("ground", (-half, -half, -0.1), (half, half, 0.0), surface)


def _walls(height: float, surface: bpy.types.Material, skirting: bpy.types.Material, board: float) -> list[Matrix]:
    """Four walls with a skirting ``board`` m high; returns how to move a thing that stands before the one at +Y."""
    turns = [Matrix.Rotation(np.pi / 2 * k, 4, "Z") for k in range(4)]
    for turn in turns:
        box("wall", (-HALF - 0.3, HALF, 0), (HALF + 0.3, HALF + 0.3, height), surface).matrix_world = turn
        box("skirting", (-HALF, HALF - 0.03, 0), (HALF, HALF, board), skirting).matrix_world = turn
    return turns


def _along_walls(turns: list[Matrix], rng: Rng, things: int, place: Callable[[float], list[bpy.types.Object]]) -> None:
    """Sets ``things`` things before each wall; ``place(x)`` makes one before the wall at +Y."""
    for turn in turns:
        spots = np.linspace(-HALF + 1.5, HALF - 1.5, things) + rng.uniform(-0.6, 0.6, things)
        for x in spots:
            for made in place(float(x)):
                made.matrix_world = turn @ made.matrix_world


def courtyard(rng: Rng) -> None:
    """Paving, plastered walls, planters with bushes, wooden gates."""
    stone = _shade(rng, (0.36, 0.31, 0.26))
    size = ((0.6, 0.3), (0.4, 0.4), (0.9, 0.45))[rng.integers(3)]
    _ground(materials.bricks("paving", (stone, scaled(stone, 0.65), scaled(stone, 0.25)), size, 0.006))
    paint = _one(rng, ((0.58, 0.50, 0.40), (0.62, 0.60, 0.56), (0.5, 0.36, 0.26)))
    plaster = materials.mottled("plaster", paint, 2.5, 0.1)
    grey = materials.plain("plinth", _shade(rng, (0.2, 0.19, 0.18)))
    turns = _walls(float(rng.uniform(2.2, 3.6)), plaster, grey, 0.25)
    wood = materials.mottled("wood", _shade(rng, (0.15, 0.08, 0.04)), 6.0, 0.3, 0.6)
    leaves = _leaves(rng, 3)

    def thing(x: float) -> list[bpy.types.Object]:
        if rng.uniform() < 0.3:
            return [box("gate", (x - 0.55, HALF - 0.06, 0), (x + 0.55, HALF, 2.05), wood)]
        made = [box("planter", (x - 0.5, HALF - 0.8, 0), (x + 0.5, HALF - 0.2, 0.42), grey)]
        return made + [_bush(rng, leaves, (x + dx, HALF - 0.5, 0.6), 0.42) for dx in (-0.25, 0.25)]

    _along_walls(turns, rng, 4, thing)


def room(rng: Rng) -> None:
    """A hall with a wooden floor, painted walls, windows, doors, pictures and cupboards."""
    plank = _one(rng, ((0.33, 0.20, 0.10), (0.45, 0.31, 0.18), (0.16, 0.09, 0.05), (0.30, 0.28, 0.26)))
    size = (float(rng.uniform(1.0, 1.8)), float(rng.uniform(0.11, 0.2)))
    _ground(materials.bricks("planks", (plank, scaled(plank, 0.75), scaled(plank, 0.3)), size, 0.003, 0.45))
    paints = ((0.66, 0.64, 0.60), (0.45, 0.52, 0.55), (0.60, 0.50, 0.38), (0.42, 0.48, 0.38), (0.55, 0.40, 0.38))
    white = materials.plain("white", (0.7, 0.69, 0.67), 0.5)
    turns = _walls(3.1, materials.mottled("paint", _one(rng, paints), 1.2, 0.05), white, 0.12)
    glass = materials.glowing("window", (0.85, 0.92, 1.0))
    wood = materials.mottled("furniture", _one(rng, _FURNITURE), 8.0, 0.2, 0.5)

    def thing(x: float) -> list[bpy.types.Object]:
        kind = rng.integers(4)
        if kind == 0:
            frame = box("frame", (x - 0.75, HALF - 0.05, 0.85), (x + 0.75, HALF, 2.35), white)
            return [frame, box("pane", (x - 0.68, HALF - 0.06, 0.92), (x + 0.68, HALF, 2.28), glass)]
        if kind == 1:
            return [box("door", (x - 0.45, HALF - 0.05, 0), (x + 0.45, HALF, 2.03), white)]
        if kind == 2:
            canvas = materials.mottled("canvas", _shade(rng, (0.3, 0.3, 0.3), 0.8), 3.0, 0.9)
            wide, high = rng.uniform(0.3, 0.7, 2)
            return [box("picture", (x - wide, HALF - 0.04, 1.5 - high), (x + wide, HALF, 1.5 + high), canvas)]
        high = float(rng.uniform(0.7, 2.0))
        return [box("cupboard", (x - 0.6, HALF - 0.45, 0), (x + 0.6, HALF - 0.02, high), wood)]

    _along_walls(turns, rng, 5, thing)


def studio(rng: Rng) -> None:
    """A seamless backdrop all around."""
    papers = ((0.55, 0.55, 0.55), (0.30, 0.31, 0.33), (0.16, 0.26, 0.36), (0.36, 0.30, 0.25), (0.12, 0.34, 0.16))
    paper = materials.mottled("backdrop", _one(rng, papers), 0.7, 0.05, 0.7)
    bend = [(HALF - 2.5 + 2.5 * float(np.sin(a)), 2.5 - 2.5 * float(np.cos(a))) for a in np.linspace(0, np.pi / 2, 10)]
    # From the outside in, so that it faces the people.
    link("backdrop", turned("backdrop", [(HALF, 6.0), *reversed(bend), (4.0, 0.0), (0.0, 0.0)], 64, paper))


def lawn(rng: Rng) -> None:
    """Grass, a hedge around it, trees."""
    grass = _shade(rng, (0.10, 0.17, 0.045))
    _ground(materials.mottled("grass", grass, 9.0, 0.5, 0.95, detail=8.0))
    leaves = _leaves(rng, 4)
    hedge = materials.mottled("hedge", _shade(rng, (0.045, 0.09, 0.025)), 7.0, 0.6, 0.95, detail=6.0)
    for turn in _walls(float(rng.uniform(1.2, 2.6)), hedge, hedge, 0.1):
        for x in np.linspace(-HALF, HALF, 9):
            spot = (float(x + rng.uniform(-0.6, 0.6)), HALF - 0.1, float(rng.uniform(0.2, 1.2)))
            made = _bush(rng, leaves, spot, float(rng.uniform(0.5, 0.9)))
            made.matrix_world = turn @ made.matrix_world
    bark = materials.mottled("bark", _shade(rng, (0.12, 0.08, 0.05)), 12.0, 0.4)
    trunk = turned("trunk", [(0.2, 0.0), (0.14, 1.5), (0.10, 3.5)], 12, bark)
    for _ in range(7):
        angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(9.2, 10.2)
        x, y = distance * np.cos(angle), distance * np.sin(angle)
        link("tree", trunk, Matrix.Translation((x, y, 0)))
        for _ in range(5):
            spot = (x + rng.uniform(-0.9, 0.9), y + rng.uniform(-0.9, 0.9), rng.uniform(2.8, 4.4))
            _bush(rng, leaves, spot, float(rng.uniform(0.7, 1.2)))


def street(rng: Rng) -> None:
    """Asphalt or setts between house fronts with windows and doors."""
    grey = _shade(rng, (0.17, 0.17, 0.175))
    if rng.uniform() < 0.5:
        _ground(materials.mottled("asphalt", grey, 30.0, 0.25, 0.9, detail=8.0))
    else:
        _ground(materials.bricks("setts", (grey, scaled(grey, 0.7), scaled(grey, 0.3)), (0.16, 0.16), 0.012))
    brick = _one(rng, ((0.30, 0.11, 0.07), (0.42, 0.30, 0.19), (0.40, 0.38, 0.35)))
    # Blocks, since bricks ten metres away are finer than a pixel of one sample.
    shades = (brick, scaled(brick, 0.8), scaled(brick, 0.5))
    front = materials.bricks("blocks", shades, (0.7, 0.3), 0.012, upright=True)
    stone = materials.plain("stone", _shade(rng, (0.4, 0.38, 0.35)))
    turns = _walls(7.0, front, stone, 0.5)
    glass = materials.plain("glass", (0.03, 0.04, 0.05), 0.1)
    doors = [materials.plain(f"door_{k}", _shade(rng, (0.15, 0.1, 0.1), 0.8), 0.4) for k in range(3)]

    def house(x: float) -> list[bpy.types.Object]:
        made = []
        for floor in (0.9, 3.9):
            if floor < 1 and rng.uniform() < 0.4:
                made.append(box("door", (x - 0.5, HALF - 0.04, 0), (x + 0.5, HALF, 2.2), doors[rng.integers(3)]))
                continue
            made.append(box("sill", (x - 0.65, HALF - 0.1, floor - 0.1), (x + 0.65, HALF, floor), stone))
            made.append(box("glass", (x - 0.55, HALF - 0.02, floor), (x + 0.55, HALF, floor + 1.5), glass))
        return made

    _along_walls(turns, rng, 6, house)


def gym(rng: Rng) -> None:
    """A sports floor with lines, two-coloured walls, boxes and mats along them."""
    floor = _one(rng, ((0.42, 0.27, 0.14), (0.10, 0.20, 0.30), (0.13, 0.26, 0.16), (0.32, 0.12, 0.08)))
    _ground(materials.mottled("floor", floor, 1.5, 0.08, 0.4))
    white = materials.plain("line", (0.7, 0.7, 0.7), 0.5)
    for k in range(4):
        turn = Matrix.Rotation(np.pi / 2 * k, 4, "Z")
        for at in (2.5, 6.0):
            box("line", (-HALF, at, 0.0), (HALF, at + 0.05, 0.0008), white).matrix_world = turn
    wall = materials.plain("wall", _shade(rng, (0.6, 0.58, 0.54)))
    dado = materials.plain("dado", _one(rng, ((0.1, 0.2, 0.32), (0.35, 0.1, 0.08), (0.3, 0.3, 0.32))))
    turns = _walls(4.5, wall, dado, 1.3)
    mat = materials.plain("mat", _shade(rng, (0.08, 0.16, 0.35), 0.5), 0.5)
    wood = materials.mottled("wood", _shade(rng, (0.4, 0.25, 0.12)), 8.0, 0.2, 0.5)

    def thing(x: float) -> list[bpy.types.Object]:
        if rng.uniform() < 0.5:
            return [box("mat", (x - 1.0, HALF - 0.25, 0), (x + 1.0, HALF - 0.03, 1.2), mat)]
        return [box("vault", (x - 0.7, HALF - 0.6, 0), (x + 0.7, HALF - 0.1, float(rng.uniform(0.5, 1.2))), wood)]

    _along_walls(turns, rng, 4, thing)


def steppe(rng: Rng) -> None:
    """Sand or dry grass to the horizon, bushes and stones."""
    earth = _one(rng, ((0.38, 0.29, 0.18), (0.25, 0.23, 0.10), (0.30, 0.27, 0.24)))
    _ground(materials.mottled("earth", earth, 3.0, 0.3, 0.95, detail=9.0), 150.0)
    rock = materials.mottled("stone", _shade(rng, (0.25, 0.24, 0.22)), 6.0, 0.3)
    leaves = [*_leaves(rng, 2), ball("stone", rock, rng)]
    for _ in range(60):
        angle, distance = rng.uniform(0, 2 * np.pi), 9.0 + rng.exponential(14)
        spot = (float(distance * np.cos(angle)), float(distance * np.sin(angle)), 0.05)
        _bush(rng, leaves, spot, float(rng.uniform(0.15, 0.35) * distance / 9))


def _leaves(rng: Rng, count: int) -> list[bpy.types.Mesh]:
    """Lumpy green balls to scatter."""
    made = []
    for k in range(count):
        green = materials.mottled(f"leaves_{k}", _shade(rng, (0.055, 0.11, 0.03), 0.3), 9.0, 0.6, 0.9, detail=6.0)
        made.append(ball(f"leaves_{k}", green, rng))
    return made


def _bush(rng: Rng, shapes: list[bpy.types.Mesh], spot: tuple[float, float, float], radius: float) -> bpy.types.Object:
    size = Matrix.Diagonal((*(radius * rng.uniform(0.8, 1.2, 3)), 1))
    turn = Matrix.Rotation(float(rng.uniform(0, 6.28)), 4, "Z")
    return link("bush", shapes[rng.integers(len(shapes))], Matrix.Translation(spot) @ turn @ size)


KINDS: dict[str, Callable[[Rng], None]] = {
    "courtyard": courtyard, "room": room, "studio": studio, "lawn": lawn, "street": street, "gym": gym,
    "steppe": steppe,
}  # fmt: skip
