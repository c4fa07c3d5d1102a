"""Footage: pictures of it, where to begin and to stop, and whom to capture."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Panel

from .. import footage, icons, jobs, lenses, requests, strips
from ..declarations import Operators, Panels
from ..properties import UnderstudyCaptureSettings, capture_settings
from .sidebar import Sidebar
from .text import draw_message

_UNIT = 20.0  # pixels of an icon at scale 1, as Blender draws them
_THUMB, _ENDS = 2.0, 10.5
_MARGIN = 60.0  # pixels of the sidebar beside its pictures
_MOST_PICKS = 6


class UNDERSTUDY_PT_footage(Sidebar, Panel):
    """The video that is about to be captured."""

    bl_idname = Panels.FOOTAGE
    bl_parent_id = Panels.CAPTURE
    bl_label = "Footage"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return jobs.installation is None

    def draw(self, context: Context) -> None:
        layout = self.layout
        assert layout is not None
        choices = capture_settings(context)
        row = layout.row(align=True)
        if not choices.footage:
            row.operator(Operators.CHOOSE_FOOTAGE, icon="FILE_FOLDER")
            return
        row.prop(choices, "footage", text="")
        row.operator(Operators.CLEAR_FOOTAGE, text="", icon="X")
        found = footage.shown(choices.footage)
        if found is None:
            return
        if found.message:
            draw_message(layout.box(), found.message, found.hint)
        if found.facts is not None:
            draw_facts(layout, found.facts)
        elif found.active:
            layout.label(text="Looking at the footage…", icon="SORTTIME")
        draw_pictures(layout, context, found, choices)
        draw_picks(layout, choices, found.facts is not None)


def draw_facts(layout: bpy.types.UILayout, facts: strips.Facts) -> None:
    """What the footage is, in a line, and its lens in another."""
    width, height = facts.size
    length = requests.moment_text(facts.duration) if facts.duration else "?"
    column = layout.column(align=True)
    column.scale_y = 0.85
    column.active = False
    column.label(text=f"{width} × {height}   {facts.fps:.4g} fps   {length}", translate=False)
    if facts.focal_px:
        column.label(text=f"Lens in the file: {lenses.equivalent(facts.focal_px, width, height):.0f} mm")


def draw_pictures(
    layout: bpy.types.UILayout, context: Context, found: footage.Footage, choices: UnderstudyCaptureSettings
) -> None:
    """The strip, the ends to trim, and the picture of the moment that was set last."""
    scale = context.preferences.system.ui_scale
    room = max(4.0, (context.region.width / scale - _MARGIN) / _UNIT)
    if found.strip is not None:
        count = max(2, min(len(found.strip.images), int(room / _THUMB)))
        row = layout.row(align=True)
        for index in [round(i * (len(found.strip.images) - 1) / (count - 1)) for i in range(count)]:
            cell = row.column()
            cell.template_icon(icons.icon(icons.square(found.strip.images[index])), scale=room / count)
            cell.active = inside(choices, float(found.strip.seconds[index]))
    if found.facts is not None and found.facts.duration:
        column = layout.column(align=True)
        column.prop(choices, "trim_in", slider=True)
        column.prop(choices, "trim_out", slider=True)
    row = layout.row(align=True)
    row.prop(choices, "start")
    row.prop(choices, "end")
    draw_ends(layout, found, choices, min(_ENDS, room))


def draw_ends(
    layout: bpy.types.UILayout, found: footage.Footage, choices: UnderstudyCaptureSettings, scale: float
) -> None:
    """The pictures where the capture begins and stops, with their times. Blender's icons are square, so that they are
    one: a wide one above the other, or two high ones side by side."""
    ends = footage.ends_of(choices)
    first, last = (found.picture_at(seconds) for seconds in ends)
    if first is None or last is None:
        return
    names = [bpy.app.translations.pgettext_iface(name) for name in ("In point", "Out point")]
    texts = [f"{name} {requests.moment_text(seconds)}" for name, seconds in zip(names, ends, strict=True)]
    wide = first.shape[1] >= first.shape[0]
    column = layout.column(align=True)
    _caption(column, texts[:1] if wide else texts)
    column.template_icon(icons.icon(icons.pair(first, last, wide)), scale=scale)
    if wide:
        _caption(column, texts[1:])


def _caption(layout: bpy.types.UILayout, texts: list[str]) -> None:
    row = layout.row()
    row.active = False
    for text in texts:
        cell = row.row()
        cell.alignment = "CENTER"
        cell.label(text=text, translate=False)


def draw_picks(layout: bpy.types.UILayout, choices: Any, known: bool) -> None:
    """Who is captured."""
    row = layout.row()
    row.enabled = known
    row.operator_context = "INVOKE_DEFAULT"
    row.operator(Operators.CHOOSE_PEOPLE, icon="RESTRICT_SELECT_OFF")
    if not len(choices.picks):
        return
    box = layout.box().column(align=True)
    for index, pick in enumerate(choices.picks[:_MOST_PICKS]):
        line = box.row(align=True)
        line.label(text=f"Person at {requests.moment_text(pick.seconds)}", icon="USER")
        line.operator(Operators.FORGET_PERSON, text="", icon="X", emboss=False).index = index
    if len(choices.picks) > _MOST_PICKS:
        box.label(text=f"and {len(choices.picks) - _MOST_PICKS} more", icon="BLANK1")
    box.operator(Operators.FORGET_PERSON, text="Capture everyone", icon="TRASH").index = -1


def inside(choices: UnderstudyCaptureSettings, seconds: float) -> bool:
    """Whether a moment is captured."""
    return choices.start <= seconds < (choices.end or float("inf"))


CLASSES = (UNDERSTUDY_PT_footage,)
