"""The frames between: a glTF file that Blender's exporter wrote of two frames gets the keys of all; see fbx_fill.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .glb import read_glb, write_glb
from .sampling import Sampled, decomposed, quaternions

Array = np.ndarray

WRITTEN = 2
_WIDTHS = {"translation": 3, "rotation": 4, "scale": 3}
_KINDS = {1: "SCALAR", 3: "VEC3", 4: "VEC4"}
_FLOAT = 5126
_CLOSE = 1e-4  # relative to 1 and more
# Blender's axes to glTF's: x, y, z becomes x, z, −y.
_Y_UP: Array = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])


def fill(path: Path, sampled: Sampled, node: str, fps: float) -> bool:
    """Gives the file at ``path``, which holds the first two frames, all of ``sampled``; ``node``: the armature's name.

    What else is in the file must not move. Whether that was done: False, and the file is as it was, where its own two
    frames are others.
    """
    document, data = read_glb(path)
    animations = document.get("animations", [])
    nodes = _nodes(document, sampled.names, node)
    if len(animations) != 1 or nodes is None:
        return False
    [animation] = animations
    tracks = _values(sampled)
    wanted = []
    for channel in animation["channels"]:
        target, sampler = channel["target"], animation["samplers"][channel["sampler"]]
        row, name = nodes.get(target.get("node")), target["path"]
        if row is None or name not in _WIDTHS or sampler.get("interpolation") == "CUBICSPLINE":
            return False
        own = tracks[name][:, row]
        theirs = _read(document, data, sampler["output"], _WIDTHS[name])
        if len(theirs) != WRITTEN or not _alike(own[:WRITTEN], theirs, name):
            return False
        # A quaternion and its opposite are one turn: the file's own sign goes on.
        wanted.append(own if name != "rotation" or own[0] @ theirs[0] >= 0 else -own)
    if len(wanted) != 3 * len(sampled.names) and len(wanted) != 3 * (len(sampled.names) + 1):
        return False
    buffer = _Buffer(document, data, animation)
    clock = buffer.add(np.arange(sampled.frame_count)[:, None] / fps)
    outputs = [buffer.add(values) for values in wanted]
    animation["samplers"] = [{"input": clock, "output": output, "interpolation": "LINEAR"} for output in outputs]
    for number, channel in enumerate(animation["channels"]):
        channel["sampler"] = number
    write_glb(path, document, buffer.done())
    return True


def _nodes(document: dict[str, Any], names: tuple[str, ...], node: str) -> dict[int, int] | None:
    """Row of each node among the bones, that of the armature after them; None where the file's nodes are others."""
    nodes = document["nodes"]
    for number, entry in enumerate(nodes):
        if entry.get("name") != node:
            continue
        below = list(entry.get("children", []))
        found: dict[int, int] = {}
        while below:
            child = below.pop()
            name = nodes[child].get("name")
            if name in names and "mesh" not in nodes[child]:
                found[child] = names.index(name)
                below += nodes[child].get("children", [])
        if len(found) == len(names):
            return {**found, number: len(names)}
    return None


def _values(sampled: Sampled) -> dict[str, Array]:
    """By path: (T, B + 1, 3 or 4) of bones against their parents, and of the armature."""
    local = sampled.against_parents()
    roots = sampled.parents < 0
    local[:, roots] = _Y_UP @ local[:, roots]
    whole = np.concatenate([local, (_Y_UP @ sampled.worlds @ _Y_UP.T)[:, None]], axis=1)
    place, turns, scale = decomposed(whole)
    return {"translation": place, "rotation": quaternions(turns)[..., [1, 2, 3, 0]], "scale": scale}


def _read(document: dict[str, Any], data: bytearray, index: int, width: int) -> Array:
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    return np.frombuffer(data, "<f4", accessor["count"] * width, start).reshape(-1, width).astype(np.float64)


def _alike(own: Array, theirs: Array, name: str) -> bool:
    if name == "rotation":  # by the chord, which keeps its digits near zero
        apart = np.minimum(np.linalg.norm(own - theirs, axis=1), np.linalg.norm(own + theirs, axis=1))
        return bool(np.all(apart <= _CLOSE))
    return bool(np.all(np.abs(own - theirs) <= _CLOSE * np.maximum(1.0, np.abs(theirs))))


class _Buffer:
    """The file's one buffer laid out anew, without what only its animation used, and with more arrays behind."""

    def __init__(self, document: dict[str, Any], data: bytearray, animation: dict[str, Any]) -> None:
        self._document = document
        dropped = {s[key] for s in animation["samplers"] for key in ("input", "output")} - set(_used(document))
        accessors = [a for i, a in enumerate(document["accessors"]) if i not in dropped]
        moved = {old: new for new, old in enumerate(i for i in range(len(document["accessors"])) if i not in dropped)}
        for holder, key in _references(document):
            holder[key] = moved[holder[key]]
        views = sorted({a["bufferView"] for a in accessors if "bufferView" in a} | {i["bufferView"] for i in
                       document.get("images", []) if "bufferView" in i})  # fmt: skip
        self._parts: list[bytes] = []
        self._length = 0
        kept = []
        for view in (document["bufferViews"][number] for number in views):
            start = view.get("byteOffset", 0)
            kept.append({**view, "byteOffset": self._append(bytes(data[start : start + view["byteLength"]]))})
        place = {old: new for new, old in enumerate(views)}
        for holder in (*accessors, *document.get("images", [])):
            if "bufferView" in holder:
                holder["bufferView"] = place[holder["bufferView"]]
        document["accessors"], document["bufferViews"] = accessors, kept

    def add(self, values: Array) -> int:
        """A new accessor of ``values`` (N, 1, 3 or 4)."""
        array = np.ascontiguousarray(values, "<f4")
        start = self._append(array.tobytes())
        self._document["bufferViews"].append({"buffer": 0, "byteOffset": start, "byteLength": array.nbytes})
        bounds = (
            {"min": [float(array.min())], "max": [float(array.max())]} if array.shape[1] == 1 else {}
        )  # readers take the animation's length from them
        accessor = {"bufferView": len(self._document["bufferViews"]) - 1, "componentType": _FLOAT,
                    "count": len(array), "type": _KINDS[array.shape[1]], **bounds}  # fmt: skip
        self._document["accessors"].append(accessor)
        return len(self._document["accessors"]) - 1

    def done(self) -> bytes:
        self._document["buffers"][0]["byteLength"] = self._length
        return b"".join(self._parts)

    def _append(self, part: bytes) -> int:
        start = self._length
        part += b"\x00" * (-len(part) % 4)
        self._parts.append(part)
        self._length += len(part)
        return start


def _references(document: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Where accessors are named, animations apart."""
    found: list[tuple[dict[str, Any], str]] = []
    for mesh in document.get("meshes", []):
        for primitive in mesh["primitives"]:
            for table in (primitive["attributes"], *primitive.get("targets", [])):
                found += [(table, key) for key in table]
            if "indices" in primitive:
                found.append((primitive, "indices"))
    found += [(skin, "inverseBindMatrices") for skin in document.get("skins", []) if "inverseBindMatrices" in skin]
    return found


def _used(document: dict[str, Any]) -> list[int]:
    return [holder[key] for holder, key in _references(document)]
