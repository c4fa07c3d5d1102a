"""Every edit's values as Blender properties."""

from __future__ import annotations

from typing import Any

from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from .edit_texts import Text

# Whole numbers to people, though the arithmetic takes any.
_WHOLE = {"repeats"}


def value_property(name: str, text: Text, **more: Any) -> Any:
    """The Blender property of the value called ``name``; ``more`` goes to Blender, such as ``update``."""
    default: Any = text.default
    about: dict[str, Any] = {"name": text.name, "description": text.tip, **more}
    if text.choices:
        return EnumProperty(items=text.choices, default=default, **about)
    if isinstance(default, bool):
        return BoolProperty(default=default, **about)
    if isinstance(default, str):
        return StringProperty(default=default, **about)
    low, high = text.low, text.high
    if name in _WHOLE:
        return IntProperty(default=int(default), min=int(low), max=int(high), **about)
    # Single precision must not round a bound outwards: the edit would refuse it.
    slack = 1e-6 * max(abs(low), abs(high))
    bounds = {"min": low if low == 0 else low + slack, "max": high if float(high).is_integer() else high - slack}
    unit: Any = text.unit
    return FloatProperty(default=default, subtype=unit, precision=3, **bounds, **about)


def plain(text: Text, value: Any) -> Any:
    """A property's value as the edit's field has it: without the digits that single precision adds."""
    if isinstance(text.default, (bool, str)):
        return value
    return min(max(round(float(value), 6), text.low), text.high)
