"""Retarget: the motion of captured actors, or of any armature, on the selected characters."""

from typing import Any

from bpy.types import Context, Object, Operator

from ...core.errors import BadInputError, UnderstudyError
from ..declarations import BONES_PROPERTY, Operators
from ..retarget_properties import UnderstudyRetargetSettings, retarget_settings, solve_settings


class UNDERSTUDY_OT_retarget(Operator):
    """Carry the source's motion over to every selected character that was mapped"""

    bl_idname = Operators.RETARGET
    bl_label = "Retarget"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not targets(context):
            cls.poll_message_set("Select one or more characters and map their bones")
            return False
        if not sources(context.scene, retarget_settings(context)):
            cls.poll_message_set("Choose an armature with an animation as the source")
            return False
        return True

    def execute(self, context: Context) -> set[str]:
        from ..scene import bone_maps
        from ..scene.retargeting import transfer

        chosen, scene = retarget_settings(context), _scene(context)
        done = 0
        try:
            for target in targets(context):
                bone_map = bone_maps.read_map(target)
                for source in sources(scene, chosen):
                    if source == target or bone_map is None:
                        continue
                    own = bone_maps.read_map(source)
                    result = transfer(source, own, target, bone_map, scene, solve_settings(chosen), chosen.live)
                    for warning in result.warnings:
                        self.report({"WARNING"}, warning)
                    done += 1
        except UnderstudyError as error:
            self.report({"ERROR"}, str(error))
            return {"FINISHED"} if done else {"CANCELLED"}
        self.report({"INFO"}, f"{done} motion{'' if done == 1 else 's'} carried over")
        return {"FINISHED"}


class UNDERSTUDY_OT_bake_controls(Operator):
    """Turn what the hidden guide does to the character's controls into keys"""

    bl_idname = Operators.BAKE_CONTROLS
    bl_label = "Bake controls"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        from ..scene import controls

        if context.object is None or controls.guide_of(context.object) is None:
            cls.poll_message_set("Retarget onto a rig with controls first, with Keep live on")
            return False
        return True

    def execute(self, context: Context) -> set[str]:
        from ..scene import controls
        from ..scene.poses import action_range
        from ..scene.retargeting import motion_name

        armature: Any = context.object
        guide = controls.guide_of(armature)
        try:
            if guide is None:
                raise BadInputError(f"Nothing moves the controls of {armature.name}.")
            first, last = action_range(guide)
            controls.bake(armature, _scene(context), first, last, motion_name(guide).replace(" guide", ""))
        except UnderstudyError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Frames {first} to {last} baked")
        return {"FINISHED"}


def _scene(context: Context) -> Any:
    return context.scene


def targets(context: Context) -> list[Object]:
    """The selected armatures that were mapped, the source left out."""
    source = retarget_settings(context).source
    return [
        ob
        for ob in context.selected_objects
        if ob.type == "ARMATURE" and ob != source and len(getattr(ob, BONES_PROPERTY))
    ]


def sources(scene, chosen: UnderstudyRetargetSettings) -> list[Object]:
    """Whose motion is carried over: the chosen armature, or every captured actor of the scene."""
    found = (
        [ob for ob in scene.objects if ob.type == "ARMATURE" and "person_id" in ob] if chosen.all_actors
        else [chosen.source] if chosen.source else []
    )  # fmt: skip
    return [ob for ob in found if ob.type == "ARMATURE" and ob.animation_data and ob.animation_data.action]


CLASSES = (UNDERSTUDY_OT_retarget, UNDERSTUDY_OT_bake_controls)
