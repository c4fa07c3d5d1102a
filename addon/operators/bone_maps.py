"""The mapping panel's buttons: map, pick, clear, mirror, save, load."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from bpy.props import EnumProperty, StringProperty
from bpy.types import Context, Event, Object, Operator

from ...core.errors import UnderstudyError
from ..declarations import BONES_PROPERTY, Operators
from .targets import file_to_write

_FILTER = "*.json"


class _OnArmature:
    """Needs an armature as the active object."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        if context.object is None or context.object.type != "ARMATURE":
            cls.poll_message_set("Select the character's armature")
            return False
        return True


class _OnMap(_OnArmature):
    """Needs an armature that was mapped."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not super().poll(context):
            return False
        armature: Any = context.object
        if not len(getattr(armature, BONES_PROPERTY)):
            cls.poll_message_set("Map the bones first")
            return False
        return True


class UNDERSTUDY_OT_map_bones(_OnArmature, Operator):
    """Find out which bone of the character is which part of a person"""

    bl_idname = Operators.MAP_BONES
    bl_label = "Map bones"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        from ...retarget.matching.guess import map_rig
        from ..scene import bone_maps
        from ..scene.rigs import read_rig

        armature: Any = context.object
        try:
            found = map_rig(read_rig(armature).rig)
        except UnderstudyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        bone_maps.write_map(armature, found)
        if found.missing:
            self.report({"WARNING"}, f"{len(found.missing)} parts were not found: pick their bones in the list")
        elif found.unsure:
            self.report({"WARNING"}, f"{len(found.unsure)} bones are uncertain: look at the rows marked so")
        else:
            self.report({"INFO"}, f"{len(found.bones)} bones mapped")
        return {"FINISHED"}


class UNDERSTUDY_OT_pick_bone(_OnMap, Operator):
    """Let the active bone stand for the part chosen in the list"""

    bl_idname = Operators.PICK_BONE
    bl_label = "Pick active bone"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        from ..scene import bone_maps

        armature: Any = context.object
        row, bone = bone_maps.active_row(armature), armature.data.bones.active
        if row is None or bone is None:
            self.report({"ERROR"}, "Choose a part in the list and make a bone active in pose mode.")
            return {"CANCELLED"}
        for other in bone_maps.rows(armature):
            if other.bone == bone.name:
                other.bone = ""
        row.bone, row.confidence = bone.name, 1.0
        return {"FINISHED"}


class UNDERSTUDY_OT_clear_bone(_OnMap, Operator):
    """Let no bone stand for the part chosen in the list"""

    bl_idname = Operators.CLEAR_BONE
    bl_label = "Clear"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> set[str]:
        from ..scene import bone_maps

        armature: Any = context.object
        row = bone_maps.active_row(armature)
        if row is None:
            return {"CANCELLED"}
        row.bone, row.confidence = "", 1.0
        return {"FINISHED"}


class UNDERSTUDY_OT_mirror_bones(_OnMap, Operator):
    """Name the other side's bones after those of this side"""

    bl_idname = Operators.MIRROR_BONES
    bl_label = "Mirror"
    bl_options = {"REGISTER", "UNDO"}

    side: EnumProperty(
        name="From",
        description="Which side's bones are right",
        items=(
            ("left", "Left to right", "The left side is right"),
            ("right", "Right to left", "The right side is right"),
        ),
        default="left",
    )

    def execute(self, context: Context) -> set[str]:
        from ...retarget import presets
        from ..scene import bone_maps
        from ..scene.rigs import read_rig

        def change(armature: Object) -> None:
            bone_map = bone_maps.read_map(armature)
            assert bone_map is not None
            bone_maps.write_map(armature, presets.mirrored(bone_map, read_rig(armature).rig, self.side))

        return _try(self, context, change)


class UNDERSTUDY_OT_save_bones(_OnMap, Operator):
    """Save the map as a file, for other characters with the same bones"""

    bl_idname = Operators.SAVE_BONES
    bl_label = "Save map…"

    filepath: StringProperty(
        name="File", description="The map as a .json file", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default=_FILTER, options={"HIDDEN"})

    def invoke(self, context: Context, event: Event) -> set[str]:
        self.filepath = f"{context.object.name}.json"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> set[str]:
        from ...retarget import presets
        from ..scene import bone_maps

        def change(armature: Object) -> None:
            path = file_to_write(self.filepath, f"{armature.name}.json")
            bone_map = bone_maps.read_map(armature)
            assert bone_map is not None
            presets.save(bone_map, Path(bpy.path.ensure_ext(str(path), ".json")))

        return _try(self, context, change)


class UNDERSTUDY_OT_load_bones(_OnArmature, Operator):
    """Load a map from a file"""

    bl_idname = Operators.LOAD_BONES
    bl_label = "Load map…"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(
        name="File", description="The map as a .json file", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default=_FILTER, options={"HIDDEN"})

    def invoke(self, context: Context, event: Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> set[str]:
        from ...retarget import presets
        from ..scene import bone_maps
        from ..scene.rigs import read_rig

        path = Path(bpy.path.abspath(self.filepath))

        def change(armature: Object) -> None:
            loaded = presets.load(path)
            fitted = presets.fitted(loaded, read_rig(armature).rig)
            bone_maps.write_map(armature, fitted)
            lost = len(loaded.bones) - len(fitted.bones)
            if lost:
                self.report({"WARNING"}, f"{lost} bones of the file are not in {armature.name}")

        return _try(self, context, change)


def _try(operator: Operator, context: Context, change: Callable[[Any], None]) -> set[str]:
    try:
        change(context.object)
    except UnderstudyError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    return {"FINISHED"}


CLASSES = (
    UNDERSTUDY_OT_map_bones,
    UNDERSTUDY_OT_pick_bone,
    UNDERSTUDY_OT_clear_bone,
    UNDERSTUDY_OT_mirror_bones,
    UNDERSTUDY_OT_save_bones,
    UNDERSTUDY_OT_load_bones,
)
