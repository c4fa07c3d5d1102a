"""Everything that a Blender file holds and how it stands, as values that can be compared. Needs bpy."""

from __future__ import annotations

import hashlib
from typing import Any

import bpy
import numpy as np

# What Blender keeps of itself, not of the file: windows and their layout, and the time of the last evaluation.
_OWN = {"window_managers", "screens", "workspaces", "libraries", "version", "filepath", "is_saved", "is_dirty"}
_RUNTIME = {"rna_type", "depsgraph", "session_uid", "original", "is_evaluated", "tag", "is_runtime_data", "preview"}
_BREAKS = {"uv_sculpt"}  # reading its brush ends Blender 4.2
_BULK = 200  # items from which a collection is taken by its numbers alone
_MANY = {
    "keyframe_points": ("co", "handle_left", "handle_right", "interpolation"),
    "vertices": ("co",),
    "loops": ("vertex_index",),
    "polygons": ("loop_start",),
    "edges": ("vertices",),
}


# What was walked already: structures name one another all around.
_seen: set[tuple[type, int]] = set()


def state() -> dict[str, Any]:
    """By path, such as ``objects["a"].location``: names, users and values of all datablocks, and of the context."""
    found: dict[str, Any] = {}
    _seen.clear()
    # What follows from the rest, such as bounds, is worked out when it is first needed.
    bpy.context.view_layer.update()
    for kind in bpy.data.bl_rna.properties.keys():  # noqa: SIM118
        if kind in _OWN | _RUNTIME:
            continue
        blocks = getattr(bpy.data, kind)
        if isinstance(blocks, bpy.types.bpy_prop_collection):
            found[kind] = [(block.name_full, block.users, block.use_fake_user) for block in blocks]
            for block in blocks:
                _walk(block, f'{kind}["{block.name_full}"]', found, 0)
    layer = bpy.context.view_layer
    found["context"] = {
        "scene": bpy.context.scene.name,
        "mode": bpy.context.mode,
        "active": layer.objects.active.name if layer.objects.active else None,
        "selected": [ob.name for ob in layer.objects if ob.select_get()],
        "hidden": [ob.name for ob in layer.objects if ob.hide_get()],
        "windows": [window.scene.name for window in bpy.context.window_manager.windows],
        "handlers": {name: len(getattr(bpy.app.handlers, name)) for name in dir(bpy.app.handlers)
                     if isinstance(getattr(bpy.app.handlers, name), list)},
    }  # fmt: skip
    return found


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The paths whose values differ, and both values."""
    gone = object()
    return [
        f"{path}: {before.get(path)!r} -> {after.get(path)!r}"
        for path in sorted(before.keys() | after.keys())
        if before.get(path, gone) != after.get(path, gone)
    ]


def _walk(holder: Any, path: str, found: dict[str, Any], depth: int) -> None:
    mark = (type(holder), holder.as_pointer())
    if mark in _seen:
        return
    _seen.add(mark)
    for name in holder.bl_rna.properties.keys():  # noqa: SIM118
        if name in _RUNTIME | _BREAKS:
            continue
        try:
            value = getattr(holder, name)
        except (AttributeError, RuntimeError, UnicodeDecodeError, ValueError):
            continue
        place = f"{path}.{name}"
        if isinstance(value, bpy.types.bpy_prop_collection):
            _collection(value, place, found, depth)
        elif isinstance(value, bpy.types.ID):
            found[place] = (type(value).__name__, value.name_full)
            if value.is_embedded_data:
                _walk(value, place, found, depth + 1)
        elif isinstance(value, bpy.types.bpy_struct):
            if depth < 6 and value != holder:
                _walk(value, place, found, depth + 1)
        else:
            found[place] = _plain(value)
    try:
        own = list(holder.keys())
    except (AttributeError, TypeError):  # a type without custom properties
        return
    for key in own:
        found[f'{path}["{key}"]'] = _plain(holder[key])


def _collection(items: Any, place: str, found: dict[str, Any], depth: int) -> None:
    name = place.rpartition(".")[2]
    found[f"{place}.length"] = len(items)
    if name in _MANY:
        for attribute in _MANY[name]:
            found[f"{place}.{attribute}"] = _numbers(items, attribute)
    elif len(items) < _BULK and depth < 6:
        for i, item in enumerate(items):
            if isinstance(item, bpy.types.ID):
                found[f"{place}[{i}]"] = item.name_full
            elif item is not None:
                _walk(item, f"{place}[{i}]", found, depth + 1)


def _numbers(items: Any, attribute: str) -> str:
    if not len(items):
        return ""
    kind = items[0].bl_rna.properties[attribute]
    whole = kind.type in ("INT", "ENUM", "BOOLEAN")
    size = max(1, getattr(kind, "array_length", 0)) * len(items)
    flat = np.empty(size, np.int32 if whole else np.float32)
    items.foreach_get(attribute, flat)
    return hashlib.sha256(flat.tobytes()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, (str, int, float, bool, bytes, type(None))):
        return value
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, bpy.types.ID):
        return value.name_full
    if hasattr(value, "to_list"):
        return value.to_list()
    if hasattr(value, "__len__") and hasattr(value, "__getitem__") and not hasattr(value, "keys"):
        return tuple(_plain(value[i]) for i in range(len(value)))
    return type(value).__name__
