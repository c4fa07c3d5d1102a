"""Who is captured: a click on the boxes of people in a picture of the footage."""

from typing import Any

import bpy
from bpy.types import Context, Event, Operator

from ...core.picks import Pick
from .. import footage, redraw, requests
from ..declarations import Operators
from ..properties import capture_settings
from ..scene import crowd
from .capture import can_start

_STEP_S = 0.5
_ENDS = {"RET": True, "NUMPAD_ENTER": True, "ESC": False, "RIGHTMOUSE": False}
_STEPS = {"LEFT_ARROW": -_STEP_S, "RIGHT_ARROW": _STEP_S, "WHEELUPMOUSE": -_STEP_S, "WHEELDOWNMOUSE": _STEP_S}


class UNDERSTUDY_OT_choose_people(Operator):
    """Click the people to capture in a picture of the footage. From scripts: understudy.pick_person"""

    bl_idname = Operators.CHOOSE_PEOPLE
    bl_label = "Choose people…"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if context.space_data is None or context.space_data.type != "VIEW_3D":
            cls.poll_message_set("Only in a 3D viewport")
            return False
        if not capture_settings(context).footage:
            cls.poll_message_set("Choose the footage first")
            return False
        if crowd.shown is not None:
            cls.poll_message_set("People are being chosen already")
            return False
        return can_start(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        choices = capture_settings(context)
        picks = [Pick(one.seconds, *one.box) for one in choices.picks]
        crowd.shown = crowd.Crowd(context.area.as_pointer(), self._inside(choices, choices.moment), picks=picks)
        self.text = choices.footage
        self._look()
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        view = crowd.shown
        area = next((a for a in context.window.screen.areas if view and a.as_pointer() == view.area), None)
        if view is None or area is None or area.type != "VIEW_3D":
            return self._end(context, False)
        self._take_up(view)
        region = next(one for one in area.regions if one.type == "WINDOW")
        x, y = event.mouse_x - region.x, event.mouse_y - region.y
        low, high = crowd.free_part(area, region)
        inside = low[0] <= x < high[0] and low[1] <= y < high[1]
        if event.type in _ENDS and event.value == "PRESS" and (inside or event.type != "RIGHTMOUSE"):
            return self._end(context, _ENDS[event.type])
        if not inside:
            return {"PASS_THROUGH"}
        if event.type in _STEPS and event.value == "PRESS":
            view.seconds = self._inside(capture_settings(context), view.seconds + _STEPS[event.type])
            self._look()
        elif event.type in ("MOUSEMOVE", "LEFTMOUSE") and view.glimpse is not None:
            corners = crowd.fitted(view.glimpse.size, low, high)
            view.hovered = view.at(crowd.to_pixel((x, y), view.glimpse.size, corners))
            if event.type == "LEFTMOUSE" and event.value == "PRESS" and view.hovered >= 0:
                view.toggle(view.hovered)
            self._tell(view)
        area.tag_redraw()
        return {"RUNNING_MODAL"}

    def cancel(self, context: Context) -> None:
        self._end(context, False)

    def _look(self) -> None:
        """Has the people of the moment found; the picture comes when it is there."""
        view, found = crowd.shown, footage.shown(self.text)
        assert view is not None
        view.glimpse, view.hovered = None, -1
        view.message = f"{requests.moment_text(view.seconds)}: looking for people…"
        if found is None:
            footage.choose(self.text)
            found = footage.chosen
        if found is not None:
            found.crowd = None
            found.look("crowd", view.seconds)
        redraw.viewports()

    def _take_up(self, view: crowd.Crowd) -> None:
        """The answer of the engine, if it has come."""
        found = footage.chosen
        if found is None or view.glimpse is not None:
            return
        if found.crowd is not None and abs(found.crowd.seconds[0] - view.seconds) < 1e-3:
            view.glimpse = found.crowd
            self._tell(view)
        elif found.message and not found.searching:
            view.message = f"{found.message} {found.hint}"

    def _tell(self, view: crowd.Crowd) -> None:
        people, chosen = len(view.boxes), len(view.picks)
        count = f"{people} {'person' if people == 1 else 'people'} here" if people else "nobody was found here"
        who = f"{chosen} chosen" if chosen else "everyone is captured unless you choose"
        view.message = f"{requests.moment_text(view.seconds)}: {count}, {who}"

    def _inside(self, choices: Any, seconds: float) -> float:
        """A moment within what is captured."""
        step = footage.frame_of(choices)
        last = choices.end or footage.duration_of(choices) or seconds + step
        return round(max(choices.start, min(seconds, last - step)), 6)

    def _end(self, context: Context, keeps: bool) -> set[str]:
        view = crowd.shown
        crowd.shown = None
        redraw.viewports()
        redraw.sidebars()
        if view is None or not keeps:
            return {"CANCELLED"}
        choices = capture_settings(context)
        choices.picks.clear()
        for pick in view.picks:
            row = choices.picks.add()
            row.seconds, row.box = pick.seconds, pick[1:]
        choices.moment = view.seconds
        bpy.ops.ed.undo_push(message="Choose people")
        return {"FINISHED"}


CLASSES = (UNDERSTUDY_OT_choose_people,)
