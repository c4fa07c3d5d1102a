"""InterHand2.6M (Moon et al. 2020): both hands before some eighty cameras. CC BY-NC 4.0; mks0601.github.io."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .reading import (
    MM,
    cameras,
    choose,
    existing,
    in_order,
    inside,
    key,
    numbers,
    picture_numbers,
    pinhole,
    read_json,
    vector,
)

HAND_TYPES = ("right", "left", "interacting")


def read(
    path: Path, capture: int | None = None, sequence: str | None = None, camera: str | None = None
) -> Annotation:
    """A split's annotation folder, with ``InterHand2.6M_<split>_`` camera, joint_3d and MANO_NeuralAnnot ``.json``.

    Cameras {capture: {campos, camrot, focal, princpt: {camera: …}}}, mm, with x_cam = camrot (x − campos); joints
    {capture: {frame: {world_coord (42,3) mm, joint_valid (42[,1]), hand_type, hand_type_valid, seq}}}.

    ``camera`` names the one in whose axes the joints are given and which comes first (default: the first by name);
    ``sequence`` keeps the frames of one ``seq``. Invalid joints are NaN. ``hand_type`` is 'right', 'left',
    'interacting', or '' where not valid. The up axis of the rig's world is not stated; ``cameras.world_from_camera``
    is in it, in metres. Frames are numbered 0, 1, …; ``extra``: ``frame_indices`` (T,), ``camera_names`` (C,), and of
    the MANO file, where it is there, ``mano_<side>_pose`` (T,48) rad about the mean hand, ``…_shape`` (T,10) and
    ``…_trans`` (T,3) m, all in the rig's world, NaN where that hand was not fitted.
    """
    folder = existing(path, "folder")
    source = inside(folder, "*_joint_3d.json")
    lens_file = source.with_name(source.name.replace("_joint_3d", "_camera"))
    content, lenses = read_json(source), read_json(lens_file)
    number = choose(in_order(content, "captures", source), capture, "capture", source)
    where = f"{source}: capture {number}"
    frames = in_order(content[number], "frames", where)
    if sequence is not None:
        names = {frame: str(key(content[number][frame], "seq", f"{where}, frame {frame}")) for frame in frames}
        choose(sorted(set(names.values())), sequence, "sequence", where)
        frames = [frame for frame in frames if names[frame] == sequence]
    world = np.full((len(frames), 42, 3), np.nan)
    types = []
    for t, frame in enumerate(frames):
        entry, here = content[number][frame], f"{where}, frame {frame}"
        points = numbers(key(entry, "world_coord", here), (42, 3), "world_coord", here) * MM
        valid = vector(key(entry, "joint_valid", here), 42, "joint_valid", here) > 0
        world[t, valid] = points[valid]
        kind = str(key(entry, "hand_type", here))
        if kind not in HAND_TYPES:
            raise BadInputError(f"{here}: hand_type is {kind!r}.", f"Known: {', '.join(HAND_TYPES)}.")
        types.append(kind if entry.get("hand_type_valid", True) else "")
    views, K, R, t_cam = _cameras(lenses, number, camera, lens_file)
    indices = np.array([int(frame) for frame in frames])
    extra: dict[str, Any] = {"frame_indices": indices, "camera_names": np.array(views)}
    mano = source.with_name(source.name.replace("_joint_3d", "_MANO_NeuralAnnot"))
    if mano.is_file():
        extra |= _mano(read_json(mano), number, frames, mano)
    times = picture_numbers(len(frames))
    return Annotation(
        name=f"InterHand2.6M capture {number}" + (f" {sequence}" if sequence else ""),
        joint_names=JOINT_SETS["InterHand-42"],
        timestamps=times,
        people=("1",),
        joints=(world @ R[0].T + t_cam[0])[None],
        frame="camera",
        cameras=cameras(times, K, R, t_cam),
        hand_type=np.array([types]),
        extra=extra,
    )


def _cameras(lenses: Any, capture: Any, first: str | None, path: Path) -> Any:
    where = f"{path}: capture {capture}"
    tables = {name: key(key(lenses, capture, path), name, where) for name in ("campos", "camrot", "focal", "princpt")}
    names = sorted(tables["campos"])
    if first is not None:
        first = choose(names, first, "camera", where)
        names = [first, *(name for name in names if name != first)]
    if not names:
        raise BadInputError(f"{where} has no cameras.", "Use the published file.")
    K, R, t = [], [], []
    for name in names:
        here = f"{where}, camera {name}"
        position = vector(key(tables["campos"], name, here), 3, "campos", here) * MM
        rotation = numbers(key(tables["camrot"], name, here), (3, 3), "camrot", here)
        focal = vector(key(tables["focal"], name, here), 2, "focal", here)
        K.append(pinhole(focal, vector(key(tables["princpt"], name, here), 2, "princpt", here)))
        R.append(rotation)
        t.append(-rotation @ position)
    return names, K, R, t


def _mano(content: Any, capture: Any, frames: list[str], path: Path) -> dict[str, Any]:
    widths = {"pose": 48, "shape": 10, "trans": 3}
    out = {
        f"mano_{side}_{part}": np.full((len(frames), width), np.nan)
        for side in ("right", "left")
        for part, width in widths.items()
    }
    entries = key(content, capture, path)
    for t, frame in enumerate(frames):
        for side in ("right", "left"):
            where = f"{path}: capture {capture}, frame {frame}, {side}"
            hand = key(entries[frame], side, where) if frame in entries else None
            if hand is None:
                continue
            for part, width in widths.items():
                out[f"mano_{side}_{part}"][t] = vector(key(hand, part, where), width, part, where)
    return out
