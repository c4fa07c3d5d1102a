"""The sidebar's retarget panel, and the list of the character's bones."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Panel, UIList

from .. import status_bar
from ..declarations import BONES_EXTRAS_PROPERTY, BONES_INDEX_PROPERTY, BONES_PROPERTY, Operators, Panels
from ..operators import export, in_slices
from ..retarget_properties import retarget_settings
from .sidebar import Sidebar
from .text import draw_message


class UNDERSTUDY_PT_retarget(Sidebar, Panel):
    """Whose motion goes on the selected characters, and how."""

    bl_idname = Panels.RETARGET
    bl_label = "Retarget"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        from ..scene import controls

        layout: Any = self.layout
        chosen = retarget_settings(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(chosen, "all_actors")
        row = layout.row()
        row.enabled = not chosen.all_actors
        row.prop(chosen, "source")
        layout.prop(chosen, "root_motion")
        layout.prop(chosen, "travel")
        column = layout.column(align=True)
        column.prop(chosen, "plant_feet")
        column.prop(chosen, "hold_hands")
        column.prop(chosen, "live")
        button = layout.row()
        button.scale_y = 1.4
        button.operator(Operators.RETARGET, icon="ARMATURE_DATA")
        if context.object is not None and controls.guide_of(context.object) is not None:
            layout.operator(Operators.BAKE_CONTROLS, icon="REC")
        if in_slices.under_way.work is not None and status_bar.shown is not None:
            layout.progress(factor=status_bar.shown.share, type="BAR", text=status_bar.shown.text)
        draw_export(layout)


def draw_export(layout: Any) -> None:
    """The button, the export under way, and what the last one found."""
    layout.operator(Operators.EXPORT_CHARACTER, icon="EXPORT")
    running = export.under_way.work
    if running is not None:
        row = layout.row(align=True)
        total = len(running.wanted)
        row.progress(factor=running.done / total, type="BAR", text=f"{running.done} of {total} files")
        row.operator(Operators.CANCEL_EXPORT, text="", icon="X")
        draw_message(layout, running.stage, icon="DOT")
    for report in export.reports:
        draw_message(layout, report.line, icon="CHECKMARK" if report.good else "ERROR")
    for failure in export.failures:
        draw_message(layout, failure.message, failure.hint)


class UNDERSTUDY_UL_bones(UIList):
    """Parts of a person and their bones; the search field below finds parts by name."""

    bl_idname = Panels.BONE_LIST

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        from ...retarget import slots
        from ...retarget.mapping import SURE

        row = layout.row(align=True)
        uncertain = bool(item.bone) and item.confidence < SURE
        missing = not item.bone and item.name in slots.REQUIRED
        row.label(text=slots.label(item.name), icon="ERROR" if missing else "QUESTION" if uncertain else "BLANK1")
        row.prop_search(item, "bone", data.data, "bones", text="")


class UNDERSTUDY_PT_bones(Sidebar, Panel):
    """Which bone of the active character is which part of a person."""

    bl_idname = Panels.BONES
    bl_label = "Bones"
    bl_parent_id = Panels.RETARGET

    @classmethod
    def poll(cls, context: Context) -> bool:
        return context.object is not None and context.object.type == "ARMATURE"

    def draw(self, context: Context) -> None:
        layout, armature = self.layout, context.object
        assert armature is not None
        layout.operator(Operators.MAP_BONES, icon="VIEWZOOM")
        if not len(getattr(armature, BONES_PROPERTY)):
            layout.operator(Operators.LOAD_BONES, icon="FILE_FOLDER")
            return
        _draw_summary(layout, armature)
        layout.template_list(Panels.BONE_LIST, "", armature, BONES_PROPERTY, armature, BONES_INDEX_PROPERTY, rows=8)
        row = layout.row(align=True)
        row.operator(Operators.PICK_BONE, icon="EYEDROPPER")
        row.operator(Operators.CLEAR_BONE, icon="X")
        layout.operator_menu_enum(Operators.MIRROR_BONES, "side", icon="MOD_MIRROR")
        row = layout.row(align=True)
        row.operator(Operators.LOAD_BONES, icon="FILE_FOLDER")
        row.operator(Operators.SAVE_BONES, icon="FILE_TICK")


def _draw_summary(layout: Any, armature: bpy.types.Object) -> None:
    from ...retarget.dialects.reader import dialects
    from ...retarget.mapping import SURE

    kept = getattr(armature, BONES_PROPERTY)
    unsure = sum(bool(row.bone) and row.confidence < SURE for row in kept)
    dialect = dialects().get(_dialect_of(getattr(armature, BONES_EXTRAS_PROPERTY)))
    if dialect is not None:
        layout.label(text=dialect.label, icon="CHECKMARK")
        if dialect.tested != "original":
            draw_message(layout, "Known by its documented names; not tested on the original.", icon="DOT")
    if unsure:
        draw_message(layout, f"{unsure} bones are uncertain: look at the rows marked so.")


def _dialect_of(extras: str) -> str:
    """Name of the dialect noted with a map, empty where there is none."""
    from ...retarget import presets
    from ...retarget.mapping import BoneMap

    return (presets.from_json(extras) if extras else BoneMap({})).dialect


CLASSES = (UNDERSTUDY_UL_bones, UNDERSTUDY_PT_retarget, UNDERSTUDY_PT_bones)
