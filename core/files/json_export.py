"""JSON for scripts and web pages: the solved motion of a take, without what was only measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..skeleton import CONTACT_POINTS
from ..take import Take, TakePerson
from ..whole_file import write_whole

FORMAT_VERSION = 1


def write_json(take: Take, path: Path | str) -> list[Path]:
    """Writes one object; metres, Z up; rotations are SMPL-H axis-angle in radians. Not measured is null.

    Returns ``[path]``. Raises CannotWriteError.
    """
    cameras = take.cameras
    document = {
        "format": "understudy-motion",
        "version": FORMAT_VERSION,
        "created_with": take.created_with,
        "take_id": take.take_id,
        "models": take.models,
        "units": {"length": "m", "angle": "rad", "time": "s", "up": "z"},
        "fps_nominal": [take.fps_nominal.numerator, take.fps_nominal.denominator],
        "timestamps": np.round(take.timestamps, 6).tolist(),
        "joints": {"names": list(take.joint_names), "parents": list(take.joint_parents)},
        "contact_points": list(CONTACT_POINTS),
        "cameras": [
            {
                "K": _plain(cameras.K[c], 4),
                "distortion": _plain(cameras.distortion[c], 8),
                "size": [int(v) for v in cameras.size[c]],
                "world_from_camera": _plain(cameras.world_from_camera[c], 7),
            }
            for c in range(len(cameras.K))
        ],
        "people": [_person(person) for person in take.people],
    }
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    return [write_whole(Path(path), lambda stream: stream.write(text.encode()))]


def _person(person: TakePerson) -> dict[str, Any]:
    smpl = person.smpl
    return {
        "id": person.id,
        "name": person.name,
        "height": None if np.isnan(person.height) else round(float(person.height), 4),
        "present": [bool(p) for p in person.present],
        "joints_world": _plain(person.joints_world, 5),
        "joints_confidence": _plain(person.joints_confidence, 4),
        "contacts": _plain(person.contacts, 4),
        "smpl": {
            "betas": _plain(smpl.betas, 5),
            "global_orient": _plain(smpl.global_orient, 6),
            "body_pose": _plain(smpl.body_pose, 6),
            "left_hand_pose": _plain(smpl.left_hand_pose, 6),
            "right_hand_pose": _plain(smpl.right_hand_pose, 6),
            "transl": _plain(smpl.transl, 5),
        },
    }


def _plain(values: NDArray[Any], digits: int) -> Any:
    """Nested lists of rounded floats, None for NaN."""
    rounded = np.round(np.asarray(values, np.float64), digits)
    if np.all(np.isfinite(rounded)):
        return rounded.tolist()
    result = rounded.astype(object)
    result[~np.isfinite(rounded)] = None
    return result.tolist()
