"""The constant shape of each person: what is known of it, and betas to rig."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..actor import Actor
from ..body.numpy_model import BodyModel
from ..rotation import Array
from .rig import Rig, make_rig
from .solids import solids_of

DEFAULT_HEIGHT = 1.70


@dataclass(frozen=True)
class Shape:
    """``height`` m and ``betas`` of one person; ``known``: whether somebody told the height, ``kept``: the betas."""

    height: float
    betas: Array
    known: bool = False
    kept: bool = False


def heights_for(ids: list[str], setting: float | dict[str, float] | None) -> dict[str, float]:
    """Height of each person, m: their own where given, else the median of those given, else the default."""
    if setting is None:
        return dict.fromkeys(ids, DEFAULT_HEIGHT)
    if not isinstance(setting, dict):
        return dict.fromkeys(ids, float(setting))
    common = float(np.median(list(setting.values()))) if setting else DEFAULT_HEIGHT
    return {person: float(setting.get(person, common)) for person in ids}


def shapes_for(
    ids: list[str], setting: float | dict[str, float] | None, actors: dict[str, Actor], body: BodyModel
) -> list[Shape]:
    """What is known of each person before the solve: an actor's body, else the mean body of their height."""
    heights = heights_for(ids, setting)
    told = set(ids) if setting is not None and not isinstance(setting, dict) else set(setting or ())
    return [
        Shape(actors[person].height, np.array(actors[person].betas, np.float32), known=True, kept=True)
        if person in actors
        else Shape(heights[person], body.betas_for_height(heights[person]), person in told)
        for person in ids
    ]


def scaled(shape: Shape, size: float, body: BodyModel) -> Shape:
    """Somebody ``size`` times as tall, otherwise built alike."""
    height = shape.height * size
    build = shape.betas - body.betas_for_height(shape.height)
    return replace(shape, height=height, betas=body.betas_for_height(height) + build)


def rig_for(body: BodyModel, betas: Array, height: float) -> Rig:
    """The rig of a body with these betas: joints, the surface points that move with them, and its solids."""
    vertices, joints = body.shaped(betas), body.joints(betas)
    rig = make_rig(joints, vertices[body.extras], vertices[body.contact_vertices], height)
    return replace(rig, solids=solids_of(body, vertices, joints))
