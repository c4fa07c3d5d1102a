"""The measured 2D points over the footage: when they are drawn, and which of them are being dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy

from ..declarations import VIEW_PROPERTY
from . import shot, takes

_handle: Any = None


@dataclass(frozen=True)
class Moving:
    """Points of a person that are being dragged in a frame of the take: image pixels by landmark."""

    person: str
    frame: int
    points: dict[str, tuple[float, float]]


moving: Moving | None = None


def tag_redraw() -> None:
    """Every viewport draws anew."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


def _draw() -> None:
    context: Any = bpy.context
    view = getattr(context.scene, VIEW_PROPERTY)
    if not view.overlay or not context.space_data.overlay.show_overlays:
        return
    from . import points

    for take in takes.takes_in(context.scene):
        for index, camera in enumerate(takes.cameras(take)):
            if shot.looks_through(context.space_data, camera):
                points.draw_take(context, take, camera, index, view.overlay_opacity)


def person_shown(actor: bpy.types.Object) -> bool:
    """Whether an actor or its body can be seen: either alone will do."""
    return any(ob.visible_get() for ob in (actor, *takes.skins(actor)[:1]))


def register() -> None:
    global _handle
    _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    global _handle
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
        _handle = None
