"""Lines of text in panels, which do not wrap by themselves."""

from __future__ import annotations

from typing import Literal

import bpy

Icon = Literal["ERROR", "CANCEL", "DOT", "CHECKMARK"]


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` characters; a longer word, such as a path, is cut."""
    import textwrap

    return textwrap.wrap(text, width, break_on_hyphens=False)


def in_language(text: str) -> str:
    """A text in the user's language: what is put together from parts is looked up part by part."""
    return str(bpy.app.translations.pgettext_iface(text))


def characters(context: bpy.types.Context) -> int:
    """About how many characters a line of the region holds beside an icon and the margins."""
    scale = context.preferences.system.ui_scale
    return max(16, int((context.region.width / scale - 75) / 6.5))


def draw_message(layout: bpy.types.UILayout, message: str, hint: str = "", icon: Icon = "ERROR") -> None:
    """A message and what to do about it."""
    width = characters(bpy.context)
    column = layout.column(align=True)
    column.scale_y = 0.8
    # The whole is translated, then wrapped: no language has an entry for half a sentence.
    said = [in_language(text) for text in (message, hint)]
    for index, line in enumerate(wrap(said[0], width)):
        column.label(text=line, icon=icon if index == 0 else "BLANK1", translate=False)
    for line in wrap(said[1], width):
        column.label(text=line, icon="BLANK1", translate=False)
