"""Retarget: the motion of captured actors, or of any armature, on the selected characters."""

from collections.abc import Callable, Generator
from typing import Any

import bpy
from bpy.app.handlers import persistent
from bpy.types import Context, Event, Object, Operator

from ...core.errors import BadInputError, UnderstudyError
from .. import redraw
from ..declarations import BONES_PROPERTY, Operators
from ..retarget_properties import UnderstudyRetargetSettings, retarget_settings, solve_settings
from .elsewhere import LooksAfter, UnderWay

_SLICE_S, _PAUSE_S = 0.06, 0.01
_HANDLERS = ("undo_pre", "redo_pre", "load_pre")

under_way = UnderWay(lambda steps: steps.close())


class UNDERSTUDY_OT_retarget(LooksAfter, Operator):
    """Carry the source's motion over to every selected character that was mapped"""

    bl_idname = Operators.RETARGET
    bl_label = "Retarget"
    bl_options = {"REGISTER", "UNDO"}

    _done = 0

    @classmethod
    def poll(cls, context: Context) -> bool:
        if under_way.work is not None:
            cls.poll_message_set("A retarget is under way already")
            return False
        if not targets(context):
            cls.poll_message_set("Select one or more characters and map their bones")
            return False
        if not sources(context.scene, retarget_settings(context)):
            cls.poll_message_set("Choose an armature with an animation as the source")
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[str]:
        """A click: in slices, so that the window goes on."""
        under_way.work = self._steps(context)
        return self.look_after(context, _PAUSE_S)

    def modal(self, context: Context, event: Event) -> set[str]:
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        from ..slices import for_a_while

        steps = under_way.work
        if steps is None:  # undo, or another file
            self.look_no_more(context)
            self.report({"WARNING"}, "The retarget was given up: the scene was taken back meanwhile")
            return {"CANCELLED"}
        return self._go_on(context, lambda: for_a_while(steps, _SLICE_S))

    def cancel(self, context: Context) -> None:
        under_way.stop()

    def execute(self, context: Context) -> set[str]:
        """A script: at once."""
        from ..slices import at_once

        return self._ended(lambda: at_once(self._steps(context)))

    def _go_on(self, context: Context, work: Callable[[], bool]) -> set[str]:
        over: list[bool] = []
        result = self._ended(lambda: over.append(work()))
        if over == [False]:
            return {"PASS_THROUGH"}
        under_way.work = None
        self.look_no_more(context)
        redraw.sidebars()
        return result

    def _ended(self, work: Callable[[], object]) -> set[str]:
        """Works, and says how it ended."""
        try:
            work()
        except (UnderstudyError, ReferenceError) as error:
            gone = "Something that the retarget needs was deleted meanwhile."
            self.report({"ERROR"}, gone if isinstance(error, ReferenceError) else str(error))
            return {"FINISHED"} if self._done else {"CANCELLED"}
        return {"FINISHED"}

    def _steps(self, context: Context) -> Generator[None, None, None]:
        """Every selected character, and of many sources each, in short pieces of work."""
        from ..scene import bone_maps
        from ..scene.retargeting import transfer_steps

        chosen, scene = retarget_settings(context), _scene(context)
        self._done = 0
        pairs = [(source, target) for target in targets(context) for source in sources(scene, chosen)]
        for source, target in pairs:
            bone_map = bone_maps.read_map(target)
            if source == target or bone_map is None:
                continue
            own = bone_maps.read_map(source)
            made = transfer_steps(source, own, target, bone_map, scene, solve_settings(chosen), chosen.live)
            result = yield from made
            for warning in result.warnings:
                self.report({"WARNING"}, warning)
            self._done += 1
        self.report({"INFO"}, f"{self._done} motion{'' if self._done == 1 else 's'} carried over")


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


@persistent
def _data_goes(*_: Any) -> None:
    """Undo, redo or another file is about to replace all data."""
    under_way.stop()


def register() -> None:
    under_way.register()
    for name in _HANDLERS:
        getattr(bpy.app.handlers, name).append(_data_goes)


def unregister() -> None:
    for name in _HANDLERS:
        getattr(bpy.app.handlers, name).remove(_data_goes)
    under_way.unregister()


CLASSES = (UNDERSTUDY_OT_retarget, UNDERSTUDY_OT_bake_controls)
