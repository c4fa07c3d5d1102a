"""``--keypoints``: which of the formats a folder or file is in, and what it holds."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np

from ..errors import BadInputError
from ..files.read_openpose import read_openpose
from .coco import is_coco, parse, read_coco
from .detections import NAMES, WHOLE_BODY, Detections
from .telling import tell_body_25

FORMATS: tuple[str, ...] = tuple(NAMES)
_AMBIGUOUS = 25


def find_format(name: str) -> str:
    """The format a user means, whatever the case and the dashes. Raises BadInputError naming the known ones."""
    wanted = _plain(name)
    for known in FORMATS:
        if _plain(known) == wanted:
            return known
    raise BadInputError(f"Unknown --keypoints-format '{name}'.", f"Known: {', '.join(FORMATS)}.")


def read_keypoints(path: Path, format_name: str | None = None) -> Detections:
    """Detections of one camera: a folder of OpenPose's files, one per frame, or a file in one of COCO's layouts.

    ``format_name``: one of ``FORMATS``, else it is told from the file; what was not certain is told in ``told``. Raises
    BadInputError naming the file.
    """
    if not path.exists():
        raise BadInputError(f"There are no keypoints at {path}.", "Check the path.")
    chosen = find_format(format_name) if format_name else None
    coco = _coco_file(path)
    if coco is not None:
        return _read_coco(coco, chosen)
    if chosen in ("COCO-17", WHOLE_BODY):
        raise BadInputError(f"{path} holds no file in COCO's layout.", "Give the .json file itself.")
    if chosen is not None:
        return _of_openpose(path, chosen, ())
    if _count(path) != _AMBIGUOUS:
        return _of_openpose(path, None, ())
    body = read_openpose(path, "BODY_25").body
    name, reason = tell_body_25(path if path.is_dir() else path.parent, body)
    told = f"The {_AMBIGUOUS} points are taken for {name}, {reason} (--keypoints-format says otherwise)."
    return _of_openpose(path, name, (told,))


def _of_openpose(path: Path, joint_set: str | None, told: tuple[str, ...]) -> Detections:
    found = read_openpose(path, joint_set)
    return Detections(found.joint_set, found.frames, found.person_ids, found.body, found.left_hand, found.right_hand,
                      found.face, told=told)  # fmt: skip


def _read_coco(path: Path, chosen: str | None) -> Detections:
    if chosen not in (None, "COCO-17", WHOLE_BODY):
        raise BadInputError(f"{path} is in COCO's layout, not {chosen}.", "Leave out --keypoints-format.")
    found = read_coco(path, parse(path))
    if chosen == WHOLE_BODY and found.joint_set != WHOLE_BODY:
        raise BadInputError(f"{path} has COCO's 17 joints only.", "Give --keypoints-format COCO-17.")
    if chosen == "COCO-17" and found.joint_set == WHOLE_BODY:
        return dataclasses.replace(found, joint_set=chosen, body=found.body[:, :, : len(NAMES[chosen])],
                                   left_hand=None, right_hand=None, face=None)  # fmt: skip
    return found


def _coco_file(path: Path) -> Path | None:
    """The one file of COCO's layout that ``path`` is or holds."""
    files = [path] if path.is_file() else sorted(path.glob("*.json"))
    if len(files) != 1:
        return None
    return files[0] if is_coco(parse(files[0])) else None


def _count(path: Path) -> int:
    """Points of the first person in OpenPose's files; 0 where there is nobody, or it is no such file."""
    for file in [path] if path.is_file() else sorted(path.glob("*.json")):
        try:
            people = json.loads(file.read_text("utf-8"))["people"]
            counts = [len(person["pose_keypoints_2d"]) // 3 for person in people if person.get("pose_keypoints_2d")]
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return 0  # the reader says what is wrong with it
        if counts:
            return counts[0]
    return 0


def _plain(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


def check_places(found: Detections, size: tuple[int, int]) -> None:
    """Raises BadInputError where the points cannot be pixels of a picture of ``size`` (w, h)."""
    points = found.body[found.body[..., 2] > 0][:, :2]
    if not len(points):
        raise BadInputError("The keypoints have nobody in them.", "Check that it is the right folder.")
    if np.abs(points).max() <= 1.5:
        raise BadInputError(
            "The keypoints are not pixels: all lie within 1.5 of the corner.",
            "Write them again in pixels; OpenPose does with --keypoint_scale 0.",
        )
    outside = ((points < -0.1 * np.array(size)) | (points > 1.1 * np.array(size))).any(1).mean()
    if outside > 0.05:
        far = points.max(0)
        raise BadInputError(
            f"{outside:.0%} of the keypoints lie outside a picture of {size[0]}x{size[1]}; they go to "
            f"{far[0]:.0f}, {far[1]:.0f}.",
            "Give the size of the pictures they were found in.",
        )
