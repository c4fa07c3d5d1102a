"""MPII Human Pose (Andriluka et al. 2014): pictures of everyday activities. Research use; mpi-inf.mpg.de."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from .pictures import Person, collection
from .reading import existing, key, numbers, read_json, read_mat, vector


def read(path: Path, hidden: str = "keep") -> Annotation:
    """``mpii_human_pose_v1_u12_1.mat``, or the json that HRNet and its kin use (a list of people).

    mat: ``RELEASE.annolist(i)`` with ``image.name`` and ``annorect(j)``: ``annopoints.point(k)`` (x, y, id,
    is_visible), ``scale``, ``objpos``, head box ``x1 y1 x2 y2``; people without points are left out. json: ``image``,
    ``joints`` (16,2), ``joints_vis`` (16; 0: not annotated), ``scale``, ``center``. Both count pixels from 1; here
    from 0.
    ``hidden='mask'`` makes joints that the mat marks invisible NaN; the published PCKh counts them. ``extra``:
    ``images`` (T,), ``scale`` (P,T), ``center`` (P,T,2), of the mat ``head_box`` (P,T,4), and ``occluded`` (P,T,16).
    """
    source = existing(path)
    people = _from_mat(source) if source.suffix == ".mat" else _from_json(source)
    return collection("MPII", "MPII-16", people, hidden)


def _from_json(source: Path) -> list[tuple[str, list[Person]]]:
    content = read_json(source)
    if not isinstance(content, list):
        raise BadInputError(f"{source} is not a list of people.", "Use the json of HRNet's MPII annotations.")
    grouped: dict[str, list[Person]] = {}
    for number, entry in enumerate(content):
        where = f"{source}: entry {number}"
        points = numbers(key(entry, "joints", where), (16, 2), "joints", where) - 1
        points[vector(key(entry, "joints_vis", where), 16, "joints_vis", where) <= 0] = np.nan
        other = {
            "scale": vector(entry.get("scale", np.nan), 1, "scale", where)[0],
            "center": vector(entry.get("center", [np.nan] * 2), 2, "center", where) - 1,
        }
        person = Person(points, np.zeros(16, bool), other)
        grouped.setdefault(str(key(entry, "image", where)), []).append(person)
    return list(grouped.items())


def _from_mat(source: Path) -> list[tuple[str, list[Person]]]:
    release = _first(key(read_mat(source), "RELEASE", source))
    found = []
    for number, image in enumerate(np.ravel(_field(release, "annolist", source))):
        where = f"{source}: annolist({number + 1})"
        people = [
            person
            for entry in np.ravel(_field(image, "annorect", where))
            if (person := _person(entry, where)) is not None
        ]
        if people:
            found.append((str(np.ravel(_field(_first(_field(image, "image", where)), "name", where))[0]), people))
    return found


def _person(entry: Any, where: str) -> Person | None:
    points_struct = _first(_optional(entry, "annopoints"))
    if points_struct is None or _optional(points_struct, "point") is None:
        return None
    points, hidden = np.full((16, 2), np.nan), np.zeros(16, bool)
    for point in np.ravel(points_struct["point"]):
        joint = int(_number(_field(point, "id", where), "id", where))
        if not 0 <= joint < 16:
            raise BadInputError(f"{where}: joint id {joint}.", "MPII has 0 to 15.")
        points[joint] = [_number(_field(point, axis, where), axis, where) - 1 for axis in "xy"]
        visible = np.ravel(_optional(point, "is_visible"))  # a number, a digit, or nothing for parts of the head
        hidden[joint] = visible.size > 0 and str(visible[0]) in ("0", "0.0")
    place = _first(_optional(entry, "objpos"))
    centre = [np.nan] * 2 if place is None else [_number(_field(place, axis, where), axis, where) - 1 for axis in "xy"]
    sides = [_optional(entry, side) for side in ("x1", "y1", "x2", "y2")]
    box = [np.nan if np.size(side) == 0 or side is None else _number(side, "head box", where) - 1 for side in sides]
    size = _optional(entry, "scale")
    scale = np.nan if size is None or np.size(size) == 0 else _number(size, "scale", where)
    other = {"scale": scale, "center": np.array(centre), "head_box": np.array(box)}
    return Person(points, hidden, other)


def _first(value: Any) -> Any:
    """The struct in an array of one; None for an empty array."""
    array = np.asarray(value)
    return array.ravel()[0] if array.size and array.dtype.names is not None else None


def _optional(struct: Any, name: str) -> Any:
    return struct[name] if struct is not None and name in (struct.dtype.names or ()) else None


def _field(struct: Any, name: str, where: object) -> Any:
    value = _optional(struct, name)
    if value is None:
        raise BadInputError(f"{where}: no '{name}'.", "Use the published file.")
    return value


def _number(value: Any, name: str, where: str) -> float:
    return float(vector(value, 1, name, where)[0])
