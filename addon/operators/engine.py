"""The engine's buttons: install, cancel, logs, preferences."""

import sys

import bpy
from bpy.props import EnumProperty
from bpy.types import Context, Operator

from .. import errands, jobs
from ..capturing import next_folder
from ..declarations import ROOT_PACKAGE, Operators
from ..engine import environment
from ..preferences import engine_folder, install_log, install_request, preferences, worker_log
from ..properties import capture_settings


class UNDERSTUDY_OT_install_engine(Operator):
    """Install the capture engine in a folder of its own; nothing goes into Blender's Python"""

    bl_idname = Operators.INSTALL_ENGINE
    bl_label = "Install engine"

    @classmethod
    def poll(cls, context: Context) -> bool:
        if jobs.busy() or errands.running():
            cls.poll_message_set("Something is under way already")
            return False
        return True

    def execute(self, context: Context) -> set[str]:
        options = preferences(context)
        own = environment.is_users_own(engine_folder(options))
        if not (own or options.wheels_folder or bpy.app.online_access):
            self.report(
                {"ERROR"}, "Blender is offline: allow online access under System, or set a folder of offline wheels"
            )
            return {"CANCELLED"}
        from ..engine.installation import Installation

        folder = next_folder(capture_settings(context))
        # A takes folder that is gone is no reason to call a good engine broken.
        request = install_request(options, folder if folder.is_dir() else None)
        jobs.start_installation(Installation(request, options.interpreter, install_log()))
        return {"FINISHED"}


class UNDERSTUDY_OT_cancel_install(Operator):
    """Stop the installation and remove what it made so far"""

    bl_idname = Operators.CANCEL_INSTALL
    bl_label = "Cancel"

    def execute(self, context: Context) -> set[str]:
        if jobs.installation is not None:
            jobs.installation.cancel()
        return {"FINISHED"}


class UNDERSTUDY_OT_open_preferences(Operator):
    """Open Understudy's preferences"""

    bl_idname = Operators.OPEN_PREFERENCES
    bl_label = "Set up the engine"

    def execute(self, context: Context) -> set[str]:
        bpy.ops.preferences.addon_show(module=ROOT_PACKAGE)
        return {"FINISHED"}


class UNDERSTUDY_OT_show_log(Operator):
    """Open the engine's log in this system's text viewer"""

    bl_idname = Operators.SHOW_LOG
    bl_label = "Show log"

    log: EnumProperty(
        description="Which log",
        items=(("WORKER", "Captures", ""), ("INSTALL", "Installation", "")),
        options={"SKIP_SAVE"},
    )

    def execute(self, context: Context) -> set[str]:
        path = install_log() if self.log == "INSTALL" else worker_log()
        if not path.is_file():
            self.report({"WARNING"}, f"There is no log at {path} yet")
            return {"CANCELLED"}
        import shutil

        # Blender's own operator fails with a Python error where the system has nothing to open files with.
        if sys.platform != "linux" or shutil.which("xdg-open"):
            bpy.ops.wm.path_open(filepath=str(path))
        self.report({"INFO"}, f"The log is {path}")
        return {"FINISHED"}


CLASSES = (
    UNDERSTUDY_OT_install_engine,
    UNDERSTUDY_OT_cancel_install,
    UNDERSTUDY_OT_open_preferences,
    UNDERSTUDY_OT_show_log,
)
