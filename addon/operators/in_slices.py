"""Operators that work on Blender's own data: a click works in slices, so that the window goes on, a script at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

import bpy
from bpy.app.handlers import persistent
from bpy.types import Context, Event

from ...core.errors import UnderstudyError
from .. import redraw, status_bar
from .elsewhere import LooksAfter, UnderWay

_SLICE_S, _PAUSE_S = 0.06, 0.01
_REDRAWN_S = 0.2
_HANDLERS = ("undo_pre", "redo_pre", "load_pre")

under_way = UnderWay(lambda steps: steps.close())


class InSlices(LooksAfter):
    """``steps`` is the work. One operator at a time; Esc gives it up."""

    done = 0  # what stays when the rest is given up: it is worth an undo step
    _drawn = 0.0

    def steps(self, context: Context) -> Generator[None, None, None]:
        """The work, in short pieces. Raises UnderstudyError; closed, what it had begun is as it was."""
        raise NotImplementedError

    def invoke(self, context: Context, event: Event) -> set[str]:
        under_way.work = self.steps(context)
        return self.look_after(context, _PAUSE_S)

    def modal(self: Any, context: Context, event: Event) -> set[str]:
        if event.type == "ESC" and event.value == "PRESS" and under_way.work is not None:
            under_way.stop()
            self.report({"INFO"}, f"{self.bl_label} was cancelled")
            return self._over(context, {"FINISHED"} if self.done else {"CANCELLED"})
        if event.type != "TIMER" or bpy.app.is_job_running("RENDER"):
            return {"PASS_THROUGH"}
        from ..slices import for_a_while

        steps = under_way.work
        if steps is None:  # undo, or another file
            self.report({"WARNING"}, f"{self.bl_label} was given up: the scene was taken back meanwhile")
            return self._over(context, {"CANCELLED"})
        over: list[bool] = []
        result = self._ended(lambda: over.append(for_a_while(steps, _SLICE_S)))
        if over == [False]:
            return {"PASS_THROUGH"}
        under_way.work = None
        return self._over(context, result)

    def cancel(self, context: Context) -> None:
        under_way.stop()
        status_bar.clear()

    def execute(self, context: Context) -> set[str]:
        from ..slices import at_once

        return self._ended(lambda: at_once(self.steps(context)))

    def shows(self, text: str, share: float) -> None:
        """From ``steps``: what is under way, and how much of it is done; drawn now and then."""
        if under_way.work is None:
            return
        status_bar.show(text, share)
        if time.monotonic() - self._drawn > _REDRAWN_S:
            self._drawn = time.monotonic()
            status_bar.redraw()
            redraw.sidebars()

    def _over(self: Any, context: Context, result: set[str]) -> set[str]:
        self.look_no_more(context)
        status_bar.clear()
        redraw.sidebars()
        return result

    def _ended(self: Any, work: Callable[[], object]) -> set[str]:
        """Works, and says how it ended."""
        try:
            work()
        except (UnderstudyError, ReferenceError) as error:
            gone = "Something that is needed for it was deleted meanwhile."
            self.report({"ERROR"}, gone if isinstance(error, ReferenceError) else str(error))
            return {"FINISHED"} if self.done else {"CANCELLED"}
        return {"FINISHED"}


def nothing_under_way(cls: Any) -> bool:
    """Poll: nothing of this kind is under way."""
    if under_way.work is not None:
        cls.poll_message_set("Something is under way already: wait, or press Esc")
        return False
    return True


@persistent
def _data_goes(*_: Any) -> None:
    """Undo, redo or another file is about to replace all data."""
    under_way.stop()


def register() -> None:
    under_way.register()
    for name in _HANDLERS:
        getattr(bpy.app.handlers, name).append(_data_goes)


def unregister() -> None:
    for name in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(_data_goes)
    under_way.unregister()
    status_bar.clear()
