"""Record a camera."""

from __future__ import annotations

from bpy.types import Context, Panel

from .. import jobs, recording, requests
from ..declarations import Operators, Panels
from ..properties import capture_settings
from .sidebar import Sidebar
from .text import draw_message


class UNDERSTUDY_PT_record(Sidebar, Panel):
    """A camera, the recording under way, how it ended."""

    bl_idname = Panels.RECORD
    bl_parent_id = Panels.CAPTURE
    bl_label = "Record from a camera"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        return jobs.installation is None

    def draw(self, context: Context) -> None:
        layout = self.layout
        assert layout is not None
        current = recording.current
        if current is not None and current.active:
            self._draw_running(current)
            return
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(capture_settings(context), "camera")
        row = layout.row()
        row.scale_y = 1.3
        row.operator(Operators.RECORD, icon="REC")
        if current is None:
            return
        box = layout.box()
        if current.state == "failed":
            draw_message(box, current.message, current.hint)
        elif current.discards:
            box.label(text="The recording was discarded", icon="CHECKMARK")
        else:
            text = f"{requests.moment_text(current.seconds)} recorded: {current.output.name}"
            draw_message(box, text, "It is the footage above.", icon="CHECKMARK")
        box.operator(Operators.CLOSE_RECORDING, icon="CHECKMARK")

    def _draw_running(self, current: recording.Recording) -> None:
        layout = self.layout
        texts = {"starting": "Opening the camera…", "stopping": "Closing the file…"}
        text = texts.get(current.state, f"Recording {requests.moment_text(current.seconds)}")
        layout.label(text=text, icon="REC")
        column = layout.column(align=True)
        column.enabled = current.state == "running"
        column.operator(Operators.STOP_RECORDING, text="Stop and capture", icon="PLAY").captures = True
        column.operator(Operators.STOP_RECORDING, icon="SNAP_FACE")
        column.operator(Operators.STOP_RECORDING, text="Discard", icon="TRASH").discards = True


CLASSES = (UNDERSTUDY_PT_record,)
