"""What the engine keeps on the disk, in the preferences: sizes, and a button for each."""

from __future__ import annotations

import bpy

from .. import errands
from ..declarations import Operators
from ..engine.storage import size_text
from ..operators.storage import stores


def draw_storage(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """A line per kind; sizes are known once they were measured."""
    sizes = errands.weighing.sizes if errands.weighing is not None else {}
    column = layout.column(align=True)
    for store in stores(context):
        row = column.split(factor=0.5)
        row.label(text=store.label)
        end = row.split(factor=0.5)
        size = sizes.get(store.name)
        measured = errands.weighing is not None
        end.label(text=size_text(size) if size is not None else "…" if measured else "–", translate=False)
        button = end.row()
        button.enabled = size != 0
        button.operator(Operators.CLEAR_STORAGE, icon="TRASH").store = store.name
    layout.operator(Operators.MEASURE_STORAGE, icon="FILE_REFRESH")
