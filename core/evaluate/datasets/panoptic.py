"""CMU Panoptic Studio (Joo et al. 2017): people in a dome of cameras. Research use; domedb.perception.cs.cmu.edu.

Layout: the readme of github.com/CMU-Perceptual-Computing-Lab/panoptic-toolbox.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .reading import cameras, choose, existing, inside, integer, key, listed, numbers, read_json, vector

CM = 0.01
FPS = 30000 / 1001
# The studio's y points down; a right-handed world with Z up is (x, z, -y).
WORLD_FROM_STUDIO = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def read(
    path: Path,
    views: tuple[str, ...] | None = None,
    start: int = 0,
    end: int | None = None,
    min_confidence: float = 0.0,
) -> Annotation:
    """A sequence's folder: ``hdPose3d_stage1_coco19/…/body3DScene_<frame>.json`` and ``calibration_<sequence>.json``.

    Bodies: ``id`` and ``joints19`` (19 × x, y, z cm, confidence). Joints with a confidence below ``min_confidence``
    (−1: not reconstructed) are NaN; ``extra['confidence']`` (P,T,19) has it. A person is an ``id``; the data set warns
    that one person may have several. Cameras: ``name``, ``K``, ``distCoef`` (k1 k2 p1 p2 k3), ``R`` and ``t`` cm of
    x_cam = R x + t, ``resolution``; ``views`` names those wanted, by default the HD cameras. ``start`` and ``end``
    choose frame numbers, the end excluded; times are frame / 29.97. ``extra``: ``frame_indices``, ``camera_names``.
    """
    folder = existing(path, "folder")
    files = {_number(file): file for file in folder.glob("hdPose3d_stage1_coco19/**/body3DScene_*.json")}
    indices = sorted(number for number in files if number >= start and (end is None or number < end))
    if not indices:
        raise BadInputError(f"{folder}: no hdPose3d_stage1_coco19/body3DScene_*.json in these frames.", "Unpack them.")
    scenes = [_bodies(files[number]) for number in indices]
    people = sorted({person for scene in scenes for person in scene})
    joints = np.full((len(people), len(indices), 19, 3), np.nan)
    confidence = np.zeros((len(people), len(indices), 19))
    for t, scene in enumerate(scenes):
        for person, points in scene.items():
            p = people.index(person)
            confidence[p, t] = points[:, 3]
            joints[p, t] = points[:, :3] * CM @ WORLD_FROM_STUDIO.T
    joints[confidence < min_confidence] = np.nan
    times = np.array(indices) / FPS
    lens, names = _cameras(inside(folder, "calibration_*.json"), views, times)
    return Annotation(
        name=f"Panoptic {folder.name}",
        joint_names=JOINT_SETS["Panoptic-19"],
        timestamps=times,
        people=tuple(map(str, people)),
        joints=joints,
        frame="world",
        cameras=lens,
        extra={"confidence": confidence, "frame_indices": np.array(indices), "camera_names": np.array(names)},
    )


def _number(file: Path) -> int:
    return int(re.findall(r"\d+", file.stem)[-1])


def _bodies(file: Path) -> dict[int, Any]:
    scene = {}
    for body in listed(key(read_json(file), "bodies", file), "bodies", file):
        person = integer(key(body, "id", file), "id", file)
        scene[person] = vector(key(body, "joints19", f"{file}: body {person}"), 76, "joints19", file).reshape(19, 4)
    return scene


def _cameras(path: Path, views: tuple[str, ...] | None, times: Any) -> Any:
    content = listed(key(read_json(path), "cameras", path), "cameras", path)
    entries = {str(key(entry, "name", path)): entry for entry in content}
    if views is None:
        names = [name for name, entry in entries.items() if entry.get("type", "hd") == "hd"]
    else:
        names = [choose(entries, view, "camera", path) for view in views]
    if not names:
        raise BadInputError(f"{path}: no HD cameras.", f"Name the views of: {', '.join(entries)}.")
    K, R, t, lens, size = [], [], [], [], []
    for name in names:
        where, entry = f"{path}: camera {name}", entries[name]
        K.append(numbers(key(entry, "K", where), (3, 3), "K", where))
        # x_cam = R x_studio + t, and x_studio is the world turned back.
        R.append(numbers(key(entry, "R", where), (3, 3), "R", where) @ WORLD_FROM_STUDIO.T)
        t.append(vector(key(entry, "t", where), 3, "t", where) * CM)
        lens.append(vector(key(entry, "distCoef", where), 5, "distCoef", where))
        size.append(vector(key(entry, "resolution", where), 2, "resolution", where))
    return cameras(times, K, R, t, size, lens), names
