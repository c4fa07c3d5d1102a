"""Export…: the selected characters' animation for an engine, read back and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import Context, Event, Object, Operator

from ...core.errors import UnderstudyError
from ..declarations import Operators
from ..scene.format_list import FORMATS

if TYPE_CHECKING:
    from ..scene.verification import Report, Verification

PRESET_ITEMS = tuple((name, entry.label, entry.description) for name, entry in FORMATS.items())
_POLL_S = 0.2

# What the panel shows: the reports of the last export, in this session.
reports: list[Report] = []


class UNDERSTUDY_OT_export_character(Operator):
    """Export what the selected characters play, one file each; every file is read back and compared with the scene"""

    bl_idname = Operators.EXPORT_CHARACTER
    bl_label = "Export…"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(
        default=";".join(sorted({f"*{entry.suffix}" for entry in FORMATS.values()})), options={"HIDDEN"}
    )
    preset: EnumProperty(name="For", description="The program that reads the file", items=PRESET_ITEMS)
    skins: BoolProperty(name="Mesh", description="The character's visible meshes go into the file too", default=True)

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not characters(context):
            cls.poll_message_set("Select a character with an animation")
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[str]:
        self.filepath = "{character}_{action}"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> set[str]:
        from ..scene.character_export import character_paths, export_character

        path = Path(bpy.path.abspath(self.filepath))
        if not path.name:
            self.report({"ERROR"}, "No file name was given")
            return {"CANCELLED"}
        path = _with_suffix(path, FORMATS[self.preset].suffix)
        armatures = characters(context)
        reports.clear()
        self._running: list[Verification] = []
        try:
            for armature, target in zip(armatures, character_paths(path, armatures), strict=True):
                self._running.append(export_character(armature, target, self.preset, _scene(context), self.skins))
        except UnderstudyError as error:
            self.cancel(context)
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if bpy.app.background:
            return self._finish([check.wait for check in self._running])
        manager = context.window_manager
        self._timer = manager.event_timer_add(_POLL_S, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> set[str]:
        if event.type != "TIMER" or not all(check.poll() for check in self._running):
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self._timer)
        return self._finish([check.finish for check in self._running])

    def cancel(self, context: Context) -> None:
        for check in self._running:
            check.cancel()

    def _finish(self, ends: list[Any]) -> set[str]:
        for end in ends:
            try:
                report = end()
            except UnderstudyError as error:
                self.report({"ERROR"}, str(error))
                continue
            reports.append(report)
            self.report({"INFO"} if report.good else {"ERROR"}, report.line)
        return {"FINISHED"}


def characters(context: Context) -> list[Object]:
    """The selected armatures that play an action."""
    return [
        ob
        for ob in context.selected_objects
        if ob.type == "ARMATURE" and ob.animation_data is not None and ob.animation_data.action is not None
    ]


def _with_suffix(path: Path, suffix: str) -> Path:
    """The path with the suffix of the format; another format's is replaced."""
    known = {entry.suffix for entry in FORMATS.values()}
    return path.with_suffix(suffix) if path.suffix.lower() in known else path.with_name(path.name + suffix)


def _scene(context: Context) -> Any:
    return context.scene


CLASSES = (UNDERSTUDY_OT_export_character,)
