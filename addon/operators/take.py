"""Import take…: actors from a take file."""

from pathlib import Path

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Event, Operator

from .. import jobs
from ..declarations import TAKE_FILTER, Operators
from .timing import AsksTiming


class UNDERSTUDY_OT_import_take(AsksTiming, Operator):
    """Bring the actors, the camera and the footage of a take file into the scene"""

    bl_idname = Operators.IMPORT_TAKE
    bl_label = "Import take…"

    filepath: StringProperty(name="File", description="The .take.npz", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=TAKE_FILTER, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        if jobs.busy():
            cls.poll_message_set("Something is under way already")
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[str]:
        return self.choose_file(context)

    def draw(self, context: Context) -> None:
        assert self.layout is not None
        self.draw_timing(self.layout)

    def execute(self, context: Context) -> set[str]:
        jobs.start_import(Path(bpy.path.abspath(self.filepath)), self.timing)
        return {"FINISHED"}


CLASSES = (UNDERSTUDY_OT_import_take,)
