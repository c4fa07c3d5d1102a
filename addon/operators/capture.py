"""Capture from video: choose one file or many, or a folder; each becomes a capture in the queue."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, StringProperty
from bpy.types import Context, Event, FileHandler, Operator

from ...core.errors import UnderstudyError
from .. import capturing, requests
from ..declarations import Operators
from ..panels.settings import draw_settings
from ..properties import TIMING_ITEMS, capture_settings


class UNDERSTUDY_OT_capture(Operator):
    """Capture the people in videos and bring them into the scene as animated actors, one video after another"""

    bl_idname = Operators.CAPTURE
    bl_label = "Capture from video"

    filepath: StringProperty(
        name="Video",
        description="A video, or a folder of videos or of pictures",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    directory: StringProperty(
        name="Folder", description="Where the videos of ``files`` are", subtype="DIR_PATH", options={"SKIP_SAVE"}
    )
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE"})
    timing: EnumProperty(
        name="Timing",
        description="What happens to the scene's frame rate and range",
        items=TIMING_ITEMS,
        default="TAKE",
        options={"HIDDEN", "SKIP_SAVE"},
    )
    brings: BoolProperty(
        name="Bring into the scene",
        description="Import each take when it is captured; off writes the take files only",
        default=True,
        options={"SKIP_SAVE"},
    )
    filter_movie: BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return can_start(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        if self.filepath or self.files:  # of the panel, or dropped on the viewport
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: Context) -> None:
        assert self.layout is not None
        draw_settings(self.layout, capture_settings(context))
        self.layout.prop(self, "brings")

    def execute(self, context: Context) -> set[str]:
        folder = Path(bpy.path.abspath(self.directory))
        named = [folder / entry.name for entry in self.files if entry.name and self.directory]
        videos = named or [Path(bpy.path.abspath(self.filepath))]
        if self.options.is_invoke and self.brings and capturing.has_timing(context):
            # The scene has a time of its own: ask before it is changed.
            bpy.ops.understudy.capture_timing("INVOKE_DEFAULT", paths="\n".join(map(str, videos)))
            return {"FINISHED"}
        return start(self, context, videos, self.timing, self.brings)


class UNDERSTUDY_FH_video(FileHandler):
    """Videos dropped on a 3D viewport are captured."""

    bl_idname = "UNDERSTUDY_FH_video"
    bl_label = "Capture from video"
    bl_import_operator = Operators.CAPTURE
    bl_file_extensions = ";".join(requests.VIDEO_SUFFIXES)

    @classmethod
    def poll_drop(cls, context: Context) -> bool:
        return context.area is not None and context.area.type == "VIEW_3D"


class UNDERSTUDY_OT_capture_timing(Operator):
    """Choose what the import does to the scene's frame rate and range"""

    bl_idname = Operators.CAPTURE_TIMING
    bl_label = "This scene has animation"
    bl_options = {"INTERNAL"}

    paths: StringProperty(name="Videos", description="The videos, a line each", options={"HIDDEN", "SKIP_SAVE"})
    timing: EnumProperty(
        name="Frame rate and range", description="What the import does to them", items=TIMING_ITEMS, default="SCENE"
    )

    def invoke(self, context: Context, event: Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, context: Context) -> None:
        self.layout.label(text="Frame rate and range of the scene:")
        self.layout.prop(self, "timing", expand=True)

    def execute(self, context: Context) -> set[str]:
        return start(self, context, [Path(path) for path in self.paths.split("\n")], self.timing)


def can_start(operator: type[Operator], context: Context) -> bool:
    """Poll of everything that starts a capture; says why not."""
    obstacle = capturing.obstacle(context)
    if obstacle:
        operator.poll_message_set(obstacle)
    return not obstacle


def start(operator: Operator, context: Context, videos: list[Path], timing: str, brings: bool = True) -> set[str]:
    """Puts captures into the queue; what is wrong becomes the operator's report."""
    try:
        made = capturing.begin(context, videos, timing, brings)
    except UnderstudyError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    if len(made) > 1:
        operator.report({"INFO"}, f"{len(made)} captures are in the queue")
    return {"FINISHED"}


CLASSES = (UNDERSTUDY_OT_capture, UNDERSTUDY_FH_video, UNDERSTUDY_OT_capture_timing)
