"""The question what becomes of the scene's time, which every operator asks that brings a take."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import EnumProperty
from bpy.types import Context

from ..capturing import has_timing
from ..properties import TIMING_ITEMS


class AsksTiming:
    """``timing`` is TAKE or SCENE; in a scene that has animation SCENE is proposed."""

    timing: EnumProperty(
        name="Timing",
        description="What happens to the scene's frame rate and range",
        items=TIMING_ITEMS,
        default="TAKE",
    )

    def choose_file(self: Any, context: Context) -> set[str]:
        """From ``invoke``: the file browser, with what fits this scene proposed."""
        self.timing = "SCENE" if has_timing(context) else "TAKE"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw_timing(self, layout: bpy.types.UILayout) -> None:
        layout.label(text="Frame rate and range of the scene:")
        layout.prop(self, "timing", expand=True)
