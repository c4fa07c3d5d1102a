"""Record a camera to a file, and have it captured."""

import time
from pathlib import Path

from bpy.props import BoolProperty, StringProperty
from bpy.types import Context, Operator

from ...core.errors import UnderstudyError
from .. import recording, redraw, requests
from ..capturing import takes_folder
from ..declarations import Operators
from ..preferences import engine_of, preferences
from ..properties import UnderstudyCaptureSettings, capture_settings
from .capture import can_start
from .targets import file_to_write


class UNDERSTUDY_OT_record(Operator):
    """Record a camera to a file in the takes folder; its picture is shown in the viewports"""

    bl_idname = Operators.RECORD
    bl_label = "Record"

    camera: StringProperty(
        name="Camera",
        description="The camera's number, or the address of a network camera; empty is the panel's",
        options={"SKIP_SAVE"},
    )
    filepath: StringProperty(
        name="Recording",
        description="The .mp4 to write; empty is one named by date and time in the takes folder",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        if recording.active():
            cls.poll_message_set("A recording is under way already")
            return False
        return can_start(cls, context)

    def execute(self, context: Context) -> set[str]:
        choices = capture_settings(context)
        try:
            made = recording.Recording(self.camera or choices.camera, self._target(choices))
            recording.start(made, engine_of(preferences(context)))
        except UnderstudyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        redraw.sidebars()
        return {"FINISHED"}

    def _target(self, choices: UnderstudyCaptureSettings) -> Path:
        if self.filepath:
            return file_to_write(self.filepath, "walk.mp4")
        return requests.recording_path(takes_folder(choices), time.localtime())


class UNDERSTUDY_OT_stop_recording(Operator):
    """End the recording; it is then the panel's footage"""

    bl_idname = Operators.STOP_RECORDING
    bl_label = "Stop"

    captures: BoolProperty(name="Capture", description="Capture the recording at once", options={"SKIP_SAVE"})
    discards: BoolProperty(name="Discard", description="Remove the recording", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not recording.active():
            cls.poll_message_set("Nothing is being recorded")
            return False
        return True

    def execute(self, context: Context) -> set[str]:
        recording.stop(self.captures, self.discards)
        redraw.sidebars()
        return {"FINISHED"}


class UNDERSTUDY_OT_close_recording(Operator):
    """Close this message"""

    bl_idname = Operators.CLOSE_RECORDING
    bl_label = "Close"

    def execute(self, context: Context) -> set[str]:
        recording.forget()
        redraw.sidebars()
        return {"FINISHED"}


CLASSES = (UNDERSTUDY_OT_record, UNDERSTUDY_OT_stop_recording, UNDERSTUDY_OT_close_recording)
