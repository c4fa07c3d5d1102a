"""Contacts of feet and hands: set, taken away or dragged in the time line, and solved again at once."""

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, IntProperty
from bpy.types import Context, Event, Operator

from ...core.errors import UnderstudyError
from .. import cleanup, contact_tracks, correction, edit_list
from ..declarations import Operators
from ..scene import lanes, takes
from .correct import Solving

_ROOM = 215  # pixels at a scale of 1 that the time line's area then has
LIMB_ITEMS = tuple((limb.name, limb.label, "") for limb in contact_tracks.LIMBS)


class UNDERSTUDY_OT_set_contact(Solving, Operator):
    """Say that a foot or hand stands still in these frames, or that it does not; solved again at once"""

    bl_idname = Operators.SET_CONTACT
    bl_label = "Contact"

    limb: EnumProperty(name="Limb", description="Which foot or hand", items=LIMB_ITEMS)
    use_range: BoolProperty(
        name="Range", description="Between Start and End; off is the contact at the current frame, or half a second"
    )
    start: IntProperty(name="Start", description="First frame")
    end: IntProperty(name="End", description="Last frame")
    stands: BoolProperty(name="Stands", description="Whether it stands there", default=True)

    @classmethod
    def description(cls, context: Context, properties: "UNDERSTUDY_OT_set_contact") -> str:
        if properties.stands:
            return "Let this foot or hand stand still around the current frame, or in the preview range"
        return "Take away the contact at the current frame, or those in the preview range"

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        person = str(self.who(context, take)[takes.PERSON_ID])
        start, end = self._frames(take, person)
        change(take, person, self.limb, [(start, end, self.stands)])

    def _frames(self, take: bpy.types.Collection, person: str) -> tuple[int, int]:
        given = self.use_range or self.properties.is_property_set("start") or self.properties.is_property_set("end")
        if given:
            return self.start, self.end
        scene = takes.scene_of(take)
        if scene.use_preview_range:
            return scene.frame_preview_start, scene.frame_preview_end
        now = scene.frame_current
        if not self.stands:
            for track in contact_tracks.tracks(take, person):
                interval = track.at(now) if track.limb.name == self.limb else None
                if interval is not None:
                    return interval
            raise UnderstudyError("There is no contact at this frame.", "Go to a frame inside the contact.")
        half = max(1, round(0.25 * float(takes.rate(take))))
        return now - half, now + half


class UNDERSTUDY_OT_drag_contact(Solving, Operator):
    """Drag a contact, or one of its ends, in the time line; a double click adds one, Delete or X takes it away"""

    bl_idname = Operators.DRAG_CONTACT
    bl_label = "Drag contact"
    bl_options = {"INTERNAL"}

    deed: EnumProperty(
        description="What the mouse does to the contact",
        items=(("DRAG", "Drag", "Move it or an end"), ("ADD", "Add", "New"), ("DELETE", "Delete", "Take away")),
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, event: Event) -> set[str]:
        found = lanes.under(context, event.mouse_region_x, event.mouse_region_y)
        if found is None:
            return {"PASS_THROUGH"}
        self.take_name, self.found = found.take.name, found
        if self.deed == "ADD":
            half = max(1, round(0.25 * float(takes.rate(found.take))))
            middle = round(found.frame)
            return self._change([(middle - half, middle + half, True)]) if found.interval is None else {"PASS_THROUGH"}
        if found.interval is None:
            return {"PASS_THROUGH"}
        if self.deed == "DELETE":
            return self._change([(*found.interval, False)])
        self.begun = found.frame
        lanes.dragged = lanes.Dragged(found.limb.name, found.person, found.interval)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        raise UnderstudyError("Contacts are dragged with the mouse, in the time line.", "Scripts call set_contact.")

    def modal(self, context: Context, event: Event) -> set[str]:
        found, interval = self.found, self.found.interval
        assert interval is not None
        frame = lanes.frame_at(context.region, event.mouse_region_x)
        start, end = lanes.moved(interval, found.part, round(frame - self.begun))
        if event.type == "MOUSEMOVE":
            lanes.dragged = lanes.Dragged(found.limb.name, found.person, (start, end))
            context.area.tag_redraw()
            return {"RUNNING_MODAL"}
        if event.type in ("ESC", "RIGHTMOUSE"):
            return self._end(context, {"CANCELLED"})
        if event.type == "LEFTMOUSE" and event.value == "RELEASE":
            changes = contact_tracks.differences(interval, (start, end))
            return self._end(context, self._change(changes) if changes else {"CANCELLED"})
        return {"RUNNING_MODAL"}

    def cancel(self, context: Context) -> None:
        lanes.dragged = None

    def _end(self, context: Context, result: set[str]) -> set[str]:
        lanes.dragged = None
        context.area.tag_redraw()
        return result

    def _change(self, changes: list[tuple[int, int, bool]]) -> set[str]:
        take = bpy.data.collections.get(self.take_name)
        try:
            if take is None:
                raise UnderstudyError("The take is no longer in this file.")
            change(take, self.found.person, self.found.limb.name, changes)
        except UnderstudyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class UNDERSTUDY_OT_make_room(Operator):
    """Make the time line high enough to show contacts as bars"""

    bl_idname = Operators.MAKE_ROOM
    bl_label = "Make room in the time line"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if context.window is None or context.window.screen.show_fullscreen:
            cls.poll_message_set("Needs a window with several editors")
            return False
        if not any(area.type == "VIEW_3D" for area in context.window.screen.areas):
            cls.poll_message_set("Needs a 3D viewport to take the room from")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        if lanes.has_room(context):
            return {"CANCELLED"}
        window: Any = context.window
        screen = window.screen
        # Blender's own way to move an edge wants the mouse on it: the low editor is closed, a higher one split off.
        low = min(lanes.editors(screen), key=lambda area: area.y, default=None)
        if low is not None:
            with context.temp_override(window=window, screen=screen, area=low):
                close: Any = bpy.ops.screen.area_close
                if close.poll():
                    close()
        view = max((area for area in screen.areas if area.type == "VIEW_3D"), key=lambda area: area.width * area.height)
        known = {area.as_pointer() for area in screen.areas}
        share = min(0.45, _ROOM * float(context.preferences.system.ui_scale) / max(view.height, 1))
        with context.temp_override(window=window, screen=screen, area=view):
            bpy.ops.screen.area_split(direction="HORIZONTAL", factor=share)
        made = next((area for area in screen.areas if area.as_pointer() not in known), None)
        if made is None:
            self.report({"ERROR"}, "The viewport is too small to be divided; drag the time line's upper edge")
            return {"CANCELLED"}
        made.ui_type = "TIMELINE"
        pointer = made.as_pointer()
        # Not now: the new editor's regions have no sizes yet, and Blender 4.3 dies of it.
        bpy.app.timers.register(lambda: _fold_sidebar(pointer), first_interval=0.1)
        return {"FINISHED"}


def _fold_sidebar(area: int) -> None:
    """Folds the sidebar of the editor with this pointer, which it took over from the viewport."""
    for window in bpy.context.window_manager.windows:
        for one in window.screen.areas:
            if one.as_pointer() == area and one.type == "DOPESHEET_EDITOR":
                space: Any = one.spaces.active
                space.show_region_ui = False


def change(take: bpy.types.Collection, person: str, limb: str, changes: list[tuple[int, int, bool]]) -> None:
    """Says of a limb where it stands and where not, (first, last scene frame, stands) each, and has it solved.

    Raises UnderstudyError.
    """
    points = next(one.points for one in contact_tracks.LIMBS if one.name == limb)
    shown = cleanup.motions(take)[person]
    items = []
    for start, end, stands in changes:
        if end < start:
            raise UnderstudyError(f"The contact ends at {end}, before it starts at {start}.", "Exchange them.")
        first, last = contact_tracks.take_frames(take, shown, start, end)
        items += [{"point": point, "begin": first, "end": last, "stands": stands} for point in points]
    correction.solve(take, person, {"contacts": items}, edit_list.settings_of(take).reach_s)


CLASSES = (UNDERSTUDY_OT_set_contact, UNDERSTUDY_OT_drag_contact, UNDERSTUDY_OT_make_room)
