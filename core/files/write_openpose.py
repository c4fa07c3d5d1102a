"""Writes a take's 2D landmarks as OpenPose does: one JSON file per frame, BODY_25 and hands, in pixels.

Layout: OpenPose's doc/02_output.md, version 1.3. Points that were not measured are 0, 0, 0. Confidences are the take's:
the probability that a point is within 5 % of the person's size, where OpenPose writes the maximum of a map.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError, CannotWriteError
from ..evaluate.joint_sets import DERIVATIONS, JOINT_SETS
from ..skeleton import HAND_LANDMARKS
from ..take import Take, TakePerson
from ..whole_file import write_whole

Array = NDArray[np.floating]

_OTHER_NAMES = {"left_big_toe": "left_foot_index", "right_big_toe": "right_foot_index"}
_EMPTY = ("face_keypoints_2d", "pose_keypoints_3d", "face_keypoints_3d", "hand_left_keypoints_3d",
          "hand_right_keypoints_3d")  # fmt: skip


def write_openpose(take: Take, path: Path | str) -> list[Path]:
    """Writes the folder ``path``, with a folder per camera where there are several; returns the folders with files.

    Files are named by frame, ``…_000000000000_keypoints.json``. Everybody is in every frame in which anything of them
    was measured, with their id where it is a number. Raises BadInputError where ``path`` has other files in it,
    CannotWriteError.
    """
    target = Path(path)
    if target.is_file() or (target.is_dir() and any(target.iterdir())):
        raise BadInputError(f"{target} is not an empty folder.", "Give the name of a new one.")
    cameras = len(take.cameras.K)
    folders = [target] if cameras == 1 else [target / f"camera{camera + 1}" for camera in range(cameras)]
    for camera, folder in enumerate(folders):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotWriteError(f"Cannot write {folder}: {error.strerror}.", "Choose another folder.") from error
        points = [_parts(person, camera, take.keypoint_names) for person in take.people]
        for frame in range(take.frame_count):
            people = [
                _person(person.id, {key: values[frame] for key, values in parts.items()})
                for person, parts in zip(take.people, points, strict=True)
                if any((values[frame, :, 2] > 0).any() for values in parts.values())
            ]
            text = json.dumps({"version": 1.3, "people": people}, separators=(",", ":"))
            file = folder / f"{target.name}_{frame:012d}_keypoints.json"
            write_whole(file, lambda stream, text=text: stream.write(text.encode()))
    return folders


def _parts(person: TakePerson, camera: int, names: tuple[str, ...]) -> dict[str, Array]:
    """(T, n, 3) by OpenPose's keys: x, y, confidence, zeros where not measured."""
    points = np.asarray(person.keypoints2d[camera], np.float64)
    confidence = np.asarray(person.keypoints2d_confidence[camera], np.float64)
    confidence = np.where(np.isfinite(points).all(-1), np.nan_to_num(confidence), 0.0)
    parts = {"pose_keypoints_2d": JOINT_SETS["BODY_25"]}
    for side in ("left", "right"):
        parts[f"hand_{side}_keypoints_2d"] = tuple(f"{side}_hand_{name}" for name in HAND_LANDMARKS)
    return {
        key: np.stack([_point(name, points, confidence, names) for name in wanted], axis=1)
        for key, wanted in parts.items()
    }


def _point(name: str, points: Array, confidence: Array, names: tuple[str, ...]) -> Array:
    """(T, 3) of one joint; neck and middle of the hips are made of their sides."""
    name = _OTHER_NAMES.get(name, name)
    sources = {name: 1.0} if name in names else DERIVATIONS.get(name, {})
    if not sources or not set(sources) <= set(names):
        return np.zeros((len(points), 3))
    rows = [names.index(source) for source in sources]
    place = np.einsum("k,tkd->td", np.array(list(sources.values())), points[:, rows])
    trust = confidence[:, rows].min(1)
    return np.where(trust[:, None] > 0, np.concatenate([place, trust[:, None]], axis=1), 0.0)


def _person(identity: str, parts: dict[str, Array]) -> dict[str, Any]:
    person: dict[str, Any] = {"person_id": [int(identity) if identity.isdecimal() else -1]}
    for key, values in parts.items():
        hand_missing = key.startswith("hand") and not values[:, 2].any()
        person[key] = [] if hand_missing else np.round(values, 3).reshape(-1).tolist()
    return person | {key: list[float]() for key in _EMPTY}
