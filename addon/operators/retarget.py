"""Retarget: the motion of captured actors, or of any armature, on the selected characters; and baking its controls."""

from collections.abc import Generator
from typing import Any

from bpy.types import Context, Object, Operator

from ...core.errors import BadInputError
from ..declarations import BONES_PROPERTY, Operators
from ..retarget_properties import UnderstudyRetargetSettings, retarget_settings, solve_settings
from .in_slices import InSlices, nothing_under_way


class UNDERSTUDY_OT_retarget(InSlices, Operator):
    """Carry the source's motion over to every selected character that was mapped"""

    bl_idname = Operators.RETARGET
    bl_label = "Retarget"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not nothing_under_way(cls):
            return False
        if not targets(context):
            cls.poll_message_set("Select one or more characters and map their bones")
            return False
        if not sources(context.scene, retarget_settings(context)):
            cls.poll_message_set("Choose an armature with an animation as the source")
            return False
        return True

    def steps(self, context: Context) -> Generator[None, None, None]:
        """Every selected character, and of many sources each."""
        from ..scene import bone_maps
        from ..scene.retargeting import transfer_steps

        chosen, scene = retarget_settings(context), _scene(context)
        self.done = 0
        pairs = [(source, target) for target in targets(context) for source in sources(scene, chosen)]
        for number, (source, target) in enumerate(pairs):
            bone_map = bone_maps.read_map(target)
            if source == target or bone_map is None:
                continue
            self._say(number, len(pairs))

            def baked(done: int, total: int, number: int = number) -> None:
                self._say(number, len(pairs), done, total)

            own = bone_maps.read_map(source)
            made = transfer_steps(source, own, target, bone_map, scene, solve_settings(chosen), chosen.live, baked)
            result = yield from made
            for warning in result.warnings:
                self.report({"WARNING"}, warning)
            self.done += 1
        self.report({"INFO"}, f"{self.done} motion{'' if self.done == 1 else 's'} carried over")

    def _say(self, number: int, count: int, done: int = 0, total: int = 0) -> None:
        frames = f", frame {done} of {total} baked" if total else ""
        share = (number + (done / total if total else 0.0)) / count
        self.shows(f"Retargeting {number + 1} of {count}{frames} · Esc cancels", share)


class UNDERSTUDY_OT_bake_controls(InSlices, Operator):
    """Turn what the hidden guide does to the character's controls into keys"""

    bl_idname = Operators.BAKE_CONTROLS
    bl_label = "Bake controls"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        from ..scene import controls

        if not nothing_under_way(cls):
            return False
        if context.object is None or controls.guide_of(context.object) is None:
            cls.poll_message_set("Retarget onto a rig with controls first, with Keep live on")
            return False
        return True

    def steps(self, context: Context) -> Generator[None, None, None]:
        """Every frame played, then the keys of every control."""
        from ..scene import controls
        from ..scene.baking import bake_steps
        from ..scene.poses import action_range
        from ..scene.retargeting import motion_name

        armature: Any = context.object
        guide = controls.guide_of(armature)
        if guide is None:
            raise BadInputError(f"Nothing moves the controls of {armature.name}.", "Retarget onto it first, live.")
        first, last = action_range(guide)
        name = motion_name(guide).replace(" guide", "")

        def played(done: int, total: int) -> None:
            self.shows(f"Baking {done} of {total} frames · Esc cancels", done / total)

        yield from bake_steps(armature, _scene(context), first, last, name, played)
        self.report({"INFO"}, f"Frames {first} to {last} baked")


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
