"""Bones coloured by how certain their joints are in the current frame."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.app.handlers import persistent

from ...core.skeleton import SMPLH_JOINTS
from ..declarations import TAKE_PROPERTY
from . import links, takes
from .names import CONFIDENCE

# Red, yellow and blue are told apart by colour-blind people too.
_COLOURS = ((0.80, 0.10, 0.08), (0.95, 0.75, 0.15), (0.20, 0.50, 0.85))


# What one camera reaches on what it sees clearly; as blue as it gets.
_REACHED = 0.5


def colour(confidence: float) -> tuple[float, float, float]:
    """The colour of a confidence: red at 0, yellow at 0.25, blue from 0.5 on, which is what a single camera reaches."""
    value = min(max(confidence / _REACHED, 0.0), 1.0) * 2
    low, high = (_COLOURS[0], _COLOURS[1]) if value < 1 else (_COLOURS[1], _COLOURS[2])
    share = value if value < 1 else value - 1
    r, g, b = (a + share * (c - a) for a, c in zip(low, high, strict=True))
    return r, g, b


def paint(actor: bpy.types.Object) -> None:
    """Colours the actor's bones for the current frame."""
    for name in SMPLH_JOINTS:
        bone = actor.pose.bones.get(name)
        if bone is None:
            continue
        shade = colour(float(bone.get(CONFIDENCE, 1.0)))
        bone.color.palette = "CUSTOM"
        bone.color.custom.normal = shade
        bone.color.custom.select = tuple(min(1.0, c + 0.25) for c in shade)
        bone.color.custom.active = tuple(min(1.0, c + 0.4) for c in shade)


def wash(actor: bpy.types.Object) -> None:
    """Gives the bones back their usual colour."""
    for bone in actor.pose.bones:
        bone.color.palette = "DEFAULT"


def refresh(take: bpy.types.Collection) -> None:
    """Paints or washes a take's actors, as its setting says."""
    shown = getattr(take, TAKE_PROPERTY).show_confidence
    for actor in takes.actors(take):
        (paint if shown else wash)(actor)


@persistent
def _on_frame(scene: bpy.types.Scene, *_: Any) -> None:
    for take in links.take_collections():
        if getattr(take, TAKE_PROPERTY).show_confidence:
            for actor in takes.actors(take):
                paint(actor)


def register() -> None:
    bpy.app.handlers.frame_change_post.append(_on_frame)


def unregister() -> None:
    bpy.app.handlers.frame_change_post.remove(_on_frame)
