"""The sidebar's word about the take of the active collection: who is in it, and what may be done with it."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.types import Context, Panel

from ..declarations import Panels
from ..scene import takes
from .capture import Sidebar
from .text import draw_message


class UNDERSTUDY_PT_take(Sidebar, Panel):
    """Actors, file and licences."""

    bl_idname = Panels.TAKE
    bl_label = "Take"

    @classmethod
    def poll(cls, context: Context) -> bool:
        return takes.take_of(context) is not None

    def draw(self, context: Context) -> None:
        layout = self.layout
        collection = takes.take_of(context)
        assert collection is not None
        column = layout.column(align=True)
        column.label(text=collection.name, icon="OUTLINER_COLLECTION")
        actors = sum(ob.type == "ARMATURE" for ob in collection.all_objects)
        column.label(text=f"{actors} actor{'' if actors == 1 else 's'}", icon="OUTLINER_OB_ARMATURE")
        draw_licence(layout.box(), takes.models(collection))


def draw_licence(layout: bpy.types.UILayout, models: list[dict[str, Any]]) -> None:
    """Whether commercial use is allowed, and by which licences."""
    free = bool(models) and all(model.get("commercial", False) for model in models)
    text = "yes" if free else "no" if models else "unknown"
    layout.label(text=f"Commercial use: {text}", icon="CHECKMARK" if free else "ERROR")
    for (licence, commercial), names in by_licence(models).items():
        draw_message(layout, f"{licence}: {', '.join(names)}", icon="DOT" if commercial else "ERROR")


def by_licence(models: list[dict[str, Any]]) -> dict[tuple[str, bool], list[str]]:
    """Names of the models under each licence, those that forbid commercial use first."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for model in sorted(models, key=lambda model: bool(model.get("commercial", False))):
        key = (str(model.get("licence", "unknown licence")), bool(model.get("commercial", False)))
        groups.setdefault(key, []).append(str(model.get("name", "?")))
    return groups


CLASSES = (UNDERSTUDY_PT_take,)
