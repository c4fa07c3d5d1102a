"""Correct and re-solve, and contacts: what is kept of single frames, and the button that solves."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Panel

from ...core.skeleton import JOINT_INDEX
from .. import contact_tracks, correction, edit_list, jobs, view_properties
from ..declarations import Operators, Panels
from ..edit_texts import CORRECTION
from ..scene import lanes, links, takes
from .cleanup import active_item, sentence
from .sidebar import OfTake, Sidebar
from .text import draw_message, in_language

_MOST = 6  # lines of what is kept


class UNDERSTUDY_PT_correct(OfTake, Panel):
    """Pose, keep, solve."""

    bl_idname = Panels.CORRECT
    bl_label = "Correct"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layout = self.layout
        take = takes.take_of(context)
        assert layout is not None and take is not None
        correction.warm_soon()  # who opens this panel will solve
        settings = edit_list.settings_of(take)
        column = layout.column(align=True)
        column.operator(Operators.KEEP_POSE, icon="POSE_HLT")
        row = column.row(align=True)
        row.operator_context = "INVOKE_DEFAULT"
        row.operator(Operators.DRAG_POINT, icon="EMPTY_AXIS")
        column.operator(Operators.PLACE_JOINT, icon="PIVOT_CURSOR")
        draw_kept(layout, settings.corrections)
        row = layout.row()
        row.scale_y = 1.4
        row.operator(Operators.RESOLVE, icon="CON_KINEMATIC")
        row = layout.row()
        row.use_property_split = True
        row.use_property_decorate = False
        row.prop(settings, "reach_s")
        item = active_item(context)
        if item is not None and item.kind == CORRECTION:
            layout.operator(Operators.RESOLVE_AGAIN, icon="FILE_REFRESH").index = -1
        job = jobs.correction
        if job is not None and job.take == take.session_uid:
            if job.active:
                layout.label(text="Solving…", icon="SORTTIME")
            elif job.state == "failed":
                draw_message(layout.box(), sentence(job.message), sentence(job.hint))


class UNDERSTUDY_PT_unsolved(Sidebar, Panel):
    """Why a correction of a take that is not in this file any more came to nothing."""

    bl_idname = Panels.UNSOLVED
    bl_label = "Correction not solved"

    @classmethod
    def poll(cls, context: Context) -> bool:
        job = jobs.correction
        if job is None or job.state != "failed":
            return False
        return not any(take.session_uid == job.take for take in links.take_collections())

    def draw(self, context: Context) -> None:
        layout, job = self.layout, jobs.correction
        assert layout is not None and job is not None
        draw_message(layout, sentence(job.message), sentence(job.hint))
        layout.operator(Operators.DISMISS_CORRECTION, icon="CHECKMARK")


class UNDERSTUDY_PT_contacts(OfTake, Panel):
    """Contacts at the current frame."""

    bl_idname = Panels.CONTACTS
    bl_label = "Contacts"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layout = self.layout
        take = takes.take_of(context)
        assert layout is not None and take is not None
        correction.warm_soon()
        layout.prop(view_properties.view_of(context.scene), "contacts")
        if view_properties.view_of(context.scene).contacts and not lanes.has_room(context):
            draw_message(layout, "The time line is too low to show contacts.", icon="DOT")
            layout.operator(Operators.MAKE_ROOM, icon="FULLSCREEN_ENTER")
        people = takes.actors(take)
        person = takes.active_person(context, take) or (str(people[0][takes.PERSON_ID]) if len(people) == 1 else "")
        if not person:
            layout.label(text="Select an actor", icon="INFO")
            return
        column = layout.column(align=True)
        for track in contact_tracks.known(take, person) or ():
            interval = track.at(context.scene.frame_current)
            row = column.row(align=True)
            row.label(text=track.limb.label, icon="PINNED" if interval else "UNPINNED")
            end = row.row(align=True)
            end.alignment = "RIGHT"
            if interval:
                end.label(text=f"{interval[0]}–{interval[1]}", translate=False)
            icon = "X" if interval else "ADD"
            button = end.operator(Operators.SET_CONTACT, text="", icon=icon)
            button.limb, button.stands, button.person = track.limb.name, not interval, person


def draw_kept(layout: bpy.types.UILayout, corrections: bpy.types.bpy_prop_collection) -> None:
    """What waits to be solved, a line each, with a button that takes it back."""
    if not len(corrections):
        return
    box = layout.box().column(align=True)
    for index, item in enumerate(corrections[:_MOST]):
        row = box.row(align=True)
        row.label(text=f"{item.shown}  {words(item.joint)}", icon=_ICONS[item.what], translate=False)
        row.operator(Operators.FORGET_CORRECTION, text="", icon="X", emboss=False).index = index
    if len(corrections) > _MOST:
        box.label(text=f"and {len(corrections) - _MOST} more", icon="BLANK1")
    box.operator(Operators.FORGET_CORRECTION, text="Forget all", icon="TRASH").everything = True


_ICONS: dict[str, Any] = {"POSED": "ORIENTATION_GIMBAL", "PINNED": "PIVOT_CURSOR", "POINT": "EMPTY_AXIS"}


def words(joint: str) -> str:
    """A joint or landmark as people say it."""
    from ...core.review.problems import joint_words

    return in_language(joint_words(JOINT_INDEX[joint]) if joint in JOINT_INDEX else joint.replace("_", " "))


CLASSES = (UNDERSTUDY_PT_correct, UNDERSTUDY_PT_contacts, UNDERSTUDY_PT_unsolved)
