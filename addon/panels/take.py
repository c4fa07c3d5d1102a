"""Takes: the list of those in this file, and what there is to say about the active one."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Menu, Panel, UIList

from .. import edit_list, requests, view_properties
from ..declarations import Lists, Operators, Panels
from ..operators.takes import about
from ..scene import links, takes
from .sidebar import OfTake, Sidebar
from .text import draw_message

_STARS = 5


class UNDERSTUDY_UL_takes(UIList):
    """The takes among the file's collections."""

    bl_idname = Lists.TAKES

    def filter_items(self, context, data, property) -> tuple[list[int], list[int]]:
        wanted = self.filter_name.lower()
        flags = [
            self.bitflag_filter_item if links.TAKE_PATH in one and wanted in one.name.lower() else 0
            for one in getattr(data, property)
        ]
        return flags, []

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0) -> None:
        assert isinstance(item, bpy.types.Collection)
        row = layout.row(align=True)
        tag = item.color_tag
        badge: Any = f"COLLECTION_{tag}" if tag != "NONE" else "OUTLINER_COLLECTION"
        row.prop(item, "name", text="", emboss=False, icon=badge)
        rating = edit_list.settings_of(item).rating
        end = row.row(align=True)
        end.alignment = "RIGHT"
        if rating:
            end.label(text=str(rating), icon="SOLO_ON")
        if not free(takes.models(item)):
            end.label(icon="ERROR")
        shown = takes.is_shown(context.view_layer, item)
        button = end.operator(Operators.SHOW_TAKE, text="", icon="HIDE_OFF" if shown else "HIDE_ON", emboss=False)
        button.take, button.shown = item.name, not shown


class UNDERSTUDY_MT_take(Menu):
    """What may be done with the active take."""

    bl_idname = Lists.TAKE_MENU
    bl_label = "Take"

    def draw(self, context: Context) -> None:
        layout = self.layout
        layout.operator(Operators.TAKE_TO_ACTION, icon="ACTION")
        layout.operator(Operators.TAKE_TO_NLA, icon="NLA")
        layout.operator(Operators.TAKE_TO_ASSETS, icon="ASSET_MANAGER")
        layout.separator()
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator(Operators.SAVE_ACTOR, icon="ARMATURE_DATA")
        layout.operator_context = "EXEC_DEFAULT"
        layout.separator()
        layout.operator(Operators.SIDE_BY_SIDE, icon="ARROW_LEFTRIGHT")
        back = layout.operator(Operators.SIDE_BY_SIDE, text="Back to their places", icon="LOOP_BACK")
        back.spacing = 0.0
        layout.separator()
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator(Operators.RELINK_FOOTAGE, icon="FILE_MOVIE")
        layout.operator(Operators.RELINK_TAKE, icon="FILE_FOLDER")
        layout.operator(Operators.RELOAD_TAKE, icon="FILE_REFRESH")
        layout.separator()
        layout.operator(Operators.DELETE_TAKE, icon="TRASH")


class UNDERSTUDY_PT_takes(Sidebar, Panel):
    """The list."""

    bl_idname = Panels.TAKES
    bl_label = "Takes"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return any(True for _ in links.take_collections())

    def draw(self, context: Context) -> None:
        layout = self.layout
        assert layout is not None
        view = view_properties.view_of(context.scene)
        row = layout.row()
        row.template_list(Lists.TAKES, "", bpy.data, "collections", view, "active_take", rows=3)
        row.column(align=True).menu(Lists.TAKE_MENU, text="", icon="DOWNARROW_HLT")
        take = takes.take_of(context)
        if take is None:
            layout.label(text="Choose a take", icon="INFO")
            return
        settings = edit_list.settings_of(take)
        stars = layout.row(align=True)
        stars.alignment = "LEFT"
        for number in range(1, _STARS + 1):
            icon = "SOLO_ON" if number <= settings.rating else "SOLO_OFF"
            star = stars.operator(Operators.RATE_TAKE, text="", icon=icon, emboss=False)
            star.rating = number
        stars.separator()
        stars.prop(take, "color_tag", text="", icon_only=True)
        layout.prop(settings, "notes", text="", icon="TEXT", placeholder="Notes")


class UNDERSTUDY_PT_take(OfTake, Panel):
    """Licences, and how the take was made."""

    bl_idname = Panels.TAKE
    bl_parent_id = Panels.TAKES
    bl_label = "About this take"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layout = self.layout
        take = takes.take_of(context)
        assert layout is not None and take is not None
        draw_licence(layout.box(), takes.models(take))
        column = layout.column(align=True)
        for line in facts(take):
            draw_message(column, line, icon="DOT")


def facts(take: bpy.types.Collection) -> list[str]:
    """What there is to know about how a take was made, a line each."""
    noted = about(take)
    people = len(takes.actors(take))
    lines = [f"{people} actor{'' if people == 1 else 's'}"]
    if "frames" in noted:
        lines.append(f"{noted['frames']} frames at {noted['fps']:g} a second")
    settings = noted.get("settings", {})
    names = {"method": "Method", "height": "Height", "fov": "Field of view"}
    lines += [f"{text}: {settings[key]}" for key, text in names.items() if settings.get(key) not in (None, "")]
    if settings.get("focal"):
        lines.append(f"Focal length: {settings['focal']:.0f} px{_sureness(settings)}")
    lines += [f"Actor {person}: {actor['name']}" for person, actor in settings.get("actors", {}).items()]
    if settings.get("start") or settings.get("end"):
        last = requests.moment_text(settings["end"]) if settings.get("end") else "the end"
        lines.append(f"From {requests.moment_text(settings.get('start') or 0.0)} to {last} of the video")
    if settings.get("hands") is False:
        lines.append("Without fingers")
    if settings.get("step", 1) > 1:
        lines.append(f"One frame of {settings['step']} measured")
    if noted.get("created_with"):
        lines.append(f"Made with {noted['created_with']}")
    return [*lines, f"File: {links.take_file(take).name}"]


def _sureness(settings: dict[str, Any]) -> str:
    """Whether a take's focal length was told or not, and how far it may be off."""
    spread, source = settings.get("focal_spread"), settings.get("focal_source")
    if spread is None:
        return ""
    known = "seen in the footage" if source == "estimated" else "assumed"
    return f", {known}, give or take {100 * spread:.0f} %"


def free(models: list[dict[str, Any]]) -> bool:
    """Whether all models that touched a take may be used commercially."""
    return bool(models) and all(model.get("commercial", False) for model in models)


def draw_licence(layout: bpy.types.UILayout, models: list[dict[str, Any]]) -> None:
    """Whether commercial use is allowed, and by which licences."""
    allowed = free(models)
    text = "yes" if allowed else "no" if models else "unknown"
    layout.label(text=f"Commercial use: {text}", icon="CHECKMARK" if allowed else "ERROR")
    for (licence, commercial), names in by_licence(models).items():
        draw_message(layout, f"{licence}: {', '.join(names)}", icon="DOT" if commercial else "ERROR")


def by_licence(models: list[dict[str, Any]]) -> dict[tuple[str, bool], list[str]]:
    """Names of the models under each licence, those that forbid commercial use first."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for model in sorted(models, key=lambda model: bool(model.get("commercial", False))):
        key = (str(model.get("licence", "unknown licence")), bool(model.get("commercial", False)))
        groups.setdefault(key, []).append(str(model.get("name", "?")))
    return groups


CLASSES = (UNDERSTUDY_UL_takes, UNDERSTUDY_MT_take, UNDERSTUDY_PT_takes, UNDERSTUDY_PT_take)
