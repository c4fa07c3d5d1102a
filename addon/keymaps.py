"""Keyboard shortcuts, in the add-on's own key configuration: the user may change or switch off each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import bpy

from .declarations import Operators


@dataclass(frozen=True)
class Shortcut:
    """``keymap`` and ``space`` say where it holds."""

    operator: str
    key: str
    value: str = "PRESS"
    keymap: str = "3D View"
    space: Any = "VIEW_3D"
    modifiers: tuple[str, ...] = ()
    properties: dict[str, Any] = field(default_factory=dict)


_ALT = ("ctrl", "alt")
_TIME: dict[str, Any] = {"keymap": "Dopesheet", "space": "DOPESHEET_EDITOR"}
SHORTCUTS = (
    Shortcut(Operators.NEXT_PROBLEM, "N", modifiers=_ALT, properties={"direction": "NEXT"}),
    Shortcut(Operators.NEXT_PROBLEM, "P", modifiers=_ALT, properties={"direction": "PREVIOUS"}),
    Shortcut(Operators.KEEP_POSE, "K", modifiers=_ALT),
    Shortcut(Operators.RESOLVE, "R", modifiers=_ALT),
    Shortcut(Operators.BEFORE_AFTER, "B", modifiers=_ALT),
    Shortcut(Operators.DRAG_CONTACT, "LEFTMOUSE", **_TIME, properties={"deed": "DRAG"}),
    Shortcut(Operators.DRAG_CONTACT, "LEFTMOUSE", "DOUBLE_CLICK", **_TIME, properties={"deed": "ADD"}),
    Shortcut(Operators.DRAG_CONTACT, "X", **_TIME, properties={"deed": "DELETE"}),
    Shortcut(Operators.DRAG_CONTACT, "DEL", **_TIME, properties={"deed": "DELETE"}),
)

_items: list[tuple[Any, Any]] = []


def items() -> list[tuple[Any, Any]]:
    """Every shortcut's keymap and item, as the preferences show them."""
    return list(_items)


def register() -> None:
    config = bpy.context.window_manager.keyconfigs.addon
    if config is None:  # without a window there are no keys
        return
    for one in SHORTCUTS:
        keymap = config.keymaps.new(one.keymap, space_type=one.space)
        held = dict.fromkeys(one.modifiers, True)
        item = keymap.keymap_items.new(one.operator, one.key, one.value, **held)
        for name, value in one.properties.items():
            setattr(item.properties, name, value)
        _items.append((keymap, item))


def unregister() -> None:
    for keymap, item in _items:
        keymap.keymap_items.remove(item)
    _items.clear()
