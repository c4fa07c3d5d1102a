"""Export…: the selected characters' animation for an engine, read back and compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy.types import Context, Event, Object, Operator

from ...core.errors import UnderstudyError
from .. import preferences, redraw
from ..declarations import Operators
from ..scene.format_list import FORMATS
from .elsewhere import LooksAfter, UnderWay
from .targets import file_to_write

if TYPE_CHECKING:
    from ..scene.character_export import Wanted
    from ..scene.verification import Report

PRESET_ITEMS = tuple((name, entry.label, entry.description) for name, entry in FORMATS.items())
_POLL_S = 0.2

# What the panel shows: the reports of the last export in this session, what failed of it, and the Export under way.
reports: list[Report] = []
failures: list[UnderstudyError] = []
under_way = UnderWay(lambda export: export.cancel())


class UNDERSTUDY_OT_export_character(LooksAfter, Operator):
    """Export what the selected characters play, one file each; every file is read back and compared with the scene"""

    bl_idname = Operators.EXPORT_CHARACTER
    bl_label = "Export…"

    filepath: StringProperty(
        name="File",
        description="The file to write; with fields such as {character}, one for each",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    filter_glob: StringProperty(
        default=";".join(sorted({f"*{entry.suffix}" for entry in FORMATS.values()})), options={"HIDDEN"}
    )
    preset: EnumProperty(name="For", description="The program that reads the file", items=PRESET_ITEMS)
    skins: BoolProperty(name="Mesh", description="The character's visible meshes go into the file too", default=True)
    mirrored: BoolProperty(
        name="Mirrored copy", description="Write a second file of each, with left and right exchanged", default=False
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        if under_way.work is not None:
            cls.poll_message_set("An export is under way already")
            return False
        if not characters(context):
            cls.poll_message_set("Select a character with an animation")
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[str]:
        self.filepath = "{character}_{action}"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: Context) -> None:
        from ..scene import file_names

        layout = self.layout
        layout.use_property_split = True
        for name in ("preset", "skins", "mirrored"):
            layout.prop(self, name)
        box = layout.box().column(align=True)
        box.label(text="Filled in within the name:")
        for name, meaning in file_names.FIELDS.items():
            box.label(text=f"{{{name}}}: {meaning}")

    def execute(self, context: Context) -> set[str]:
        from ..scene.character_export import Export

        scene = _scene(context)
        reports.clear()
        failures.clear()
        try:
            wanted = self._wanted(context, scene)
            under_way.work = Export(wanted, scene, bpy.path.abspath(preferences.preferences(context).godot))
        except UnderstudyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if bpy.app.background:
            return self._finish(under_way.work.wait())
        return self.look_after(context, _POLL_S)

    def modal(self, context: Context, event: Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if under_way.work is None:  # cancelled in the panel
            self.look_no_more(context)
            return {"CANCELLED"}
        ended = under_way.work.poll()
        redraw.sidebars()
        if not ended:
            return {"PASS_THROUGH"}
        self.look_no_more(context)
        return self._finish(under_way.work.finish())

    def cancel(self, context: Context) -> None:
        under_way.stop()

    def _wanted(self, context: Context, scene: bpy.types.Scene) -> list[Wanted]:
        from ..scene import file_names
        from ..scene.character_export import Wanted

        suffix = FORMATS[self.preset].suffix
        path = _with_suffix(file_to_write(self.filepath, f"{{character}}{suffix}"), suffix)
        armatures = characters(context)
        wanted = []
        for armature, target in zip(armatures, file_names.filled(path, armatures, self.preset, scene), strict=True):
            wanted.append(Wanted(armature, target, self.preset, self.skins))
            if self.mirrored:
                wanted.append(Wanted(armature, file_names.mirrored(target), self.preset, self.skins, True))
        return wanted

    def _finish(self, results: list[Any]) -> set[str]:
        under_way.work = None
        for result in results:
            if isinstance(result, UnderstudyError):
                failures.append(result)
                self.report({"ERROR"}, str(result))
            else:
                reports.append(result)
                self.report({"INFO"} if result.good else {"ERROR"}, result.line)
        return {"FINISHED"}


class UNDERSTUDY_OT_cancel_export(Operator):
    """Stop the export under way; files that are whole stay"""

    bl_idname = Operators.CANCEL_EXPORT
    bl_label = "Cancel export"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return under_way.work is not None

    def execute(self, context: Context) -> set[str]:
        under_way.stop()
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


CLASSES = (UNDERSTUDY_OT_export_character, UNDERSTUDY_OT_cancel_export)
