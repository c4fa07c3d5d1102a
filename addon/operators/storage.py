"""What the engine keeps on the disk: how large it is, and removing it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Event, Operator

from .. import errands, jobs
from ..declarations import Operators
from ..engine import environment, link
from ..preferences import engine_folder, models_folder, preferences, user_folder
from ..properties import capture_settings
from ..scene import links

if TYPE_CHECKING:
    from ..engine import storage


def stores(context: Context) -> tuple[storage.Store, ...]:
    """Everything that may be removed and made or fetched again. An environment of the user's own is none of it."""
    from ..engine import storage  # not while Blender starts

    settings = preferences(context)
    folder = engine_folder(settings)
    own = environment.is_users_own(folder)
    engine = (folder / environment.ENVIRONMENT, folder / environment.MARKER)
    return (
        *(() if own else (storage.Store("engine", "Engine", "The engine is removed; captures need it", engine),)),
        storage.Store(
            "models", "Networks", "All networks are removed, imported ones too; captures need them",
            (models_folder(settings),),
        ),
        storage.Store(
            "pictures", "Pictures of footage", "Pictures of chosen footage are removed; they are made again",
            (user_folder() / "pictures",),
        ),
        storage.Store("logs", "Logs", "The logs are removed", (user_folder() / "logs",)),
        storage.Store(
            "journals", "Interrupted captures", "What interrupted captures had finished is removed; they begin anew",
            storage.journals(_take_folders(context)),
        ),
    )  # fmt: skip


def _take_folders(context: Context) -> set[Path]:
    """Where this file's takes lie, and where the next one is written."""
    found = {links.take_file(take).parent for take in links.take_collections()}
    chosen = capture_settings(context).folder
    if chosen:
        found.add(Path(bpy.path.abspath(chosen)))
    if jobs.capture is not None:
        found.add(jobs.capture.output.parent)
    return found


class UNDERSTUDY_OT_measure_storage(Operator):
    """Find out how much the engine, its networks and its other files take on the disk"""

    bl_idname = Operators.MEASURE_STORAGE
    bl_label = "Measure"

    def execute(self, context: Context) -> set[str]:
        errands.weigh(stores(context))
        return {"FINISHED"}


class UNDERSTUDY_OT_clear_storage(Operator):
    """Remove these files from the disk"""

    bl_idname = Operators.CLEAR_STORAGE
    bl_label = "Clear"

    store: StringProperty(name="What", description="engine, models, pictures, logs or journals", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls: Any, context: Context) -> bool:
        if jobs.busy() or errands.running():
            cls.poll_message_set("Something is under way already")
            return False
        return True

    @classmethod
    def description(cls, context: Context, properties: Any) -> str:
        found = next((one for one in stores(context) if one.name == properties.store), None)
        return found.removal if found else cls.__doc__ or ""

    def invoke(self, context: Context, event: Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=360)

    def draw(self, context: Context) -> None:
        for one in stores(context):
            if one.name == self.store:
                self.layout.label(text=one.removal, icon="ERROR")

    def execute(self, context: Context) -> set[str]:
        found = next((one for one in stores(context) if one.name == self.store), None)
        if found is None:
            known = ", ".join(one.name for one in stores(context))
            self.report({"ERROR"}, f"There is nothing called {self.store!r} to clear; there are {known}")
            return {"CANCELLED"}
        link.retire()  # its files must not be in use
        from ..engine import storage

        left = storage.clear(found)
        for line in left:
            self.report({"ERROR"}, line)
        errands.weigh(stores(context))
        return {"CANCELLED"} if left else {"FINISHED"}


CLASSES = (UNDERSTUDY_OT_measure_storage, UNDERSTUDY_OT_clear_storage)
