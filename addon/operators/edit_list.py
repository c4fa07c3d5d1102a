"""The list of edits: remove, move, clear, before and after, face front, save the edited take."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Operator

from ...core.errors import UnderstudyError
from .. import cleanup, edit_list, readings, saving
from ..declarations import TAKE_FILTER, Operators
from ..requests import SUFFIX
from ..scene import links, takes
from .edits import add
from .on_take import OnActiveTake, needs_take
from .targets import file_to_write

if TYPE_CHECKING:
    from ...core.edit.base import Edit


class _OnEdits(OnActiveTake):
    """An operator on the list, which must have steps."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not needs_take(cls, context):
            return False
        take = takes.take_of(context)
        assert take is not None
        if not len(edit_list.settings_of(take).edits):
            cls.poll_message_set("There is no step yet")
            return False
        return True


class UNDERSTUDY_OT_remove_edit(_OnEdits, Operator):
    """Take this step out of the clean-up; the motion is as if it had never been there"""

    bl_idname = Operators.REMOVE_EDIT
    bl_label = "Remove step"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Step", description="Its place in the list, from 0; −1 is the active one", default=-1)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        _change(self, take, _removed)


class UNDERSTUDY_OT_move_edit(_OnEdits, Operator):
    """Let this step come earlier or later"""

    bl_idname = Operators.MOVE_EDIT
    bl_label = "Move step"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Step", description="Its place in the list, from 0; −1 is the active one", default=-1)
    direction: EnumProperty(
        name="Direction",
        description="Whether the step comes earlier or later",
        items=(("UP", "Up", "Earlier"), ("DOWN", "Down", "Later")),
        options={"SKIP_SAVE"},
    )

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        def move(edits: list[Edit], index: int) -> int:
            target = min(max(index + (1 if self.direction == "DOWN" else -1), 0), len(edits) - 1)
            edits.insert(target, edits.pop(index))
            return target

        _change(self, take, move)


class UNDERSTUDY_OT_clear_edits(_OnEdits, Operator):
    """Take all steps out: the motion as it was captured"""

    bl_idname = Operators.CLEAR_EDITS
    bl_label = "Remove all steps"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        edit_list.replace_all(take, ())


class UNDERSTUDY_OT_before_after(OnActiveTake, Operator):
    """Change between the motion as it was captured and the cleaned one"""

    bl_idname = Operators.BEFORE_AFTER
    bl_label = "Before / after"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        settings = edit_list.settings_of(take)
        settings.show_before = not settings.show_before


class UNDERSTUDY_OT_face_front(OnActiveTake, Operator):
    """Turn the person so that the hips face the front (−Y) in the first frame"""

    bl_idname = Operators.FACE_FRONT
    bl_label = "Face front"
    bl_options = {"REGISTER", "UNDO"}

    person: StringProperty(name="Person", description="The person's id in the take; empty is the active actor's")

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        from ...core.edit.place import Place, facing_turn

        motions = cleanup.motions(take)
        person = self.person or takes.active_person(context, take) or next(iter(motions))
        if person not in motions:
            raise UnderstudyError(f"There is no person {person!r} in this take.")
        angle = facing_turn(motions[person], -math.pi / 2)
        add(take, Place(person=person, level=False, turn=round(angle, 6)))


class UNDERSTUDY_OT_save_edited_take(OnActiveTake, Operator):
    """Write a new take file with the cleaned motion; the captured one stays as it is"""

    bl_idname = Operators.SAVE_EDITED_TAKE
    bl_label = "Save edited take…"

    filepath: StringProperty(
        name="File", description="The .take.npz to write", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default=TAKE_FILTER, options={"HIDDEN"})

    def invoke(self, context: Context, event: Event) -> set[str]:
        take = takes.take_of(context)
        assert take is not None
        path = links.take_file(take)
        self.filepath = str(path.with_name(f"{path.name.removesuffix(SUFFIX)} edited{SUFFIX}"))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        from ...core.edit.taking import edited_take
        from ...core.take_file import save

        target = file_to_write(self.filepath, f"walk edited{SUFFIX}")
        if not target.name.endswith(SUFFIX):
            target = target.with_name(target.name.removesuffix(".npz") + SUFFIX)
        source = links.take_file(take)
        if target.resolve() == source.resolve():
            raise UnderstudyError("The captured take is never overwritten.", "Choose another name.")
        captured, motions = readings.evaluation_of(take).take, cleanup.motions(take)
        saving.start(target, lambda: save(edited_take(captured, motions, source.parent, target.parent), target))
        self.report({"INFO"}, f"Saved {target}" if bpy.app.background else f"Saving {target}")


def _removed(edits: list[Edit], index: int) -> int:
    del edits[index]
    return index


def _change(operator: Operator, take: bpy.types.Collection, change: Callable[[list[Edit], int], int]) -> None:
    """Applies ``change(edits, index)`` to the list; it returns which step is active then. Raises UnderstudyError."""
    settings = edit_list.settings_of(take)
    index = settings.active_edit if operator.index < 0 else operator.index
    edits = list(edit_list.read(take))
    if not 0 <= index < len(edits):
        raise UnderstudyError(f"There is no step {index}: the list has {len(edits)}")
    active = change(edits, index)
    try:
        edit_list.replace_all(take, edits)
    finally:
        settings.active_edit = min(int(active), max(len(edits) - 1, 0))


CLASSES = (
    UNDERSTUDY_OT_remove_edit,
    UNDERSTUDY_OT_move_edit,
    UNDERSTUDY_OT_clear_edits,
    UNDERSTUDY_OT_before_after,
    UNDERSTUDY_OT_face_front,
    UNDERSTUDY_OT_save_edited_take,
)
