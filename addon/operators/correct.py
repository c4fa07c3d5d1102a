"""Correct and solve again: poses and points are noted, then the engine solves the frames around them."""

from typing import Any

import bpy
from bpy.props import BoolProperty, FloatProperty, FloatVectorProperty, IntProperty, StringProperty
from bpy.types import Context, Operator
from mathutils import Vector

from ...core.errors import UnderstudyError
from ...core.skeleton import BODY_JOINTS
from .. import correction, edit_list, jobs
from ..declarations import Operators
from ..edit_texts import CORRECTION
from ..scene import takes
from .on_take import OnActiveTake, needs_take


class OnActor(OnActiveTake):
    """An operator on one person of the active take: the one that ``person`` names, else the active actor's."""

    person: StringProperty(name="Person", description="The person's id in the take; empty is the active actor's")

    def who(self, context: Context, take: bpy.types.Collection) -> bpy.types.Object:
        """The actor. Raises UnderstudyError."""
        people = takes.actors(take)
        person = self.person or takes.active_person(context, take)
        actor = takes.actor_of(take, person) or (people[0] if len(people) == 1 and not self.person else None)
        if actor is None:
            wrong = f"There is no person {person!r} in this take." if person else "No actor is selected."
            raise UnderstudyError(wrong, "Select the actor whose motion is wrong.")
        return actor


class Solving(OnActor):
    """An operator that needs the engine."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not needs_take(cls, context):
            return False
        why = correction.ready(context)
        if why:
            cls.poll_message_set(why)
        return not why


class UNDERSTUDY_OT_keep_pose(OnActor, Operator):
    """Remember the pose of this frame as right, to be solved into the frames around it"""

    bl_idname = Operators.KEEP_POSE
    bl_label = "Keep this pose"
    bl_options = {"REGISTER", "UNDO"}

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        actor = self.who(context, take)
        found = correction.note_pose(take, actor, takes.scene_of(take).frame_current)
        if found.nothing:
            raise UnderstudyError(f"{actor.name} is posed as the motion has it.", "Rotate a bone first.")
        kept = _count(len(found.joints) + (found.pelvis is not None), "joint")
        self.report({"INFO"}, f"{kept} kept{_left_out(found.fingers)}")


class UNDERSTUDY_OT_place_joint(OnActor, Operator):
    """Say that the active bone's joint is at the 3D cursor in this frame"""

    bl_idname = Operators.PLACE_JOINT
    bl_label = "Joint to the 3D cursor"
    bl_options = {"REGISTER", "UNDO"}

    joint: StringProperty(name="Joint", description="Name of the joint, such as left_wrist; empty is the active bone")
    position: FloatVectorProperty(
        name="Position", description="Where it is, in the world; the 3D cursor when not given", subtype="XYZ", size=3
    )

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        actor = self.who(context, take)
        joint = self.joint or (actor.data.bones.active.name if actor.data.bones.active else "")
        if joint not in BODY_JOINTS:
            wrong = f"{joint!r} is no joint of the body." if joint else "No bone is active."
            raise UnderstudyError(wrong, "Choose one.")
        given = self.properties.is_property_set("position")
        target = bpy.context.scene.cursor.location if not given else self.position
        frame = takes.scene_of(take).frame_current
        person = str(actor[takes.PERSON_ID])
        moment = correction.seen(take, person, frame)
        place = actor.matrix_world.inverted() @ Vector(target)
        way = [float(v) for v in place]
        inside = moment.before_pelvis + moment.to_take(way - moment.pelvis)
        correction.note(take, "PINNED", person, moment.take_frame, frame, joint, inside)


class UNDERSTUDY_OT_resolve(Solving, Operator):
    """Solve the frames around the corrected ones again, with what you set; the rest stays as it is"""

    bl_idname = Operators.RESOLVE
    bl_label = "Re-solve"

    reach_s: FloatProperty(
        name="Blend",
        description="Seconds before the first and after the last corrected frame that may change; 0 takes the panel's",
        min=0.0,
        max=10.0,
        options={"SKIP_SAVE"},
    )

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        actor = self.who(context, take)
        person = str(actor[takes.PERSON_ID])
        # The pose of this frame counts without having been kept.
        found = correction.note_pose(take, actor, takes.scene_of(take).frame_current)
        if found.fingers:
            self.report({"INFO"}, f"Solved{_left_out(found.fingers)}")
        settings = edit_list.settings_of(take)
        correction.solve(take, person, correction.noted(take, person), self.reach_s or settings.reach_s, clears=True)


class UNDERSTUDY_OT_resolve_again(Solving, Operator):
    """Solve the active correction again, from the motion as the steps before it leave it now"""

    bl_idname = Operators.RESOLVE_AGAIN
    bl_label = "Solve again"

    index: IntProperty(name="Step", description="Its place in the list, from 0; −1 is the active one", default=-1)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        settings, edits = edit_list.settings_of(take), edit_list.read(take)
        index = settings.active_edit if self.index < 0 else self.index
        edit: Any = edits[index] if 0 <= index < len(edits) else None
        if edit is None or edit.kind != CORRECTION:
            raise UnderstudyError("The active step is no correction.", "Choose one in the list.")
        correction.solve(take, edit.person, correction.asked_of(edit), settings.reach_s, again=index)


class UNDERSTUDY_OT_forget_correction(OnActiveTake, Operator):
    """Take back what was set here"""

    bl_idname = Operators.FORGET_CORRECTION
    bl_label = "Forget"
    bl_options = {"REGISTER", "UNDO"}

    index: IntProperty(name="Place", description="Its place among what is kept, from 0", min=0)
    everything: BoolProperty(name="Everything", description="Forget all that is kept", options={"SKIP_SAVE"})

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        items = edit_list.settings_of(take).corrections
        if self.everything:
            items.clear()
        elif self.index < len(items):
            items.remove(self.index)
        else:
            raise UnderstudyError(f"Nothing is kept at {self.index}: there are {len(items)}.")


class UNDERSTUDY_OT_dismiss_correction(Operator):
    """Close this message"""

    bl_idname = Operators.DISMISS_CORRECTION
    bl_label = "Close"

    def execute(self, context: Context) -> set[str]:
        if not jobs.correction_active():
            jobs.correction = None
        return {"FINISHED"}


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _left_out(fingers: int) -> str:
    return f"; {_count(fingers, 'finger joint')} left out, fingers are not solved" if fingers else ""


CLASSES = (
    UNDERSTUDY_OT_keep_pose,
    UNDERSTUDY_OT_place_joint,
    UNDERSTUDY_OT_resolve,
    UNDERSTUDY_OT_resolve_again,
    UNDERSTUDY_OT_forget_correction,
    UNDERSTUDY_OT_dismiss_correction,
)
