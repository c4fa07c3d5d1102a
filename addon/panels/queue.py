"""The queue: every capture with how far it is, and the buttons for the chosen one."""

from __future__ import annotations

from typing import Any

from bpy.types import Context, Panel, UIList

from .. import capture_queue, jobs
from ..declarations import QUEUE_INDEX_PROPERTY, QUEUE_PROPERTY, Lists, Operators, Panels
from .job import draw_job, title
from .sidebar import Sidebar

_ICONS: dict[str, Any] = {
    "waiting": "SORTTIME",
    "done": "CHECKMARK",
    "cancelled": "CANCEL",
    "failed": "ERROR",
    "lost": "ERROR",
}


class UNDERSTUDY_UL_queue(UIList):
    """Captures in the order in which they are done."""

    bl_idname = Lists.QUEUE

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index=0, flt_flag=0) -> None:
        job = capture_queue.find(item.uid)
        if job is None:
            return
        row = layout.row(align=True)
        row.label(text=title(job), icon=_ICONS.get(job.state, "PLAY"), translate=False)
        end = row.row(align=True)
        end.alignment = "RIGHT"
        if job.active:
            end.label(text=f"{job.fraction:.0%}" if job.total else "…", translate=False)
        if job.state in ("waiting", "starting", "running"):
            end.operator(Operators.CANCEL, text="", icon="X", emboss=False).item = job.uid
        elif job.over and job.state != "done":
            end.operator(Operators.RESUME, text="", icon="FILE_REFRESH", emboss=False).item = job.uid


class UNDERSTUDY_PT_queue(Sidebar, Panel):
    """The list, and the capture chosen in it."""

    bl_idname = Panels.QUEUE
    bl_parent_id = Panels.CAPTURE
    bl_label = "Queue"

    @classmethod
    def poll(cls, context: Context) -> bool:
        waits = bool(capture_queue.waiting())
        return jobs.installation is None and (len(capture_queue.items) > 1 or (waits and jobs.capture is None))

    def draw(self, context: Context) -> None:
        layout = self.layout
        manager: Any = context.window_manager
        assert layout is not None
        layout.template_list(
            Lists.QUEUE, "", manager, QUEUE_PROPERTY, manager, QUEUE_INDEX_PROPERTY,
            rows=min(6, max(3, len(capture_queue.items))),
        )  # fmt: skip
        row = layout.row(align=True)
        if capture_queue.going:
            row.operator(Operators.PAUSE_QUEUE, icon="PAUSE")
        elif capture_queue.waiting():
            row.operator(Operators.RUN_QUEUE, icon="PLAY")
        row.operator(Operators.CLEAR_QUEUE, icon="BRUSH_DATA")
        rows, index = getattr(manager, QUEUE_PROPERTY), getattr(manager, QUEUE_INDEX_PROPERTY)
        job = capture_queue.find(rows[index].uid) if 0 <= index < len(rows) else None
        if job is not None:
            draw_job(layout.box(), job)


CLASSES = (UNDERSTUDY_UL_queue, UNDERSTUDY_PT_queue)
