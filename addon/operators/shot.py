"""Look through the shot; show and hide people."""

from typing import Any

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty
from bpy.types import Context, Operator

from ...core.errors import UnderstudyError
from ..declarations import Operators
from ..scene import shot, takes
from .on_take import OnActiveTake, needs_take


class UNDERSTUDY_OT_look_through(OnActiveTake, Operator):
    """Look through the take's camera, with the footage behind the actors; again to leave it"""

    bl_idname = Operators.LOOK_THROUGH
    bl_label = "Look through the shot"

    camera: IntProperty(name="Camera", description="Which of the take's cameras, from 0", default=0, min=0)

    @classmethod
    def poll(cls, context: Context) -> bool:
        if context.space_data is None or context.space_data.type != "VIEW_3D":
            cls.poll_message_set("Only in a 3D viewport")
            return False
        return needs_take(cls, context)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        space = context.space_data
        assert isinstance(space, bpy.types.SpaceView3D)
        camera = camera_at(take, self.camera)
        if shot.looks_through(space, camera):
            region: Any = space.region_3d
            region.view_perspective = "PERSP"
        else:
            shot.look_through(space, context.scene, camera)


class UNDERSTUDY_OT_split_view(OnActiveTake, Operator):
    """The footage beside the actors: a viewport becomes two, the left one looks through the shot; again to go back"""

    bl_idname = Operators.SPLIT_VIEW
    bl_label = "Footage beside 3D"

    camera: IntProperty(name="Camera", description="Which of the take's cameras, from 0", default=0, min=0)

    @classmethod
    def poll(cls, context: Context) -> bool:
        if context.area is None or context.area.type != "VIEW_3D":
            cls.poll_message_set("Only in a 3D viewport")
            return False
        return needs_take(cls, context)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        camera = camera_at(take, self.camera)
        both = shot.halves(context, camera)
        if both is None:
            shot.split(context, camera)
            return
        with context.temp_override(area=both[0]):
            bpy.ops.screen.area_close()


class UNDERSTUDY_OT_show_person(OnActiveTake, Operator):
    """Show or hide this person: bones, body and measured points"""

    bl_idname = Operators.SHOW_PERSON
    bl_label = "Show person"
    bl_options = {"REGISTER", "UNDO"}

    person: StringProperty(name="Person", description="The person's id in the take, such as 1")
    shown: BoolProperty(name="Shown", default=True)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        actor = takes.actor_of(take, self.person)
        if actor is None:
            raise UnderstudyError(f"There is no person {self.person!r} in this take")
        shot.show_person(actor, self.shown)


def camera_at(take: bpy.types.Collection, index: int) -> bpy.types.Object:
    """One of a take's cameras. Raises UnderstudyError."""
    found = takes.cameras(take)
    if index >= len(found):
        raise UnderstudyError(f"The take has {len(found)} camera{'' if len(found) == 1 else 's'}")
    return found[index]


CLASSES = (UNDERSTUDY_OT_look_through, UNDERSTUDY_OT_split_view, UNDERSTUDY_OT_show_person)
