"""Every edit's values as Blender properties, made from core/edit: one place for names, bounds and defaults."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ..core.edit.base import Edit
from ..core.edit.evaluation import KINDS
from .edit_texts import TEXTS, Text

COMMON = {entry.name for entry in dataclasses.fields(Edit)}
# Whole numbers to people, though the arithmetic takes any.
_WHOLE = {"repeats"}


def value_fields(kind: str) -> Iterator[tuple[dataclasses.Field[Any], Text]]:
    """The values that are a kind's own, with their texts, in the order in which they are shown."""
    fields = {entry.name: entry for entry in dataclasses.fields(KINDS[kind])}
    for name, text in TEXTS[kind].fields.items():
        yield fields[name], text


def value_property(entry: dataclasses.Field[Any], text: Text, **more: Any) -> Any:
    """The Blender property of one value; ``more`` goes to Blender, such as ``update``."""
    default: Any = entry.default
    about: dict[str, Any] = {"name": text.name, "description": text.tip, **more}
    if text.choices:
        return EnumProperty(items=text.choices, default=default, **about)
    if isinstance(default, bool):
        return BoolProperty(default=default, **about)
    if isinstance(default, str):
        return StringProperty(default=default, **about)
    low, high = entry.metadata["low"], entry.metadata["high"]
    if entry.name in _WHOLE:
        return IntProperty(default=int(default), min=int(low), max=int(high), **about)
    # Single precision must not round a bound outwards: the edit would refuse it.
    slack = 1e-6 * max(abs(low), abs(high))
    bounds = {"min": low if low == 0 else low + slack, "max": high if float(high).is_integer() else high - slack}
    unit: Any = text.unit
    return FloatProperty(default=default, subtype=unit, precision=3, **bounds, **about)


def plain(entry: dataclasses.Field[Any], value: Any) -> Any:
    """A property's value as the edit's field has it: without the digits that single precision adds."""
    if isinstance(entry.default, (bool, str)):
        return value
    return min(max(round(float(value), 6), entry.metadata["low"]), entry.metadata["high"])
