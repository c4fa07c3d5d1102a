"""The sidebar: the button, the job, the settings."""

from __future__ import annotations

import bpy
from bpy.types import Context, Panel

from .. import jobs, requests
from ..declarations import Operators, Panels
from ..engine import environment
from ..operators import motion
from ..preferences import draw_installation, engine_folder, preferences
from ..properties import capture_settings
from .settings import draw_settings
from .sidebar import Sidebar
from .text import draw_message


class UNDERSTUDY_PT_capture(Sidebar, Panel):
    """The button and the job under way."""

    bl_idname = Panels.CAPTURE
    bl_label = "Capture"

    def draw(self, context: Context) -> None:
        layout = self.layout
        assert layout is not None
        if jobs.installation is not None:
            draw_installation(layout, jobs.installation.progress)
            return
        column = layout.column(align=True)
        button = column.row()
        button.scale_y = 1.6
        button.operator(Operators.CAPTURE, icon="FILE_MOVIE")
        column.operator(Operators.IMPORT_TAKE, icon="IMPORT")
        column.operator(Operators.IMPORT_MOTION, icon="ARMATURE_DATA")
        if motion.running is not None:
            layout.box().label(text=motion.running.label, icon="SORTTIME")
        if not environment.status(engine_folder(preferences(context))).ready:
            layout.operator(Operators.OPEN_PREFERENCES, icon="PREFERENCES")
        if jobs.capture is not None:
            draw_job(layout.box(), jobs.capture)
        elif jobs.importing is not None:
            draw_bar(layout.box(), jobs.importing.label, jobs.importing.done, jobs.importing.total)
        elif jobs.last_import_error is not None:
            draw_message(layout.box(), jobs.last_import_error.message, jobs.last_import_error.hint)


class UNDERSTUDY_PT_settings(Sidebar, Panel):
    """Settings of the next capture."""

    bl_idname = Panels.SETTINGS
    bl_parent_id = Panels.CAPTURE
    bl_label = "Settings"

    def draw(self, context: Context) -> None:
        assert self.layout is not None
        draw_settings(self.layout, capture_settings(context))


def draw_bar(layout: bpy.types.UILayout, label: str, done: int, total: int | None, eta_s: float | None = None) -> None:
    """A stage and how far it is."""
    layout.label(text=label)
    text = f"{done} of {total}" if total else f"{done}" if done else ""
    if eta_s is not None:
        text = f"{text}, {requests.duration_text(eta_s)} left" if text else f"{requests.duration_text(eta_s)} left"
    layout.progress(factor=min(1.0, done / total) if total else 0.0, type="BAR", text=text)


def draw_job(layout: bpy.types.UILayout, job: jobs.CaptureJob) -> None:
    """The job under way, or how it ended."""
    layout.label(text=job.output.name.removesuffix(requests.SUFFIX), icon="OUTLINER_OB_ARMATURE")
    if job.active:
        draw_bar(layout, job.stage, job.done, job.total, job.eta_s)
        row = layout.row()
        row.enabled = job.state in ("starting", "running")
        row.operator(Operators.CANCEL, icon="X")
    elif job.state == "done":
        layout.label(text="Done", icon="CHECKMARK")
    else:
        draw_end(layout, job)
    for warning in job.warnings:
        draw_message(layout, warning)
    if not job.active:
        layout.operator(Operators.DISMISS, icon="CHECKMARK")


def draw_end(layout: bpy.types.UILayout, job: jobs.CaptureJob) -> None:
    """A capture that ended without actors, and the ways on."""
    icon = "CANCEL" if job.state == "cancelled" else "ERROR"
    draw_message(layout, job.message, "" if job.state == "cancelled" else job.hint, icon)
    unfinished = requests.journal_of(job.output).is_dir()
    row = layout.row(align=True)
    if job.state in ("lost", "cancelled") or unfinished:
        row.operator(Operators.RESUME, icon="PLAY")
    if unfinished:
        row.operator(Operators.RESUME, text="Start over", icon="FILE_REFRESH").afresh = True
    if job.state != "cancelled":
        layout.operator(Operators.SHOW_LOG, icon="TEXT").log = "WORKER"


CLASSES = (UNDERSTUDY_PT_capture, UNDERSTUDY_PT_settings)
