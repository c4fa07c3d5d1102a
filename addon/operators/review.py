"""Next problem, previous problem, curves of confidence."""

import bpy
from bpy.props import BoolProperty, EnumProperty
from bpy.types import Context, Operator

from ...core.skeleton import SMPLH_JOINTS
from .. import compat, edit_list, review
from ..declarations import Operators
from ..scene import takes
from ..scene.names import CONFIDENCE
from .on_take import OnActiveTake


class UNDERSTUDY_OT_next_problem(OnActiveTake, Operator):
    """Jump to the next moment that needs a look, the worst first, and select the joint"""

    bl_idname = Operators.NEXT_PROBLEM
    bl_label = "Next problem"
    bl_options = {"REGISTER", "UNDO"}

    direction: EnumProperty(
        name="Direction",
        description="Which way to go through the problems",
        items=(("NEXT", "Next", "The next problem"), ("PREVIOUS", "Previous", "The one before")),
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(cls, context: Context, properties: "UNDERSTUDY_OT_next_problem") -> str:
        if properties.direction == "PREVIOUS":
            return "Go back to the problem visited before, and select its joint"
        return cls.__doc__ or ""

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        result = review.review(take)
        settings = edit_list.settings_of(take)
        found = result.ordered(settings.problems_by_time)
        if not found:
            settings.problem = -1
            self.report({"INFO"}, "No problem was found in this take")
            return
        step = 1 if self.direction == "NEXT" else -1
        at = -1 if not -1 <= settings.problem < len(found) else settings.problem
        # Before the first visit, *Previous* begins at the end.
        settings.problem = (at + step) % len(found) if at >= 0 or step > 0 else len(found) - 1
        visit(context, take, found[settings.problem])
        self.report({"INFO"}, found[settings.problem].problem.text)


class UNDERSTUDY_OT_confidence_curves(OnActiveTake, Operator):
    """Show only the curves of confidence in the Graph Editor, or all curves again"""

    bl_idname = Operators.CONFIDENCE_CURVES
    bl_label = "Confidence in the Graph Editor"
    bl_options = {"REGISTER", "UNDO"}

    show: BoolProperty(name="Only confidence", description="Hide all other curves", default=True)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        for actor in takes.actors(take):
            action = takes.action_of(actor)
            for curve in compat.curves(action) if action is not None else ():
                wanted = curve.data_path.endswith(f'["{CONFIDENCE}"]')
                curve.hide = self.show and not wanted
                curve.select = self.show and wanted


def visit(context: Context, take: bpy.types.Collection, found: review.Found) -> None:
    """Goes to a problem: its frame, its actor in pose mode, its joint selected alone."""
    takes.scene_of(take).frame_set(found.frame)
    actor = takes.actor_of(take, found.person)
    if actor is None or not actor.visible_get():
        return
    active = context.view_layer.objects.active
    if active is not None and active != actor and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for ob in context.view_layer.objects.selected:
        ob.select_set(False)
    actor.select_set(True)
    context.view_layer.objects.active = actor
    if actor.mode != "POSE":
        bpy.ops.object.mode_set(mode="POSE")
    name = SMPLH_JOINTS[found.problem.joint]
    for bone in actor.data.bones:
        compat.select_bone(actor, bone.name, bone.name == name)
    actor.data.bones.active = actor.data.bones[name]


CLASSES = (UNDERSTUDY_OT_next_problem, UNDERSTUDY_OT_confidence_curves)
