"""What the scene shows of its takes: which is active in the list, and the shot's overlay."""

from typing import Any

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, PointerProperty
from bpy.types import PropertyGroup

from .declarations import VIEW_PROPERTY
from .scene import lanes, overlay, shot, takes

FIGURE_ITEMS = (
    ("BOTH", "Both", "Body and bones"),
    ("MESH", "Body", "The body alone"),
    ("SKELETON", "Bones", "The bones alone"),
)


def _active_take(view: "UnderstudyView") -> int:
    take = takes.take_of(bpy.context)
    return -1 if take is None else bpy.data.collections.find(take.name)


def _choose_take(view: "UnderstudyView", index: int) -> None:
    if 0 <= index < len(bpy.data.collections):
        takes.activate(bpy.context, bpy.data.collections[index])


def _figure_changed(view: "UnderstudyView", context: bpy.types.Context) -> None:
    shot.show_figures(context.scene, view.figure)


def _opacity_changed(view: "UnderstudyView", context: bpy.types.Context) -> None:
    shot.set_opacity(context.scene, view.footage_opacity)


def _overlay_changed(view: "UnderstudyView", context: bpy.types.Context) -> None:
    overlay.tag_redraw()


def _contacts_changed(view: "UnderstudyView", context: bpy.types.Context) -> None:
    lanes.tag_redraw()


class UnderstudyView(PropertyGroup):
    """Kept with the scene."""

    active_take: IntProperty(
        name="Take", description="The take that the panels show", get=_active_take, set=_choose_take
    )
    figure: EnumProperty(
        name="Show",
        description="What of the actors is shown",
        items=FIGURE_ITEMS,
        default="BOTH",
        update=_figure_changed,
    )
    footage_opacity: FloatProperty(
        name="Footage",
        description="How strongly the footage shows behind the actors",
        subtype="FACTOR",
        min=0.0,
        max=1.0,
        default=0.75,
        update=_opacity_changed,
    )
    overlay: BoolProperty(
        name="Measured points",
        description="Draw the points that were measured over the footage, while looking through the shot",
        update=_overlay_changed,
    )
    live: BoolProperty(
        name="Live preview",
        description="Show what the engine sees in a corner of the viewports, while it captures or records",
        default=True,
        update=_overlay_changed,
    )
    contacts: BoolProperty(
        name="Contacts in the time line",
        description="Draw when feet and hands stand still as bars in the Timeline and the Dope Sheet, "
        "where the editor is high enough. Drag a bar or its end, double-click for a new one, X takes one away",
        default=True,
        update=_contacts_changed,
    )
    overlay_opacity: FloatProperty(
        name="Strength",
        description="How strongly the measured points show",
        subtype="FACTOR",
        min=0.05,
        max=1.0,
        default=0.9,
        update=_overlay_changed,
    )


def view_of(scene: Any) -> UnderstudyView:
    return getattr(scene, VIEW_PROPERTY)


CLASSES = (UnderstudyView,)


def register() -> None:
    setattr(bpy.types.Scene, VIEW_PROPERTY, PointerProperty(type=UnderstudyView))


def unregister() -> None:
    delattr(bpy.types.Scene, VIEW_PROPERTY)
