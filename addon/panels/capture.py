"""The sidebar: the button, what is under way, the settings."""

from __future__ import annotations

from pathlib import Path

import bpy
from bpy.types import Context, Panel

from .. import capture_queue, jobs, view_properties
from ..declarations import Operators, Panels
from ..engine import environment
from ..operators import motion
from ..preferences import engine_folder, preferences
from ..properties import capture_settings
from .first_run import draw_first_run, draw_installation
from .job import draw_bar, draw_job
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
        options = preferences(context)
        if not environment.status(engine_folder(options)).ready:
            draw_first_run(layout, options.wheels_folder)
        elif jobs.last_installation is not None and jobs.last_installation.state == "done" and jobs.capture is None:
            draw_message(layout, jobs.last_installation.title, icon="CHECKMARK")
        column = layout.column(align=True)
        draw_start(column, context)
        column.operator(Operators.IMPORT_TAKE, icon="IMPORT")
        column.operator(Operators.IMPORT_MOTION, icon="ARMATURE_DATA")
        if motion.under_way.work is not None:
            layout.box().label(text=motion.under_way.work.label, icon="SORTTIME")
        # With a list, its panel tells about the chosen one.
        if jobs.capture is not None and len(capture_queue.items) < 2:
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
        self.layout.prop(view_properties.view_of(context.scene), "live")


def draw_start(column: bpy.types.UILayout, context: Context) -> None:
    """The big button: of the chosen footage, or to choose videos; while something is captured, for the queue."""
    choices = capture_settings(context)
    button = column.row()
    button.scale_y = 1.6
    queued = capture_queue.active() is not None
    if choices.footage:
        text = "Add to the queue" if queued else "Capture"
        start = button.operator(Operators.CAPTURE, text=text, icon="PLAY")
        start.filepath = str(Path(bpy.path.abspath(choices.footage)))
    else:
        text = "Add videos to the queue" if queued else "Capture from video"
        button.operator(Operators.CAPTURE, text=text, icon="FILE_MOVIE")
