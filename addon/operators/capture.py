"""Capture from video: choose a file, start the job, cancel it, resume it."""

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import Context, Event, FileHandler, Operator

from ...core.errors import UnderstudyError
from .. import compat, jobs, requests
from ..declarations import Operators
from ..engine import environment
from ..panels.settings import draw_settings
from ..preferences import engine_folder, engine_variables, preferences, worker_log
from ..properties import TIMING_ITEMS, capture_settings

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".avi", ".webm", ".mts", ".m2ts")


class UNDERSTUDY_OT_capture(Operator):
    """Capture the people in a video and bring them into the scene as animated actors"""

    bl_idname = Operators.CAPTURE
    bl_label = "Capture from video"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    timing: EnumProperty(name="Timing", items=TIMING_ITEMS, default="TAKE", options={"HIDDEN", "SKIP_SAVE"})
    filter_movie: BoolProperty(default=True, options={"HIDDEN"})
    filter_folder: BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return can_start(cls, context)

    def invoke(self, context: Context, event: Event) -> set[str]:
        if self.filepath:  # dropped on the viewport
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: Context) -> None:
        assert self.layout is not None
        draw_settings(self.layout, capture_settings(context))

    def execute(self, context: Context) -> set[str]:
        video = Path(bpy.path.abspath(self.filepath))
        if self.options.is_invoke and has_timing(context):
            # The scene has a time of its own: ask before it is changed.
            bpy.ops.understudy.capture_timing("INVOKE_DEFAULT", filepath=str(video))
            return {"FINISHED"}
        return start(self, context, video, self.timing)


class UNDERSTUDY_FH_video(FileHandler):
    """A video dropped on a 3D viewport is captured."""

    bl_idname = "UNDERSTUDY_FH_video"
    bl_label = "Capture from video"
    bl_import_operator = Operators.CAPTURE
    bl_file_extensions = ";".join(VIDEO_SUFFIXES)

    @classmethod
    def poll_drop(cls, context: Context) -> bool:
        return context.area is not None and context.area.type == "VIEW_3D"


class UNDERSTUDY_OT_capture_timing(Operator):
    """Choose what the import does to the scene's frame rate and range"""

    bl_idname = Operators.CAPTURE_TIMING
    bl_label = "This scene has animation"
    bl_options = {"INTERNAL"}

    filepath: StringProperty(subtype="FILE_PATH", options={"HIDDEN", "SKIP_SAVE"})
    timing: EnumProperty(
        name="Frame rate and range",
        description="What happens to the frame rate and range of the scene",
        items=TIMING_ITEMS,
        default="SCENE",
    )

    def invoke(self, context: Context, event: Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, context: Context) -> None:
        self.layout.label(text="Frame rate and range of the scene:")
        self.layout.prop(self, "timing", expand=True)

    def execute(self, context: Context) -> set[str]:
        return start(self, context, Path(self.filepath), self.timing)


class UNDERSTUDY_OT_resume(Operator):
    """Start the capture again with the same settings; finished work is taken up"""

    bl_idname = Operators.RESUME
    bl_label = "Resume"

    afresh: BoolProperty(name="Start over", description="Forget the finished work first", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        return jobs.capture is not None and can_start(cls, context)

    def execute(self, context: Context) -> set[str]:
        job = jobs.capture
        assert job is not None
        if self.afresh:
            requests.forget_journal(job.output)
        return launch(self, context, job.settings, job.timing)


class UNDERSTUDY_OT_cancel(Operator):
    """Stop the capture; finished work is kept, so that Resume goes on from it"""

    bl_idname = Operators.CANCEL
    bl_label = "Cancel"

    def execute(self, context: Context) -> set[str]:
        jobs.cancel_capture()
        return {"FINISHED"}


class UNDERSTUDY_OT_dismiss(Operator):
    """Close this message"""

    bl_idname = Operators.DISMISS
    bl_label = "Close"

    def execute(self, context: Context) -> set[str]:
        jobs.dismiss()
        return {"FINISHED"}


def can_start(operator: type[Operator], context: Context) -> bool:
    """Poll of everything that starts a job; says why not."""
    if jobs.busy():
        operator.poll_message_set("Something is under way already")
        return False
    if not environment.status(engine_folder(preferences(context))).ready:
        operator.poll_message_set("Install the engine first")
        return False
    return True


def has_timing(context: Context) -> bool:
    """Whether the scene holds anything that a change of its frame rate or range would upset."""
    scene: Any = context.scene
    animated = any(
        ob.animation_data and (ob.animation_data.action or ob.animation_data.nla_tracks) for ob in scene.objects
    )
    strips = scene.sequence_editor is not None and len(compat.strips(scene))
    return bool(strips or animated or scene.timeline_markers)


def start(operator: Operator, context: Context, video: Path, timing: str) -> set[str]:
    """Starts the capture of ``video`` with the scene's settings."""
    choices = capture_settings(context)
    folder = Path(bpy.path.abspath(choices.folder)) if choices.folder else None
    try:
        output = requests.take_path(video, folder)
    except UnderstudyError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    return launch(
        operator, context, requests.capture_request(video, output, choices, preferences(context).device), timing
    )


def launch(operator: Operator, context: Context, settings: dict, timing: str) -> set[str]:
    """Hands a request to the worker."""
    options = preferences(context)
    python = environment.python_in(environment.environment_folder(engine_folder(options)))
    try:
        jobs.start_capture(settings, timing, python, engine_variables(options), worker_log())
    except UnderstudyError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    return {"FINISHED"}


CLASSES = (
    UNDERSTUDY_OT_capture,
    UNDERSTUDY_FH_video,
    UNDERSTUDY_OT_capture_timing,
    UNDERSTUDY_OT_resume,
    UNDERSTUDY_OT_cancel,
    UNDERSTUDY_OT_dismiss,
)
