"""Points of the footage dragged to where they belong, in a viewport that looks through the shot."""

from typing import Any

import bpy
from bpy.props import FloatVectorProperty, StringProperty
from bpy.types import Context, Event, Operator

from ...core.errors import UnderstudyError
from ...core.skeleton import POSE_LANDMARKS
from .. import correction, readings, view_properties
from ..declarations import Operators
from ..scene import overlay, shot, takes
from .correct import OnActor

# Without those of the face that the solve has no place for.
POINTS = tuple(name for name in POSE_LANDMARKS if not any(part in name for part in ("_inner", "_outer", "mouth")))
_NEAR = 30.0  # pixels of the screen
_STATUS = "Drag a point of the footage to where it belongs   ·   Return or right click: done   ·   Esc: take back"


class UNDERSTUDY_OT_drag_point(OnActor, Operator):
    """Drag measured points of this frame to where they belong in the footage; look through the shot first"""

    bl_idname = Operators.DRAG_POINT
    bl_label = "Drag points"
    bl_options = {"REGISTER", "UNDO"}

    point: StringProperty(name="Point", description="Name of the landmark, such as left_wrist")
    pixel: FloatVectorProperty(name="Pixel", description="Where it is in the upright picture", size=2)

    def invoke(self, context: Context, event: Event) -> set[str]:
        take = takes.take_of(context)
        assert take is not None
        cameras: Any = takes.cameras(take)
        if not cameras or not shot.looks_through(context.space_data, cameras[0]):
            self.report({"ERROR"}, "Look through the shot first")
            return {"CANCELLED"}
        try:
            self.person = str(self.who(context, take)[takes.PERSON_ID])
            frame = takes.scene_of(take).frame_current
            self.moment = correction.seen(take, self.person, frame).take_frame
        except UnderstudyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        view_properties.view_of(context.scene).overlay = True
        self.frame, self.held, self.moved = frame, "", {}
        context.workspace.status_text_set(_STATUS)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        take = takes.take_of(context)
        if take is None or event.type in ("RET", "NUMPAD_ENTER", "RIGHTMOUSE"):
            return self._end(context, take)
        if event.type == "ESC":
            self.moved = {}
            return self._end(context, take)
        region = next(one for one in context.area.regions if one.type == "WINDOW")
        x, y = event.mouse_x - region.x, event.mouse_y - region.y
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            inside = 0 <= x < region.width and 0 <= y < region.height
            self.held = self._nearest(take, region, context, (x, y)) if inside else ""
            return {"RUNNING_MODAL"} if self.held else {"PASS_THROUGH"}
        if event.type == "MOUSEMOVE" and self.held:
            from ..scene import points

            corners = self._corners(context, region, take)
            size = readings.evaluation_of(take).take.cameras.size[0]
            self.moved[self.held] = points.to_pixels((x, y), size, corners)
            overlay.moving = overlay.Moving(self.person, self.moment, dict(self.moved))
            context.area.tag_redraw()
            return {"RUNNING_MODAL"}
        if event.type == "LEFTMOUSE" and event.value == "RELEASE" and self.held:
            self.held = ""
            return {"RUNNING_MODAL"}
        return {"PASS_THROUGH"}

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        if self.point not in POINTS:
            raise UnderstudyError(f"There is no point {self.point!r}.", f"Known: {', '.join(POINTS)}.")
        person = str(self.who(context, take)[takes.PERSON_ID])
        frame = takes.scene_of(take).frame_current
        moment = correction.seen(take, person, frame)
        correction.note(take, "POINT", person, moment.take_frame, frame, self.point, self.pixel)

    def cancel(self, context: Context) -> None:
        self.moved = {}
        self._end(context, None)

    def _end(self, context: Context, take: bpy.types.Collection | None) -> set[str]:
        context.workspace.status_text_set(None)
        overlay.moving = None
        overlay.tag_redraw()
        if take is None or not self.moved:
            return {"CANCELLED"}
        for name, pixel in self.moved.items():
            correction.note(take, "POINT", self.person, self.moment, self.frame, name, pixel)
        return {"FINISHED"}

    def _corners(self, context: Context, region: Any, take: bpy.types.Collection) -> Any:
        from ..scene import points

        return points.frame_corners(region, context.space_data, takes.cameras(take)[0], context.scene)

    def _nearest(self, take: bpy.types.Collection, region: Any, context: Context, mouse: tuple[float, float]) -> str:
        """The point of this person that is nearest to the mouse, empty where none is near."""
        import numpy as np

        from ..scene import points

        source = readings.evaluation_of(take).take
        person = next(one for one in source.people if one.id == self.person)
        columns = [source.keypoint_names.index(name) for name in POINTS]
        pixels = np.array(person.keypoints2d[0, self.moment][columns], np.float64)
        for name, pixel in self.moved.items():
            pixels[POINTS.index(name)] = pixel
        corners = self._corners(context, region, take)
        if corners is None:
            return ""
        away = np.linalg.norm(points.to_region(pixels, source.cameras.size[0], corners) - mouse, axis=-1)
        away = np.where(np.isfinite(away), away, np.inf)
        nearest = int(np.argmin(away))
        return POINTS[nearest] if away[nearest] < _NEAR else ""


CLASSES = (UNDERSTUDY_OT_drag_point,)
