"""Import take…: actors from a take file."""

from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Operator

from .. import jobs
from ..capturing import has_timing
from ..declarations import TAKE_FILTER, Operators
from ..properties import TIMING_ITEMS


class UNDERSTUDY_OT_import_take(Operator):
    """Bring the actors, the camera and the footage of a take file into the scene"""

    bl_idname = Operators.IMPORT_TAKE
    bl_label = "Import take…"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=TAKE_FILTER, options={"HIDDEN"})
    timing: EnumProperty(name="Timing", items=TIMING_ITEMS, default="TAKE")

    @classmethod
    def poll(cls, context: Context) -> bool:
        if jobs.busy():
            cls.poll_message_set("Something is under way already")
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[str]:
        self.timing = "SCENE" if has_timing(context) else "TAKE"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: Context) -> None:
        self.layout.label(text="Frame rate and range of the scene:")
        self.layout.prop(self, "timing", expand=True)

    def execute(self, context: Context) -> set[str]:
        jobs.start_import(Path(bpy.path.abspath(self.filepath)), self.timing)
        return {"FINISHED"}


CLASSES = (UNDERSTUDY_OT_import_take,)
