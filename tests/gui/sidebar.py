"""Clicks on the add-on's panels, found by their order: one panel is open at a time, all others folded. In Blender."""

from __future__ import annotations

import bpy
from watch import part

HEADER = 28  # pixels of a folded panel, at a scale of 1
ROW = 24  # a row of a panel with the space below it
FIRST = 18  # from the header's lower edge to the middle of the first row
_known: dict[str, bool] = {}  # panels that were seen, and whether they are open


def panels(s):
    """The panels that are shown now, top to bottom, those inside others left out."""
    region, area = s.region("UI"), s.area()
    found = []
    with bpy.context.temp_override(window=s.window, area=area, region=region):
        for cls in part("addon.registration").CLASSES:
            mine = issubclass(cls, bpy.types.Panel) and not getattr(cls, "bl_parent_id", "")
            if mine and (not hasattr(cls, "poll") or cls.poll(bpy.context)):
                found.append(cls.bl_label)
                _known.setdefault(cls.bl_label, "DEFAULT_CLOSED" not in getattr(cls, "bl_options", ()))
    return found


def open_alone(s, label=""):
    """Folds what is open, from the top, then opens this one: all by clicks on headers. Without one, only folds."""
    for place, shown in enumerate(panels(s)):
        if _known[shown] and shown != label:
            yield from s.click(s.region("UI"), 60, HEADER * place + HEADER // 2)
            _known[shown] = False
    if label and not _known[label]:
        yield from s.click(s.region("UI"), 60, HEADER * panels(s).index(label) + HEADER // 2)
        _known[label] = True
    yield 0.5


def below(s, label, row, offset=0):
    """Pixels from the region's top to the middle of a row (0 is the first) of a panel that is open alone."""
    return HEADER * (panels(s).index(label) + 1) + FIRST + ROW * row + offset
