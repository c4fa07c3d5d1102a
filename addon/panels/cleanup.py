"""Clean-up: the take's list of steps, and the values of the active one."""

from __future__ import annotations

import bpy
from bpy.types import Context, Menu, Panel, UIList

from .. import cleanup, edit_list, edit_settings, saving
from ..declarations import Lists, Operators, Panels
from ..edit_texts import TEXTS
from ..scene import takes
from .sidebar import OfTake, Sidebar
from .text import draw_message

# What is needed first, most takes long.
_FIRST = (("smooth", "Smooth"), ("repair", "Repair"), ("place", "Floor"))
_MENU = (
    ("smooth", "repair", "reduce"),
    ("swap_sides", "swap_people", "mirror"),
    ("place", "scale"),
    ("trim", "retime", "reverse", "loop", "stitch"),
)


class UNDERSTUDY_UL_edits(UIList):
    """Steps in the order in which they come."""

    bl_idname = Lists.EDITS

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0) -> None:
        assert item is not None
        take = edit_settings.collection_of(item)
        problem = cleanup.problem(take)
        wrong = problem is not None and problem.index == index
        row = layout.row(align=True)
        row.active = item.enabled and not edit_list.settings_of(take).show_before
        row.prop(item, "enabled", text="")
        row.label(text=TEXTS[item.kind].short, icon="ERROR" if wrong else TEXTS[item.kind].icon)
        who = row.row()
        who.alignment = "RIGHT"
        who.active = False
        actor = takes.actor_of(take, item.person)
        if actor is not None and len(takes.actors(take)) > 1:
            who.label(text=actor.name)
        elif item.use_range:
            who.label(text=f"{item.start}–{item.end}")


class UNDERSTUDY_MT_add_edit(Menu):
    """All kinds of steps."""

    bl_idname = Lists.ADD_EDIT
    bl_label = "Add step"

    def draw(self, context: Context) -> None:
        for number, group in enumerate(_MENU):
            if number:
                self.layout.separator()
            self.layout.operator_context = "INVOKE_DEFAULT"
            for kind in group:
                self.layout.operator(Operators.EDIT.format(kind=kind), icon=TEXTS[kind].icon)
                if kind == "place":
                    self.layout.operator(Operators.FACE_FRONT, icon="EMPTY_SINGLE_ARROW")


class UNDERSTUDY_PT_cleanup(OfTake, Panel):
    """The list."""

    bl_idname = Panels.CLEANUP
    bl_label = "Clean-up"

    def draw(self, context: Context) -> None:
        layout = self.layout
        take = takes.take_of(context)
        assert layout is not None and take is not None
        settings = edit_list.settings_of(take)
        draw_quick(layout)
        row = layout.row()
        row.template_list(Lists.EDITS, "", settings, "edits", settings, "active_edit", rows=4)
        buttons = row.column(align=True)
        buttons.menu(Lists.ADD_EDIT, text="", icon="ADD")
        buttons.operator(Operators.REMOVE_EDIT, text="", icon="REMOVE").index = -1
        buttons.separator()
        up = buttons.operator(Operators.MOVE_EDIT, text="", icon="TRIA_UP")
        up.index, up.direction = -1, "UP"
        down = buttons.operator(Operators.MOVE_EDIT, text="", icon="TRIA_DOWN")
        down.index, down.direction = -1, "DOWN"
        row = layout.row(align=True)
        row.prop(settings, "show_before", text="Before", toggle=True, icon="HIDE_OFF")
        row.operator(Operators.CLEAR_EDITS, text="", icon="TRASH")
        row.operator(Operators.SAVE_EDITED_TAKE, text="", icon="FILE_TICK")
        draw_saving(layout)
        problem = cleanup.problem(take)
        if problem is not None:
            draw_message(layout.box(), sentence(problem.message), sentence(problem.hint))
        elif cleanup.busy(take):
            layout.label(text="Working…", icon="SORTTIME")


class UNDERSTUDY_PT_step(Sidebar, Panel):
    """Values of the active step."""

    bl_idname = Panels.STEP
    bl_parent_id = Panels.CLEANUP
    bl_label = ""

    @classmethod
    def poll(cls, context: Context) -> bool:
        return active_item(context) is not None

    def draw_header(self, context: Context) -> None:
        item = active_item(context)
        if item is not None:
            self.layout.label(text=TEXTS[item.kind].label)

    def draw(self, context: Context) -> None:
        item = active_item(context)
        assert self.layout is not None and item is not None
        draw_step(self.layout, item)


def active_item(context: Context) -> edit_settings.UnderstudyEdit | None:
    """The step that is active in the list of the active take."""
    take = takes.take_of(context)
    if take is None:
        return None
    settings = edit_list.settings_of(take)
    return settings.edits[settings.active_edit] if 0 <= settings.active_edit < len(settings.edits) else None


def draw_quick(layout: bpy.types.UILayout) -> None:
    """One click for what most takes need."""
    row = layout.row(align=True)
    row.operator_context = "INVOKE_DEFAULT"
    for kind, text in _FIRST:
        row.operator(Operators.EDIT.format(kind=kind), text=text)


def draw_saving(layout: bpy.types.UILayout) -> None:
    """The edited take that is being written, or why it could not be."""
    if saving.last is None:
        return
    if saving.last.state == "running":
        layout.label(text="Saving…", icon="SORTTIME")
    elif saving.last.error is not None:
        draw_message(layout.box(), sentence(saving.last.error.message), sentence(saving.last.error.hint))
    else:
        draw_message(layout, f"Saved {saving.last.target.name}", icon="CHECKMARK")


def draw_step(layout: bpy.types.UILayout, item: edit_settings.UnderstudyEdit) -> None:
    """The values of a step, and whom and which frames it is for."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    layout.active = item.enabled
    column = layout.column()
    for name, text in TEXTS[item.kind].fields.items():
        if text.shown:
            column.prop(item, f"{item.kind}_{name}", slider=text.unit == "FACTOR")
    if TEXTS[item.kind].by_solve:
        return
    if len(takes.actors(edit_settings.collection_of(item))) > 1:
        layout.prop(item, "person")
    if item.kind in ("mirror", "place", "scale", "reduce"):
        return
    column = layout.column(align=True)
    column.prop(item, "use_range", text="Only frames")
    if item.use_range:
        column.prop(item, "start")
        column.prop(item, "end")


def sentence(text: str) -> str:
    """Messages begin in lower case where the command line puts a file's name before them."""
    return text[:1].upper() + text[1:]


CLASSES = (UNDERSTUDY_UL_edits, UNDERSTUDY_MT_add_edit, UNDERSTUDY_PT_cleanup, UNDERSTUDY_PT_step)
