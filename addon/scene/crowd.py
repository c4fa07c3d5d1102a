"""A picture of the footage over a whole viewport, with a box around everybody in it, to choose people by clicks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import blf
import bpy
import numpy as np

from ...core.glimpse import Glimpse
from ...core.picks import Pick
from ...core.view.palette import colour
from . import inset, strokes

_BACKGROUND = (0.1, 0.1, 0.1, 1.0)
_MARGIN, _LINE = 28.0, 30.0
_TEXT_SIZE = 13.0
_OVERLAP = 0.5  # boxes that share this much are one person's
_CHOSEN = (1.0, 1.0, 1.0)


@dataclass(eq=False)
class Crowd:
    """``area``: the pointer of the viewport's area; ``glimpse``: the picture, None while it is looked for; ``message``:
    what is said below it. ``picks`` are the people chosen so far, ``hovered`` the box under the mouse, −1 for none."""

    area: int
    seconds: float
    glimpse: Glimpse | None = None
    message: str = ""
    picks: list[Pick] = field(default_factory=list)
    hovered: int = -1

    @property
    def boxes(self) -> Any:
        """(P, 4) of the picture's people in full-size pixels."""
        return np.zeros((0, 4)) if self.glimpse is None else self.glimpse.boxes

    def pick_of(self, index: int) -> Pick | None:
        """The pick that is this picture's person ``index``."""
        for pick in self.picks:
            if abs(pick.seconds - self.seconds) < 1e-3 and _overlap(self.boxes[index], pick[1:]) > _OVERLAP:
                return pick
        return None

    def toggle(self, index: int) -> None:
        """Chooses a person, or takes the choice back."""
        known = self.pick_of(index)
        if known is not None:
            self.picks.remove(known)
        else:
            self.picks.append(Pick(self.seconds, *(round(float(value), 2) for value in self.boxes[index])))

    def at(self, pixel: Any) -> int:
        """The person whose box holds a pixel of the full-size picture, the smallest box first; −1 for none."""
        boxes = self.boxes
        inside = np.all((boxes[:, :2] <= pixel) & (boxes[:, 2:] >= pixel), axis=1) if len(boxes) else np.zeros(0, bool)
        if not inside.any():
            return -1
        areas = np.where(inside, (boxes[:, 2:] - boxes[:, :2]).prod(1), np.inf)
        return int(np.argmin(areas))


shown: Crowd | None = None
_texture: tuple[int, Any] | None = None
_handle: Any = None


def free_part(area: Any, region: Any) -> tuple[Any, Any]:
    """Bottom left and top right of a viewport's region that no side bar or header covers, in its pixels."""
    left, right, bottom, top = 0.0, float(region.width), 0.0, float(region.height)
    for other in area.regions:
        if other.type == "UI" and other.width > 1:
            right = min(right, other.x - region.x)
        elif other.type == "TOOLS" and other.width > 1:
            left = max(left, other.x + other.width - region.x)
        elif other.type in ("HEADER", "TOOL_HEADER") and other.height > 1 and other.y > region.y:
            top = min(top, other.y - region.y)
    return np.array([left, bottom]), np.array([right, top])


def fitted(size: Any, low: Any, high: Any) -> tuple[Any, Any]:
    """Where a picture of ``size`` w, h is drawn between two corners, with room for two lines of text below it."""
    low = np.asarray(low, np.float64) + np.array([_MARGIN, _MARGIN + 2 * _LINE])
    room = np.maximum(np.asarray(high, np.float64) - _MARGIN - low, 1.0)
    size = np.asarray(size, np.float64)
    drawn = size * min(room / size)
    corner = low + (room - drawn) / 2
    return corner, corner + drawn


def to_pixel(point: Any, size: Any, corners: tuple[Any, Any]) -> Any:
    """The full-size pixel at a point of the region."""
    share = (np.asarray(point, np.float64) - corners[0]) / (corners[1] - corners[0])
    return np.array([share[0], 1 - share[1]]) * np.asarray(size) - 0.5


def _to_region(box: Any, size: Any, corners: tuple[Any, Any]) -> tuple[Any, Any]:
    share = (np.asarray(box, np.float64).reshape(2, 2) + 0.5) / np.asarray(size)
    (x0, y0), (x1, y1) = np.clip(share, 0, 1)
    span = corners[1] - corners[0]
    return corners[0] + np.array([x0, 1 - y1]) * span, corners[0] + np.array([x1, 1 - y0]) * span


def _overlap(a: Any, b: Any) -> float:
    """Intersection over union of two boxes."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    both = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod()
    return float(both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both))


def _draw() -> None:
    global _texture
    context: Any = bpy.context
    if shown is None or context.area.as_pointer() != shown.area:
        return
    region = context.region
    low, high = free_part(context.area, region)
    strokes.box(np.zeros(2), np.array([region.width, region.height]), _BACKGROUND)
    if shown.glimpse is not None:
        if _texture is None or _texture[0] != id(shown.glimpse):
            _texture = (id(shown.glimpse), inset.texture_of(shown.glimpse.images[0]))
        corners = fitted(shown.glimpse.size, low, high)
        inset.draw_picture(_texture[1], *corners)
        for index in range(len(shown.boxes)):
            _draw_box(index, corners)
    scale = context.preferences.system.ui_scale
    _write(shown.message, low[0] + _MARGIN, _MARGIN + _LINE * scale * 0.9, scale)
    _write("Click people  ·  ← → another moment  ·  Return: done  ·  Esc: cancel", low[0] + _MARGIN, _MARGIN, scale)


def _draw_box(index: int, corners: tuple[Any, Any]) -> None:
    assert shown is not None and shown.glimpse is not None
    low, high = _to_region(shown.boxes[index], shown.glimpse.size, corners)
    chosen, hovered = shown.pick_of(index) is not None, index == shown.hovered
    rgb = np.array(colour(index)) / 255
    if chosen:
        strokes.box(low, high, (*rgb, 0.35))
    elif hovered:
        strokes.box(low, high, (*_CHOSEN, 0.15))
    strokes.frame(low, high, (*(_CHOSEN if chosen else rgb), 1.0), 4.0 if chosen or hovered else 2.0)


def _write(text: str, x: float, y: float, scale: float) -> None:
    blf.size(0, _TEXT_SIZE * scale)
    blf.color(0, 0.95, 0.95, 0.95, 1.0)
    blf.position(0, x, y, 0)
    blf.draw(0, bpy.app.translations.pgettext_iface(text) or text)


def register() -> None:
    global _handle
    _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    global _handle, _texture, shown
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
        _handle = None
    _texture = shown = None
