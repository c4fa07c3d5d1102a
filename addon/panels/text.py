"""Lines of text in panels, which do not wrap by themselves."""

from __future__ import annotations

import textwrap
from typing import Literal

import bpy

Icon = Literal["ERROR", "CANCEL"]


def wrap(text: str, width: int = 46) -> list[str]:
    """Lines of at most ``width`` characters; a longer word, such as a path, is cut."""
    return textwrap.wrap(text, width, break_on_hyphens=False)


def draw_message(layout: bpy.types.UILayout, message: str, hint: str = "", icon: Icon = "ERROR") -> None:
    """A message and what to do about it."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(wrap(message)):
        column.label(text=line, icon=icon if index == 0 else "BLANK1")
    for line in wrap(hint):
        column.label(text=line, icon="BLANK1")
