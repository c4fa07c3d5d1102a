"""Contacts drawn in the dope sheet and the time line: a lane per foot and hand at the bottom of the editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import blf
import bpy
import gpu

from ...core.errors import UnderstudyError
from .. import contact_tracks
from ..declarations import VIEW_PROPERTY
from . import takes

_HEIGHT, _GAP, _BOTTOM, _NAMES = 12, 3, 24, 74  # pixels at a scale of 1; the scroll bar lies below
_LEAST = _BOTTOM + 4 * (_HEIGHT + _GAP) + 60  # the editor's least height
_END = 7  # how near (px) to an end of a contact it is taken by that end
_COLOURS = {
    "LEFT_FOOT": (0.25, 0.62, 0.95, 0.85),
    "RIGHT_FOOT": (0.95, 0.45, 0.35, 0.85),
    "LEFT_HAND": (0.45, 0.78, 0.98, 0.85),
    "RIGHT_HAND": (0.98, 0.66, 0.55, 0.85),
}
_BACK, _TEXT, _EDGE = (0.08, 0.08, 0.08, 0.78), (0.9, 0.9, 0.9, 1.0), (1.0, 1.0, 1.0, 0.9)

_handle: Any = None


@dataclass(frozen=True)
class Dragged:
    """The contact under the mouse button, at its new place."""

    limb: str
    person: str
    interval: tuple[int, int]


@dataclass(frozen=True)
class Under:
    """What lies under the mouse: the lane's limb, the frame, the contact there and which ``part`` of it: START, END or
    MIDDLE.
    """

    take: bpy.types.Collection
    person: str
    limb: contact_tracks.Limb
    frame: float
    interval: tuple[int, int] | None
    part: str


dragged: Dragged | None = None


def frame_at(region: Any, x: float) -> float:
    """The frame at a region's pixel column."""
    return float(region.view2d.region_to_view(x, 0)[0])


def moved(interval: tuple[int, int], part: str, by: int) -> tuple[int, int]:
    """A contact dragged by some frames; an end stops one frame short of the other."""
    start, end = interval
    if part == "START":
        return min(start + by, end - 1), end
    if part == "END":
        return start, max(end + by, start + 1)
    return start + by, end + by


def under(context: Any, x: float, y: float) -> Under | None:
    """What of the lanes lies at a region's pixel; None beside them, or where they are not shown."""
    found = _shown(context)
    if found is None:
        return None
    take, person, tracks = found
    scale = _scale(context)
    row = int((y - _BOTTOM * scale) // ((_HEIGHT + _GAP) * scale))
    if y < _BOTTOM * scale or not 0 <= row < len(tracks) or x < _NAMES * scale:
        return None
    track = tracks[len(tracks) - 1 - row]
    frame = frame_at(context.region, x)
    for interval in track.intervals:
        left, right = (_column(context.region, edge) for edge in (interval[0] - 0.5, interval[1] + 0.5))
        if left - _END <= x <= right + _END:
            near = _END if right - left > 3 * _END else (right - left) / 3
            part = "START" if x < left + near else "END" if x > right - near else "MIDDLE"
            return Under(take, person, track.limb, frame, interval, part)
    return Under(take, person, track.limb, frame, None, "MIDDLE")


def editors(screen: Any) -> list[Any]:
    """The dope sheets and time lines of a screen."""
    return [area for area in screen.areas if area.type == "DOPESHEET_EDITOR"]


def has_room(context: Any) -> bool:
    """Whether an editor of the window is high enough to show the lanes."""
    least = _LEAST * _scale(context)
    return any(
        region.height >= least
        for area in editors(context.window.screen)
        for region in area.regions
        if region.type == "WINDOW"
    )


def tag_redraw() -> None:
    """Every dope sheet draws anew."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "DOPESHEET_EDITOR":
                area.tag_redraw()


def _shown(context: Any) -> tuple[bpy.types.Collection, str, tuple[contact_tracks.Track, ...]] | None:
    """The active take, the person whose contacts are shown, and the tracks; None where nothing is."""
    if not getattr(context.scene, VIEW_PROPERTY).contacts or context.region.type != "WINDOW":
        return None
    if context.region.height < _LEAST * _scale(context):  # lanes would hide the keys of a low time line
        return None
    take = takes.take_of(context)
    if take is None:
        return None
    people = takes.actors(take)
    person = takes.active_person(context, take) or (str(people[0][takes.PERSON_ID]) if people else "")
    try:
        tracks = contact_tracks.known(take, person)
    except UnderstudyError:
        return None  # the clean-up panel says what is wrong with the list
    return (take, person, tracks) if tracks else None


def _draw() -> None:
    context: Any = bpy.context
    found = _shown(context)
    if found is None:
        return
    _, person, tracks = found
    region, scale = context.region, _scale(context)
    gpu.state.blend_set("ALPHA")
    for row, track in enumerate(reversed(tracks)):
        bottom = (_BOTTOM + row * (_HEIGHT + _GAP)) * scale
        top = bottom + _HEIGHT * scale
        _rectangle(0, bottom, region.width, top, _BACK)
        for interval in _intervals(track, person):
            left, right = (_column(region, edge) for edge in (interval[0] - 0.5, interval[1] + 0.5))
            if right < 0 or left > region.width:
                continue
            _rectangle(left, bottom, right, top, _COLOURS[track.limb.name])
            for edge in (left, right):
                _rectangle(edge - scale, bottom, edge + scale, top, _EDGE)
        _rectangle(0, bottom, _NAMES * scale, top, (*_BACK[:3], 1.0))
        _name(track.limb.label, 6 * scale, bottom + 2.5 * scale, scale)
    gpu.state.blend_set("NONE")


def _intervals(track: contact_tracks.Track, person: str) -> list[tuple[int, int]]:
    if dragged is None or (dragged.limb, dragged.person) != (track.limb.name, person):
        return list(track.intervals)
    start, end = dragged.interval
    return [*(one for one in track.intervals if one[1] < start or one[0] > end), dragged.interval]


def _scale(context: Any) -> float:
    return float(context.preferences.system.ui_scale)


def _column(region: Any, frame: float) -> float:
    return float(region.view2d.view_to_region(frame, 0, clip=False)[0])


def _name(text: str, x: float, y: float, scale: float) -> None:
    blf.size(0, 10 * scale)
    blf.color(0, *_TEXT)
    blf.position(0, x, y, 0)
    blf.draw(0, str(bpy.app.translations.pgettext_iface(text)))


def _rectangle(left: float, bottom: float, right: float, top: float, colour: tuple[float, ...]) -> None:
    from gpu_extras.batch import batch_for_shader

    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    corners = ((left, bottom), (right, bottom), (right, top), (left, bottom), (right, top), (left, top))
    shader.bind()
    shader.uniform_float("color", colour)
    batch_for_shader(shader, "TRIS", {"pos": corners}).draw(shader)


def register() -> None:
    global _handle
    _handle = bpy.types.SpaceDopeSheetEditor.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def unregister() -> None:
    global _handle, dragged
    dragged = None
    contact_tracks.forget()
    if _handle is not None:
        bpy.types.SpaceDopeSheetEditor.draw_handler_remove(_handle, "WINDOW")
        _handle = None
