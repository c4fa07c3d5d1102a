"""The frames between: an FBX file that Blender's exporter wrote of two frames gets the keys of all.

That exporter asks every bone for its place one by one, in every frame; here all are worked out at once. What it wrote
of the two frames says how it writes: where that is not what comes out here, nothing is changed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import fbx_file
from .fbx_file import Record
from .sampling import Sampled, decomposed, eulers

Array = np.ndarray

TICKS = 46186158000  # a second, in FBX's time
WRITTEN = 2  # frames that the file has to hold
_PROPERTIES = ("Lcl Translation", "Lcl Rotation", "Lcl Scaling")
# Where times are kept, and what holds it.
_TIMED = (b"AnimationStack", b"Takes", b"Take", b"Properties70", b"Objects", b"P", b"LocalTime", b"ReferenceTime")
_ROUNDED = 2  # ticks
_CLOSE = (1e-4, 1e-2, 1e-4)  # relative to 1 and more; degrees; relative


def fill(path: Path, sampled: Sampled, node: str, first: int, fps: float) -> bool:
    """Gives the file at ``path``, which holds the first two frames, all of ``sampled``, from time 0 on; ``node``: the
    armature's name, ``first``: the number of the first frame.

    What else is in the file must not move. Whether that was done: False, and the file is as it was, where its own two
    frames are others.
    """
    file = fbx_file.parse(path.read_bytes())
    models = {fbx_file.number(r.values[0]): r for r in file.root.first(b"Objects").all(b"Model")}
    curves = _curves(file.root)
    tracks = _tracks(sampled, models, curves, node)
    if tracks is None:
        return False
    times = np.arange(sampled.frame_count) / fps * TICKS
    clock = fbx_file.of_array("l", times.astype(np.int64))
    counts = fbx_file.of_array("i", np.array([sampled.frame_count]))
    for record, values in tracks:
        record.first(b"KeyTime").values = [clock]
        record.first(b"KeyValueFloat").values = [fbx_file.of_array("f", values)]
        record.first(b"KeyAttrRefCount").values = [counts]
    _move(file.root, {(first + WRITTEN - 1) / fps * TICKS: int(times[-1]), first / fps * TICKS: 0})
    path.write_bytes(fbx_file.write(file))
    return True


def _curves(root: Record) -> dict[tuple[int, str], dict[str, Record]]:
    """By model and property: the curves of X, Y and Z."""
    objects = root.first(b"Objects")
    curves = {fbx_file.number(r.values[0]): r for r in objects.all(b"AnimationCurve")}
    nodes = {fbx_file.number(r.values[0]) for r in objects.all(b"AnimationCurveNode")}
    parts: dict[int, dict[str, Record]] = {}
    owners: dict[int, tuple[int, str]] = {}
    for link in root.first(b"Connections").all(b"C"):
        if len(link.values) < 4:
            continue
        child, parent, name = fbx_file.number(link.values[1]), fbx_file.number(link.values[2]), link.values[3]
        if child in curves:
            parts.setdefault(parent, {})[fbx_file.text(name).removeprefix("d|")] = curves[child]
        elif child in nodes:
            owners[child] = (parent, fbx_file.text(name))
    return {owners[node]: found for node, found in parts.items() if node in owners}


def _tracks(
    sampled: Sampled, models: dict[int, Record], curves: dict[tuple[int, str], dict[str, Record]], node: str
) -> list[tuple[Record, Array]] | None:
    """Every curve of armature and bones with its values (T,); None where the file is not as expected."""
    rows = {name: i for i, name in enumerate(sampled.names)}
    found: dict[int, tuple[int, Record]] = {}
    armature = None
    for model, record in models.items():
        name, kind = fbx_file.text(record.values[1]), fbx_file.text(record.values[2])
        if kind == "LimbNode" and name in rows:
            found[rows[name]] = (model, record)
        elif name == node and kind != "Mesh":
            armature = model
    if armature is None or len(found) != len(rows):
        return None
    written: dict[int, list[Array]] = {}
    for model in (armature, *(m for m, _ in found.values())):
        values = _written(curves, model)
        if values is None:
            return None
        written[model] = values
    tracks: list[tuple[Record, Array]] = []
    local = sampled.against_parents()
    order = [found[row][0] for row in range(len(rows))]
    base = _composed(written[armature])[0] @ np.linalg.inv(sampled.worlds[0])
    for group, matrices in ((order, local), ([armature], (base @ sampled.worlds)[:, None])):
        start = np.radians(np.stack([written[model][1][0] for model in group]))
        place, rotations, scale = decomposed(matrices)
        keys = (place, np.degrees(eulers(rotations, start)), scale)
        for column, model in enumerate(group):
            for name, track, theirs, close in zip(_PROPERTIES, keys, written[model], _CLOSE, strict=True):
                own = track[:, column]
                near = close * np.maximum(1.0, np.abs(theirs)) if name != _PROPERTIES[1] else close
                if np.any(np.abs(own[:WRITTEN] - theirs) > near):
                    return None
                parts = curves[model, name]
                tracks += [(parts[axis], own[:, k]) for k, axis in enumerate("XYZ")]
    return tracks


def _written(curves: dict[tuple[int, str], dict[str, Record]], model: int) -> list[Array] | None:
    """Places, degrees and scales (2, 3) that the file holds of a model; None where it holds other keys."""
    out = []
    for name in _PROPERTIES:
        parts = curves.get((model, name), {})
        values = [_values(parts[axis]) for axis in "XYZ" if axis in parts]
        if len(values) != 3 or any(len(v) != WRITTEN for v in values):
            return None
        out.append(np.stack(values, axis=1))
    return out


def _composed(written: list[Array]) -> Array:
    """(2, 4, 4) of places, degrees about X, Y, Z, and scales."""
    place, degrees, scale = written
    out = np.tile(np.eye(4), (WRITTEN, 1, 1))
    x, y, z = (_about(axis, np.radians(degrees[:, axis])) for axis in range(3))
    out[:, :3, :3] = (z @ y @ x) * scale[:, None, :]
    out[:, :3, 3] = place
    return out


def _about(axis: int, angle: Array) -> Array:
    out = np.tile(np.eye(3), (len(angle), 1, 1))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out[:, i, i] = out[:, j, j] = np.cos(angle)
    out[:, i, j], out[:, j, i] = -np.sin(angle), np.sin(angle)
    return out


def _values(curve: Record) -> Array:
    return fbx_file.array(curve.first(b"KeyValueFloat").values[0]).astype(np.float64)


def _move(record: Record, times: dict[float, int]) -> None:
    """Lets stacks and takes, which begin and end at the times of the two frames, begin and end at others."""
    for child in record.children:
        if child.name in _TIMED:
            child.values = [_moved(value, times) for value in child.values]
            _move(child, times)
    # A start of 0 is not written.
    record.children = [child for child in record.children if not _starts_at_zero(child)]


def _starts_at_zero(record: Record) -> bool:
    if record.name != b"P" or fbx_file.text(record.values[0]) not in ("LocalStart", "ReferenceStart"):
        return False
    return fbx_file.number(record.values[-1]) == 0


def _moved(value: bytes, times: dict[float, int]) -> bytes:
    if value[:1] != b"L":
        return value
    old = fbx_file.number(value)
    return next((fbx_file.of_number(new) for time, new in times.items() if abs(old - time) < _ROUNDED), value)
