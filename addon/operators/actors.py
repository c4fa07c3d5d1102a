"""Actor profiles: keep a take's person, remove one."""

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Event, Operator

from ...core.errors import BadInputError
from .. import actors, readings
from ..declarations import Operators
from ..properties import capture_settings
from ..scene import takes
from .on_take import OnTake, finish


class UNDERSTUDY_OT_save_actor(OnTake, Operator):
    """Keep a person's height and bone lengths under a name, for captures of the same actor"""

    bl_idname = Operators.SAVE_ACTOR
    bl_label = "Save actor profile…"
    bl_options = {"REGISTER"}

    person: StringProperty(
        name="Person",
        description="The person's id in the take, such as 1; empty is the active actor, or the only one",
        options={"SKIP_SAVE"},
    )
    name: StringProperty(
        name="Name", description="The actor's name; a profile of the same name is replaced", options={"SKIP_SAVE"}
    )

    def invoke(self, context: Context, event: Event) -> set[str]:
        take = takes.take_of(context)
        people = takes.actors(take) if take is not None else []
        if take is not None and not self.person:
            only = str(people[0][takes.PERSON_ID]) if len(people) == 1 else ""
            self.person = takes.active_person(context, take) or only
        if not self.name and take is not None:
            actor = takes.actor_of(take, self.person)
            self.name = actor.name if actor is not None else ""
        return context.window_manager.invoke_props_dialog(self, width=300)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        source = readings.evaluation_of(take).take
        wanted = self.person or takes.active_person(context, take)
        people = [one for one in source.people if one.id == wanted or (not wanted and len(source.people) == 1)]
        if not people:
            known = ", ".join(one.id for one in source.people)
            raise BadInputError(f"There is no person {wanted!r} in this take.", f"There are: {known}.")
        if not self.name.strip():
            raise BadInputError("The actor has no name.", "Give one.")
        from ...core.actor import actor_of  # not while Blender starts

        path = actors.save(actor_of(source, people[0], self.name))
        self.report({"INFO"}, f"The actor is kept in {path}")


class UNDERSTUDY_OT_remove_actor(Operator):
    """Remove this actor profile; takes that were made with it stay as they are"""

    bl_idname = Operators.REMOVE_ACTOR
    bl_label = "Remove actor profile"

    actor: StringProperty(
        name="Actor", description="Name of the profile; empty is the one that is chosen", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Context) -> bool:
        if not actors.identifiers():
            cls.poll_message_set("There is no actor profile")
            return False
        return True

    def invoke(self, context: Context, event: Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: Context) -> set[str]:
        choices = capture_settings(context)
        chosen = self.actor or choices.actor

        def work() -> None:
            actors.remove(chosen)
            if chosen == choices.actor or not choices.actor:
                choices.actor = actors.NONE

        return finish(self, work)


CLASSES = (UNDERSTUDY_OT_save_actor, UNDERSTUDY_OT_remove_actor)
