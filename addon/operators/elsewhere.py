"""What operators share whose work goes on beside the window's: they look after it, and it ends with Blender."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import Any

from bpy.types import Context


class UnderWay:
    """The one piece of ``work`` of a kind that is under way, None for none."""

    def __init__(self, end: Callable[[Any], None]) -> None:
        """``end`` stops a piece of work."""
        self.work: Any = None
        self._end = end

    def stop(self) -> None:
        """Ends what is under way, if anything."""
        if self.work is not None:
            self._end(self.work)
            self.work = None

    def register(self) -> None:
        atexit.register(self.stop)

    def unregister(self) -> None:
        self.stop()
        atexit.unregister(self.stop)


class LooksAfter:
    """An operator that is asked again and again by a timer of its window until its work is over."""

    def look_after(self: Any, context: Context, seconds: float) -> set[str]:
        """From ``execute``: ``modal`` is called that often."""
        manager = context.window_manager
        self._timer = manager.event_timer_add(seconds, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def look_no_more(self: Any, context: Context) -> None:
        """From ``modal``, when the work is over."""
        context.window_manager.event_timer_remove(self._timer)
