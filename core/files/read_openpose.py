"""Reads the JSON files of OpenPose, one per frame, and of programs that write the same.

Each file has ``people``; each person ``pose_keypoints_2d`` [x, y, confidence, …] in pixels, and may have
``hand_left_keypoints_2d``, ``hand_right_keypoints_2d`` (21 each) and ``face_keypoints_2d`` (70). 0, 0, 0 stands for a
point that was not found (https://github.com/CMU-Perceptual-Computing-Lab/openpose, doc/02_output.md).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError

Array = NDArray[np.floating]

# By the number of points; BODY_25B has 25 too and must be asked for.
BODIES: dict[int, str] = {25: "BODY_25", 18: "COCO-18", 15: "MPI-15"}
COUNTS: dict[str, int] = {**{name: count for count, name in BODIES.items()}, "BODY_25B": 25}
HAND, FACE = 21, 70
_PARTS = {
    "pose_keypoints_2d": "body",
    "hand_left_keypoints_2d": "left_hand",
    "hand_right_keypoints_2d": "right_hand",
    "face_keypoints_2d": "face",
}


@dataclass(frozen=True)
class OpenPose:
    """Detections of one camera: T files with at most N people each, in the order of the files.

    Points (T,N,·,3) are x, y in pixels and confidence; NaN, NaN, 0 where not found. ``body`` has the joints of
    ``joint_set``; hands 21, face 70 points, or None where no file has any. A row of N is a detection, not a person:
    OpenPose does not follow people unless ``person_ids`` (T,N) says so (−1: it does not). ``frames`` (T,): the last
    number in each file's name.
    """

    joint_set: str
    frames: NDArray[np.integer]
    person_ids: NDArray[np.integer]
    body: Array
    left_hand: Array | None
    right_hand: Array | None
    face: Array | None


def read_openpose(path: Path | str, joint_set: str | None = None) -> OpenPose:
    """A folder of JSON files, or one file. ``joint_set`` is told from the number of points unless given.

    Raises BadInputError naming the file and the key, and when files of one folder disagree about the joint set.
    """
    source = Path(path)
    if joint_set is not None and joint_set not in COUNTS:
        raise BadInputError(f"OpenPose has no joint set {joint_set!r}.", f"Known: {', '.join(COUNTS)}.")
    numbered = sorted((_frame_number(file), file) for file in _files(source))
    frames = [number for number, _ in numbered]
    if len(set(frames)) != len(frames):
        raise BadInputError(f"{source}: two files have the same frame number.", "Give the files of one camera only.")
    people = [_people(file) for _, file in numbered]
    counts = {part: _count(people, numbered, key, part, joint_set) for key, part in _PARTS.items()}
    if counts["body"] is None and joint_set is None:
        raise BadInputError(f"{source}: no file has a person.", "Name the joint set.")
    name = joint_set or BODIES[counts["body"] or 0]
    counts["body"] = COUNTS[name]
    most = max((len(persons) for persons in people), default=0)
    ids = np.full((len(people), most), -1)
    points = {part: _empty(len(people), most, count) for part, count in counts.items()}
    for t, persons in enumerate(people):
        for n, person in enumerate(persons):
            ids[t, n] = _person_id(person)
            for key, part in _PARTS.items():
                array = points[part]
                if array is not None and person.get(key):
                    values = np.asarray(person[key], float).reshape(-1, 3)
                    found = values[:, 2] > 0
                    array[t, n, found] = values[found]
    return OpenPose(name, np.array(frames), ids, points["body"], points["left_hand"], points["right_hand"],
                    points["face"])  # fmt: skip


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise BadInputError(f"There is no OpenPose output at {source}.", "Check the path.")
    files = [file for file in source.iterdir() if file.suffix == ".json"]
    if not files:
        raise BadInputError(f"{source} holds no .json files.", "Give the folder of one camera.")
    return files


def _frame_number(file: Path) -> int:
    numbers = re.findall(r"\d+", file.stem)
    return int(numbers[-1]) if numbers else 0


def _people(file: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInputError(f"{file} is not readable JSON ({error}).", "Run OpenPose again for this frame.") from error
    people = content.get("people") if isinstance(content, dict) else None
    if not isinstance(people, list) or not all(isinstance(person, dict) for person in people):
        raise BadInputError(f"{file} has no list 'people'.", "Is it OpenPose's output?")
    return [person for person in people if person]  # an empty one keeps somebody's place in files sorted by person


def _person_id(person: dict[str, Any]) -> int:
    value = person.get("person_id", -1)
    if isinstance(value, list):
        value = value[0] if value else -1
    return value if type(value) is int else -1


def _count(
    people: list[list[dict[str, Any]]], numbered: list[tuple[int, Path]], key: str, part: str, joint_set: str | None
) -> int | None:
    """How many points a part has, the same in all files; None where no person has any."""
    known = {"body": set(BODIES), "left_hand": {HAND}, "right_hand": {HAND}, "face": {FACE}}[part]
    if part == "body" and joint_set is not None:
        known = {COUNTS[joint_set]}
    found: int | None = None
    for (_, file), persons in zip(numbered, people, strict=True):
        for person in persons:
            values = person.get(key)
            if part == "body" and not isinstance(values, list):
                raise BadInputError(f"{file}: a person has no '{key}'.", "Is it OpenPose's output?")
            if not values:
                continue
            if not isinstance(values, list) or not all(type(v) in (int, float) for v in values):
                raise BadInputError(f"{file}: '{key}' is not a list of numbers.", "Is it OpenPose's output?")
            if len(values) % 3 or len(values) // 3 not in known:
                wanted = " or ".join(str(3 * count) for count in sorted(known))
                raise BadInputError(f"{file}: '{key}' has {len(values)} numbers, expected {wanted}.", "")
            if found not in (None, len(values) // 3):
                raise BadInputError(
                    f"{file}: '{key}' has {len(values)} numbers, other files {3 * (found or 0)}.",
                    "Give the output of one OpenPose model.",
                )
            found = len(values) // 3
    return found


def _empty(frames: int, people: int, count: int | None) -> Any:
    if count is None:
        return None
    points = np.full((frames, people, count, 3), np.nan)
    points[..., 2] = 0.0
    return points
