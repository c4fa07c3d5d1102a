"""Campus and Shelf (Belagiannis et al. 2014): three or four people before three or five fixed cameras. Research use;
campar.in.tum.de."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .reading import (
    MM,
    cameras,
    existing,
    in_order,
    key,
    numbers,
    picture_numbers,
    pinhole,
    read_json,
    read_mat,
    vector,
)

Array = NDArray[np.floating]

# Frames that the published figures are measured on, counted from 0, the end excluded.
TEST_FRAMES = {"campus": ((350, 471), (650, 751)), "shelf": ((300, 600),)}


def read_campus(path: Path, test_frames: bool = False) -> Annotation:
    """As ``read_shelf``, with Campus' own test frames 350–470 and 650–750."""
    return _read(path, "Campus", TEST_FRAMES["campus"] if test_frames else None)


def read_shelf(path: Path, test_frames: bool = False) -> Annotation:
    """The data set's folder: ``actorsGT.mat`` and its cameras; ``test_frames`` keeps frames 300–599 only.

    ``actor3D{person}{frame}`` is (14,3) m in a Z-up world, empty where the person is not annotated (NaN here). Cameras
    are ``calibration_*.json`` where there is one, as VoxelPose has it (R, T mm of x_cam = R (x − T), fx, fy, cx, cy, k,
    p), else the ``P*.txt`` of ``Calibration`` (3×4, metres), else none. Frames are numbered, and keep their numbers.
    """
    return _read(path, "Shelf", TEST_FRAMES["shelf"] if test_frames else None)


def _read(path: Path, title: str, ranges: tuple[tuple[int, int], ...] | None) -> Annotation:
    folder = existing(path, "folder")
    source = folder / "actorsGT.mat"
    actors = _cell(key(read_mat(source), "actor3D", source))
    if not len(actors) or any(actor.dtype != object for actor in map(_cell, actors)):
        raise BadInputError(f"{source}: 'actor3D' is not a cell array of people and frames.", "Use the published file.")
    counts = {len(_cell(actor)) for actor in actors}
    if len(counts) != 1:
        raise BadInputError(f"{source}: people have {sorted(counts)} frames.", "Use the published file.")
    frames = counts.pop()
    joints = np.full((len(actors), frames, 14, 3), np.nan)
    for p, actor in enumerate(actors):
        for t, value in enumerate(_cell(actor)):
            pose = _numeric(value)
            if pose.size > 3:  # empty, or one number, where the person is not there
                joints[p, t] = numbers(pose, (14, 3), f"actor3D{{{p + 1}}}{{{t + 1}}}", source)
    keep = np.arange(frames)
    if ranges is not None:
        if frames < ranges[-1][1]:
            raise BadInputError(f"{source}: {frames} frames, the test frames end at {ranges[-1][1] - 1}.", "")
        keep = np.concatenate([np.arange(*bounds) for bounds in ranges])
    times = picture_numbers(frames)[keep]
    return Annotation(
        name=title,
        joint_names=JOINT_SETS["Shelf-14"],
        timestamps=times,
        people=tuple(str(p + 1) for p in range(len(actors))),
        joints=joints[:, keep],
        frame="world",
        cameras=_cameras(folder, times),
    )


def _cell(value: Any) -> Any:
    """The entries of a cell array (1,n) or (n,1), out of cells that hold only another cell."""
    array = np.asarray(value)
    while array.dtype == object and array.size == 1 and np.asarray(array.flat[0]).dtype == object:
        array = np.asarray(array.flat[0])
    return array.ravel()


def _numeric(value: Any) -> Array:
    array = np.asarray(value)
    while array.dtype == object and array.size == 1:
        array = np.asarray(array.flat[0])
    return array if array.dtype != object else np.zeros(0)


def _cameras(folder: Path, times: Array) -> Any:
    files = sorted(folder.glob("calibration_*.json"))
    if files:
        return _from_json(files[0], times)
    matrices = sorted(folder.glob("Calibration/P*.txt"))
    if not matrices:
        return None
    K, R, t = zip(*(decompose(_projection(file), file) for file in matrices), strict=True)
    return cameras(times, K, R, t)


def _from_json(path: Path, times: Array) -> Any:
    content = read_json(path)
    K, R, t, lens = [], [], [], []
    for name in in_order(content, "cameras", path):
        where, entry = f"{path}: camera {name}", content[name]

        def take(part: str, size: int, where: str = where, entry: Any = entry) -> Array:
            return vector(key(entry, part, where), size, part, where)

        rotation = numbers(key(entry, "R", where), (3, 3), "R", where)
        position, radial, tangential = take("T", 3) * MM, take("k", 3), take("p", 2)
        fx, fy, cx, cy = (take(part, 1)[0] for part in ("fx", "fy", "cx", "cy"))
        K.append(pinhole((fx, fy), (cx, cy)))
        R.append(rotation)
        t.append(-rotation @ position)
        lens.append([radial[0], radial[1], tangential[0], tangential[1], radial[2]])
    return cameras(times, K, R, t, distortion=lens)


def _projection(file: Path) -> Array:
    try:
        rows = [line.replace(",", " ").split() for line in file.read_text("utf-8").splitlines() if line.strip()]
        values = [[float(word) for word in row] for row in rows]
    except (OSError, ValueError) as error:
        raise BadInputError(f"{file} is not a matrix of numbers ({error}).", "Use the published file.") from error
    return numbers(values, (3, 4), "P", file)


def decompose(P: Array, where: object) -> tuple[Array, Array, Array]:
    """K, R, t of P (3,4) ~ K [R | t] with positive focal lengths and det R = 1 (Hartley and Zisserman 2004, 6.2.4)."""
    from scipy.linalg import rq

    if abs(np.linalg.det(P[:, :3])) < 1e-12 * np.abs(P[:, :3]).max() ** 3:
        raise BadInputError(f"{where} is not a camera's projection.", "Use the published file.")
    P = P * np.sign(np.linalg.det(P[:, :3]))
    K, R = rq(P[:, :3])
    sign = np.diag(np.sign(np.diag(K)))
    K, R = K @ sign, sign @ R
    return K / K[2, 2], R, np.linalg.solve(K, P[:, 3])
