"""The capture's settings, in the sidebar and beside the file browser."""

from __future__ import annotations

import bpy

from .. import actors
from ..declarations import Operators
from ..properties import UnderstudyCaptureSettings


def draw_settings(layout: bpy.types.UILayout, settings: UnderstudyCaptureSettings) -> None:
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.prop(settings, "quality")
    if not settings.footage:  # with pictures of it, the ends are set beside them
        column = layout.column(align=True)
        column.prop(settings, "start")
        column.prop(settings, "end")
    row = layout.row(align=True)
    row.prop(settings, "actor")
    if settings.actor not in ("", actors.NONE):
        row.operator(Operators.REMOVE_ACTOR, text="", icon="X")
    else:
        layout.prop(settings, "height")
    column = layout.column(align=True)
    column.prop(settings, "lens")
    if settings.lens == "FOV":
        column.prop(settings, "fov")
    elif settings.lens == "FOCAL":
        column.prop(settings, "focal")
    row = layout.row()
    row.enabled = not len(settings.picks)  # who was chosen is who is captured
    row.prop(settings, "people")
    layout.prop(settings, "folder")
