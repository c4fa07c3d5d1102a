"""COCO keypoints and COCO-WholeBody from any detector: annotations, results, and MMPose's own listing.

Layouts: a dictionary with ``images`` and ``annotations``; a list of results with ``image_id``, ``keypoints`` and
``score``; a dictionary with ``instance_info``, one entry per frame with ``instances`` of ``keypoints`` (K, 2) and
``keypoint_scores``. Whole bodies (Jin et al. 2020) have 133 points: 17 of the body, 6 of the feet, 68 of the face, 21
of each hand, in one array or in ``foot_kpts``, ``face_kpts``, ``lefthand_kpts`` and ``righthand_kpts``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from .detections import WHOLE_BODY, Detections

Array = NDArray[np.floating]

BODY, FEET, FACE, HAND = 17, 6, 68, 21
WHOLE = BODY + FEET + FACE + 2 * HAND
_EXTRA = (("foot_kpts", FEET), ("face_kpts", FACE), ("lefthand_kpts", HAND), ("righthand_kpts", HAND))
# A listing of results leaves out frames without anybody; numbers in between are such frames where not most are missing.
_MOST_EMPTY = 10

Person = tuple[Array, int]  # (133, 3), track


def read_coco(path: Path, content: Any) -> Detections:
    """Detections of COCO's 17 joints, feet included where the file has whole bodies.

    ``content``: the parsed JSON of ``path``. Raises BadInputError naming the entry that is wrong.
    """
    by_frame: dict[int, list[Person]] = {}
    everything: list[int] = []
    if isinstance(content, dict) and "instance_info" in content:
        for number, frame, instance in _instances(path, content["instance_info"], everything):
            where = f"{path}: person {number}"
            by_frame.setdefault(frame, []).append((_instance_points(instance, where), _track(instance)))
    else:
        entries, frames = _entries(path, content, everything)
        flags = _are_flags(entries)
        for number, entry in enumerate(entries):
            where = f"{path}: entry {number}"
            frame = frames(entry, where)
            by_frame.setdefault(frame, []).append((_points(entry, where, flags), _track(entry)))
    numbers = sorted({*everything, *by_frame})
    if not by_frame:
        raise BadInputError(f"{path} has nobody in it.", "Check that it is the right file.")
    if not everything and numbers[-1] - numbers[0] < _MOST_EMPTY * len(numbers):
        numbers = list(range(numbers[0], numbers[-1] + 1))
    most = max(map(len, by_frame.values()))
    points = np.full((len(numbers), most, WHOLE, 3), np.nan)
    points[..., 2] = 0.0
    ids = np.full((len(numbers), most), -1)
    for t, frame in enumerate(numbers):
        for n, (person, track) in enumerate(by_frame.get(frame, ())):
            found = np.isfinite(person).all(-1) & (person[:, 2] > 0)
            points[t, n, found] = person[found]
            ids[t, n] = track
    return _split(np.array(numbers), ids, points)


def is_coco(content: Any) -> bool:
    """Whether parsed JSON looks like one of the layouts."""
    if isinstance(content, dict):
        return "annotations" in content or "instance_info" in content
    return isinstance(content, list) and bool(content) and isinstance(content[0], dict) and "keypoints" in content[0]


def _split(numbers: NDArray[np.integer], ids: NDArray[np.integer], points: Array) -> Detections:
    found = points[..., 2] > 0
    feet, face, left, right = np.split(np.arange(BODY, WHOLE), np.cumsum([FEET, FACE, HAND]))
    whole = found[..., BODY:].any()
    body = np.concatenate([np.arange(BODY), feet]) if whole else np.arange(BODY)

    def part(rows: NDArray[np.integer]) -> Array | None:
        return points[..., rows, :] if found[..., rows].any() else None

    return Detections(
        WHOLE_BODY if whole else "COCO-17", numbers, ids, points[..., body, :], part(left), part(right),
        part(face), openpose=False,
    )  # fmt: skip


def _entries(path: Path, content: Any, everything: list[int]) -> tuple[list[dict[str, Any]], Any]:
    """People, and a function that gives an entry's frame; ``everything`` gets the frames that are known to exist."""
    if isinstance(content, dict):
        entries, images = content.get("annotations"), content.get("images")
    else:
        entries, images = content, None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadInputError(f"{path} has no list of people.", "Is it COCO's layout?")
    entries = [entry for entry in entries if not entry.get("iscrowd")]
    names: dict[Any, int] = {}
    for image in images or ():
        if not isinstance(image, dict) or "id" not in image:
            raise BadInputError(f"{path}: an image without an id.", "Is it COCO's layout?")
        names[image["id"]] = _number(image.get("file_name", image["id"]), f"{path}: image {image['id']}")
    everything += names.values()
    if len(set(everything)) != len(everything):
        raise BadInputError(f"{path}: two images have the same number in their names.", "Give one camera's frames.")

    def frame(entry: dict[str, Any], where: str) -> int:
        if "image_id" not in entry:
            raise BadInputError(f"{where} has no image_id.", "Is it COCO's layout?")
        picture = entry["image_id"]
        if names and picture not in names:
            raise BadInputError(f"{where}: there is no image {picture}.", "Give the whole file.")
        return names[picture] if names else _number(picture, where)

    return entries, frame


def _instances(path: Path, frames: Any, everything: list[int]) -> Iterable[tuple[int, int, dict[str, Any]]]:
    number = 0
    for entry in frames if isinstance(frames, list) else ():
        instances = entry.get("instances") if isinstance(entry, dict) else None
        if not isinstance(instances, list) or type(entry.get("frame_id")) is not int:
            raise BadInputError(f"{path}: a frame without frame_id or instances.", "Is it MMPose's listing?")
        everything.append(entry["frame_id"])
        for instance in instances:
            yield number, entry["frame_id"], instance
            number += 1


def _instance_points(instance: Any, where: str) -> Array:
    try:
        places = np.asarray(instance["keypoints"], float)
        scores = np.asarray(instance.get("keypoint_scores", np.ones(len(places))), float)
        points = np.concatenate([places.reshape(len(scores), 2), scores[:, None]], axis=1)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadInputError(f"{where} has no keypoints of x, y ({error}).", "Is it MMPose's listing?") from error
    return _whole(points, where)


def _points(entry: dict[str, Any], where: str, flags: bool) -> Array:
    """(133, 3), NaN where the entry has none."""
    points = _whole(_triples(entry.get("keypoints"), "keypoints", where), where)
    row = BODY
    for key, count in _EXTRA:
        if entry.get(key) is not None:
            part = _triples(entry[key], key, where)
            if len(part) != count:
                raise BadInputError(f"{where}: {key} has {len(part)} points of {count}.", "Is it COCO-WholeBody?")
            points[row : row + count] = part
        row += count
    if flags:  # labelled but hidden: somebody's guess
        points[:, 2] = np.where(points[:, 2] == 1, 0.5, np.where(points[:, 2] == 2, 1.0, points[:, 2]))
    return points


def _whole(points: Array, where: str) -> Array:
    if len(points) not in (BODY, BODY + FEET, WHOLE):
        message = f"{where} has {len(points)} points; COCO has {BODY}, whole bodies {WHOLE}."
        raise BadInputError(message, "Other sets are not understood.")
    out = np.full((WHOLE, 3), np.nan)
    out[: len(points)] = points
    return out


def _triples(values: Any, key: str, where: str) -> Array:
    try:
        return np.asarray(values, float).reshape(-1, 3)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{where}: {key} is not a list of x, y, score.", "Is it COCO's layout?") from error


def _are_flags(entries: list[dict[str, Any]]) -> bool:
    """Annotations say 0, 1 or 2 where results have scores."""
    seen: set[float] = set()
    for entry in entries:
        seen.update(value for value in (entry.get("keypoints") or ())[2::3] if isinstance(value, (int, float)))
    return seen <= {0, 1, 2} and 2 in seen


def _track(entry: dict[str, Any]) -> int:
    value = entry.get("track_id", -1)
    return value if type(value) is int else -1


def _number(name: Any, where: str) -> int:
    """A frame's number: an id, or the last number in a file's name."""
    if type(name) is int:
        return name
    found = re.findall(r"\d+", Path(str(name)).stem)
    if not found:
        raise BadInputError(f"{where}: {name!r} has no number to order it by.", "Number the frames' files.")
    return int(found[-1])


def parse(path: Path) -> Any:
    """The JSON of a file. Raises BadInputError."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInputError(f"{path} is not readable JSON ({error}).", "Write it again.") from error
