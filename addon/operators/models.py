"""The engine's self-test and its networks: test, list, fetch, import a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from bpy.props import BoolProperty, StringProperty
from bpy.types import Context, Event, Operator

from .. import errands, jobs
from ..capturing import next_folder
from ..declarations import Operators
from ..engine import environment
from ..preferences import engine_folder, install_request, preferences
from ..properties import capture_settings

OFFLINE = "Blender is offline: allow online access under System"


class OnEngine:
    """An operator that asks something of an installed engine."""

    @classmethod
    def poll(cls: Any, context: Context) -> bool:
        if errands.running() or jobs.installation is not None:
            cls.poll_message_set("Something is under way already")
            return False
        if not environment.status(engine_folder(preferences(context))).ready:
            cls.poll_message_set("Install the engine first")
            return False
        return True


class UNDERSTUDY_OT_test_engine(OnEngine, Operator):
    """Try everything that a capture needs on this machine, and say what works"""

    bl_idname = Operators.TEST_ENGINE
    bl_label = "Test engine"

    def execute(self, context: Context) -> set[str]:
        errands.checks.clear()
        errands.start(errands.DOCTOR, install_request(preferences(context), next_folder(capture_settings(context))))
        return {"FINISHED"}


class UNDERSTUDY_OT_list_models(OnEngine, Operator):
    """Look which networks there are, and which of them lie on this machine"""

    bl_idname = Operators.LIST_MODELS
    bl_label = "Look again"

    def execute(self, context: Context) -> set[str]:
        errands.start(errands.LIST, install_request(preferences(context)))
        return {"FINISHED"}


class UNDERSTUDY_OT_pull_models(OnEngine, Operator):
    """Fetch the default networks that are missing"""

    bl_idname = Operators.PULL_MODELS
    bl_label = "Fetch missing networks"

    def invoke(self, context: Context, event: Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, context: Context) -> None:
        column = self.layout.column(align=True)
        column.label(text="Google's landmark networks are fetched from the Python package index.")
        column.label(text="Licence: Apache-2.0. They may be used commercially.", icon="CHECKMARK")

    def execute(self, context: Context) -> set[str]:
        if not bpy.app.online_access:
            self.report({"ERROR"}, f"{OFFLINE}, or import the wheel that holds them")
            return {"CANCELLED"}
        errands.start(errands.PULL, install_request(preferences(context)))
        return {"FINISHED"}


class UNDERSTUDY_OT_import_model(OnEngine, Operator):
    """Take a network from a file: an authors' checkpoint, weights that you trained, or the default networks' wheel"""

    bl_idname = Operators.IMPORT_MODEL
    bl_label = "Import network…"

    filepath: StringProperty(
        name="File", description="The checkpoint, weights or wheel", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    licence: StringProperty(
        name="Licence", description="The licence under which you hold this file; takes made with it will say so"
    )
    commercial: BoolProperty(
        name="Commercial use", description="This licence lets you use it commercially", default=False
    )
    confirmed: BoolProperty(
        name="I hold this file under this licence",
        description="Checkpoints of research systems have licences of their own, which you must have agreed to",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: Context, event: Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        if self.filepath.endswith(".whl"):
            layout.label(text="Licence: Apache-2.0", icon="CHECKMARK")
            return
        layout.prop(self, "licence")
        layout.prop(self, "commercial")
        layout.prop(self, "confirmed")

    def execute(self, context: Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            self.report({"ERROR"}, f"There is no file {path}")
            return {"CANCELLED"}
        arguments = [str(path)]
        if path.suffix != ".whl":
            if not (self.licence.strip() and self.confirmed):
                self.report({"ERROR"}, "Name the licence of this file and confirm that you hold it under it")
                return {"CANCELLED"}
            arguments += ["--licence-confirmed", self.licence.strip(), *(["--commercial"] if self.commercial else [])]
        errands.start(errands.IMPORT, install_request(preferences(context)), arguments)
        return {"FINISHED"}


class UNDERSTUDY_OT_cancel_errand(Operator):
    """Stop what the engine is asked"""

    bl_idname = Operators.CANCEL_ERRAND
    bl_label = "Cancel"

    def execute(self, context: Context) -> set[str]:
        errands.cancel()
        return {"FINISHED"}


CLASSES = (
    UNDERSTUDY_OT_test_engine,
    UNDERSTUDY_OT_list_models,
    UNDERSTUDY_OT_pull_models,
    UNDERSTUDY_OT_import_model,
    UNDERSTUDY_OT_cancel_errand,
)
