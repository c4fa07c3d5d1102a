"""The networks in the preferences: which there are, under which licence, and the buttons that bring more."""

from __future__ import annotations

from typing import Any

import bpy

from .. import errands
from ..declarations import Operators
from .text import draw_message


def draw_models(layout: bpy.types.UILayout) -> None:
    """A line per network: whether it is here, its licence, whether commercial use is allowed."""
    found = errands.models
    if found is None:
        layout.operator(Operators.LIST_MODELS, text="Show networks", icon="FILE_REFRESH")
    else:
        column = layout.column(align=True)
        for model in found:
            _draw_model(column, model)
        if any(not model["commercial"] for model in found):
            draw_message(layout, "Takes made with networks marked so are not for commercial use.", icon="DOT")
    row = layout.row(align=True)
    row.operator(Operators.PULL_MODELS, icon="IMPORT")
    row.operator(Operators.IMPORT_MODEL, icon="FILE_FOLDER")
    row.operator(Operators.LIST_MODELS, text="", icon="FILE_REFRESH")


def _draw_model(layout: bpy.types.UILayout, model: dict[str, Any]) -> None:
    row = layout.split(factor=0.62)
    row.label(text=str(model["description"]), icon="CHECKMARK" if model["present"] else "X", translate=False)
    licence = str(model["licence"])
    row.label(text=licence, icon="NONE" if model["commercial"] else "ERROR", translate=False)
