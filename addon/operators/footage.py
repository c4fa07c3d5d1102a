"""The footage of the capture panel: choose it, let it go, look at a moment; the people in it."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Operator

from ...core.errors import UnderstudyError
from ...core.picks import Pick, check_picks
from ..declarations import Operators
from ..properties import UnderstudyCaptureSettings, capture_settings


class UNDERSTUDY_OT_choose_footage(Operator):
    """Choose a video, or a folder of pictures, to trim it and to choose people in it before it is captured"""

    bl_idname = Operators.CHOOSE_FOOTAGE
    bl_label = "Choose footage…"

    filepath: StringProperty(
        name="Footage", description="A video, or a folder of pictures", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_movie: BoolProperty(default=True, options={"HIDDEN"})
    filter_image: BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: Context, event: Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        if not path.exists():
            self.report({"ERROR"}, f"There is nothing at {path}: choose it again")
            return {"CANCELLED"}
        # Of a series of pictures, the folder is the footage.
        is_picture = path.is_file() and path.suffix.lower() in bpy.path.extensions_image
        capture_settings(context).footage = str(path.parent if is_picture else path)
        return {"FINISHED"}


class UNDERSTUDY_OT_clear_footage(Operator):
    """Let go of this footage; the file stays"""

    bl_idname = Operators.CLEAR_FOOTAGE
    bl_label = "Let go"

    def execute(self, context: Context) -> set[str]:
        capture_settings(context).footage = ""
        return {"FINISHED"}


class UNDERSTUDY_OT_pick_person(Operator):
    """Capture the person in this box, and nobody who was not chosen"""

    bl_idname = Operators.PICK_PERSON
    bl_label = "Choose person"
    bl_options = {"UNDO"}

    seconds: FloatProperty(name="Time", description="Seconds into the video", min=0.0, options={"SKIP_SAVE"})
    box: FloatVectorProperty(
        name="Box",
        description="Left, top, right, bottom in pixels of the upright, full-size image",
        size=4,
        options={"SKIP_SAVE"},
    )

    def execute(self, context: Context) -> set[str]:
        try:
            add_pick(capture_settings(context), self.seconds, self.box)
        except UnderstudyError as error:
            self.report({"ERROR"}, error.message.replace("--pick", "The box"))
            return {"CANCELLED"}
        return {"FINISHED"}


class UNDERSTUDY_OT_forget_person(Operator):
    """No longer capture this person; without anybody chosen, everyone is captured"""

    bl_idname = Operators.FORGET_PERSON
    bl_label = "Forget person"
    bl_options = {"UNDO"}

    index: IntProperty(name="Person", description="Place in the list, from 0; −1 is everybody", min=-1, default=-1)

    def execute(self, context: Context) -> set[str]:
        picks = capture_settings(context).picks
        if self.index < 0:
            picks.clear()
        elif self.index < len(picks):
            picks.remove(self.index)
        else:
            self.report({"ERROR"}, f"There is no person {self.index}: {len(picks)} are chosen")
            return {"CANCELLED"}
        return {"FINISHED"}


def add_pick(choices: UnderstudyCaptureSettings, seconds: float, box: object) -> None:
    """Appends a person. Raises BadInputError for what is no box, or outside the trimmed video."""
    pick = Pick(round(seconds, 6), *(float(value) for value in box))  # type: ignore[attr-defined]
    check_picks([pick], choices.start or None, choices.end or None)
    row = choices.picks.add()
    row.seconds, row.box = pick.seconds, pick[1:]


CLASSES = (
    UNDERSTUDY_OT_choose_footage,
    UNDERSTUDY_OT_clear_footage,
    UNDERSTUDY_OT_pick_person,
    UNDERSTUDY_OT_forget_person,
)
