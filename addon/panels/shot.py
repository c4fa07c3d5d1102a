"""Shot: the camera, its footage, the measured points, what of the actors is shown."""

from __future__ import annotations

from bpy.types import Context, Panel

from .. import view_properties
from ..declarations import Operators, Panels
from ..scene import shot, takes
from ..scene.overlay import person_shown
from .sidebar import OfTake


class UNDERSTUDY_PT_shot(OfTake, Panel):
    """What the viewport shows."""

    bl_idname = Panels.SHOT
    bl_label = "Shot"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        layout = self.layout
        take = takes.take_of(context)
        assert layout is not None and take is not None
        view = view_properties.view_of(context.scene)
        for index, camera in enumerate(takes.cameras(take)):
            through = shot.looks_through(context.space_data, camera)
            text = "Leave the shot" if through else "Look through the shot"
            row = layout.row()
            row.operator(
                Operators.LOOK_THROUGH,
                text=f"{text} ({camera.name})" if len(takes.cameras(take)) > 1 else text,
                icon="VIEW_CAMERA",
                depress=through,
            ).camera = index
        if takes.cameras(take):
            beside = shot.halves(context, takes.cameras(take)[0]) is not None
            text = "Close the footage" if beside else "Footage beside 3D"
            layout.operator(Operators.SPLIT_VIEW, text=text, icon="SPLIT_VERTICAL", depress=beside)
        column = layout.column(align=True)
        column.prop(view, "footage_opacity", slider=True)
        row = column.row(align=True)
        row.prop(view, "overlay", toggle=True)
        part = row.row(align=True)
        part.enabled = view.overlay
        part.prop(view, "overlay_opacity", text="", slider=True)
        layout.row(align=True).prop(view, "figure", expand=True)
        people = takes.actors(take)
        if len(people) > 1:
            column = layout.column(align=True)
            for actor in people:
                shown = person_shown(actor)
                button = column.operator(
                    Operators.SHOW_PERSON, text=actor.name, icon="HIDE_OFF" if shown else "HIDE_ON", depress=shown
                )
                button.person, button.shown = str(actor[takes.PERSON_ID]), not shown


CLASSES = (UNDERSTUDY_PT_shot,)
