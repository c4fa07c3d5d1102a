"""The capture's settings, in the sidebar and beside the file browser."""

from __future__ import annotations

import bpy

from ..properties import UnderstudyCaptureSettings


def draw_settings(layout: bpy.types.UILayout, settings: UnderstudyCaptureSettings) -> None:
    layout.use_property_split = True
    layout.use_property_decorate = False
    column = layout.column(align=True)
    column.prop(settings, "start")
    column.prop(settings, "end")
    layout.prop(settings, "height")
    column = layout.column(align=True)
    column.prop(settings, "lens")
    if settings.lens == "FOV":
        column.prop(settings, "fov")
    elif settings.lens == "FOCAL":
        column.prop(settings, "focal")
    layout.prop(settings, "people")
    layout.prop(settings, "hands")
    layout.prop(settings, "folder")
