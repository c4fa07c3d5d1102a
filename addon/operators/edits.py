"""One operator per kind of edit: ``bpy.ops.understudy.smooth(arms=0.7)``, ``…trim(start=20, end=90)``.

Each adds a step to the end of the take's list. Arguments are the step's values (docs/clean-up.md lists them), and whom
and which frames it is for. The take is that of the active object or collection, else the only one in the scene.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Operator

from ...core.errors import UnderstudyError
from .. import cleanup, edit_list
from ..declarations import Operators
from ..edit_properties import plain, value_property
from ..edit_texts import CHOSEN, TEXTS
from ..scene import links, takes
from .on_take import OnActiveTake

if TYPE_CHECKING:
    from ...core.edit.base import Edit

# The button means the whole take, or the preview range where one is set.
_RANGE_TIP = "Only between the frames Start and End; off is the whole take"


class AddEdit(OnActiveTake):
    """What the operators of all kinds share."""

    kind = ""
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context: Context, event: Event) -> set[str]:
        take = takes.take_of(context)
        assert take is not None
        people = takes.actors(take)
        if not self.properties.is_property_set("person") and len(people) > 1:
            self.person = takes.active_person(context, take)
        ranged = ("use_range", "start", "end")
        suggested = suggested_range(self.kind, context.scene)
        if suggested is not None and not any(self.properties.is_property_set(name) for name in ranged):
            self.use_range = True
            self.start, self.end = suggested
        self._suggest(take)
        return self.execute(context)

    def work(self, context: Context, take: bpy.types.Collection) -> None:
        add(take, self._edit(take))

    def draw(self, context: Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        for name in TEXTS[self.kind].fields:
            layout.prop(self, name)
        layout.prop(self, "person")
        column = layout.column(align=True)
        column.prop(self, "use_range")
        if self.use_range:
            column.prop(self, "start")
            column.prop(self, "end")

    def _suggest(self, take: bpy.types.Collection) -> None:
        """Values that depend on who is there, where the caller gave none."""
        people = takes.actors(take)
        chosen = takes.actor_of(take, self.person) or (people[0] if people else None)
        if self.kind == "scale" and chosen is not None and not self.properties.is_property_set("height_m"):
            self.height_m = body_height(chosen)
        if self.kind == "swap_people" and len(people) > 1:
            self.person = self.person or str(people[0][takes.PERSON_ID])
            others = [str(actor[takes.PERSON_ID]) for actor in people if str(actor[takes.PERSON_ID]) != self.person]
            self.other = self.other or others[0]
        if self.kind == "stitch" and not self.take:
            others = [other for other in links.take_collections() if other != take]
            self.take = others[0][links.TAKE_ID] if others else ""

    def _edit(self, take: bpy.types.Collection) -> Edit:
        from ...core.edit.evaluation import KINDS

        values: dict[str, Any] = {"person": self.person}
        if self.use_range or self.properties.is_property_set("start") or self.properties.is_property_set("end"):
            scene = takes.scene_of(take)
            start = self.start if self.properties.is_property_set("start") else scene.frame_start
            end = self.end if self.properties.is_property_set("end") else scene.frame_end
            values["start"] = round(takes.seconds_at(take, start), 6)
            values["end"] = round(takes.seconds_at(take, end), 6)
        for name, text in TEXTS[self.kind].fields.items():
            values[name] = plain(text, getattr(self, name))
        if self.kind == "stitch":
            named = bpy.data.collections.get(self.take)
            values["take"] = named[links.TAKE_ID] if named is not None and links.TAKE_ID in named else self.take
        return KINDS[self.kind](**values)


def add(take: bpy.types.Collection, edit: Edit) -> None:
    """Puts an edit at the end of the list. Raises UnderstudyError, and leaves the list, where it cannot be applied."""
    before = edit_list.read(take)
    try:
        edit_list.replace_all(take, [*before, edit])
        problem = cleanup.problem(take)
        if problem is not None and problem.index == len(before):
            raise UnderstudyError(problem.message, problem.hint)
    except UnderstudyError:
        edit_list.replace_all(take, before)
        raise
    edit_list.settings_of(take).active_edit = len(before)


def suggested_range(kind: str, scene: Any) -> tuple[int, int] | None:
    """First and last frame that a button means: the preview range where one is set, else None for the whole take; for
    edits that are never for all of it, from the current frame to the end.
    """
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return (scene.frame_current, scene.frame_end) if TEXTS[kind].needs_range else None


def body_height(actor: bpy.types.Object) -> float:
    """Height in metres of an actor's body as it stands in the rest pose."""
    import numpy as np

    mesh = takes.skins(actor)[0].data
    points = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", points)
    return float(np.ptp(points[2::3]))


def _operator(kind: str) -> type[Operator]:
    """The operator of a kind, with its values as properties."""
    text = TEXTS[kind]
    annotations: dict[str, Any] = {name: value_property(name, field) for name, field in text.fields.items()}
    annotations["person"] = StringProperty(
        name="Person", description="The person's id in the take, such as 1; empty is everybody"
    )
    annotations["use_range"] = BoolProperty(name="Range", description=_RANGE_TIP)
    annotations["start"] = IntProperty(name="Start", description="First frame of the range")
    annotations["end"] = IntProperty(name="End", description="Last frame of the range")
    return type(
        f"UNDERSTUDY_OT_{kind}",
        (AddEdit, Operator),
        {
            "__doc__": text.tip,
            "__module__": __name__,
            "__annotations__": annotations,
            "kind": kind,
            "bl_idname": Operators.EDIT.format(kind=kind),
            "bl_label": text.label,
        },
    )


CLASSES = tuple(_operator(kind) for kind in CHOSEN)
