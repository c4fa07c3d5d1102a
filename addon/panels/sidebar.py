"""Where the add-on's panels are, and which of them need a take."""

from __future__ import annotations

from bpy.types import Context

from ..declarations import CATEGORY
from ..scene import takes


class Sidebar:
    """Where all panels of the add-on are."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY


class OfTake(Sidebar):
    """A panel of the active take; hidden without one."""

    @classmethod
    def poll(cls, context: Context) -> bool:
        return takes.take_of(context) is not None
