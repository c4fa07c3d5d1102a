"""3DPW (von Marcard et al. 2018): people outdoors before a moving phone. Research use; virtualhumans.mpi-inf.mpg.de."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .pickles import read_pickle
from .reading import cameras, existing, key, listed, numbers

FPS = 30.0


def read(path: Path) -> Annotation:
    """One ``sequenceFiles/<split>/<sequence>.pkl`` (the data set's readme names its fields).

    ``jointPositions`` [(T, 72) per person] are SMPL-24 in metres in the file's world, ``cam_poses`` (T,4,4) take that
    world to OpenCV's camera axes, in which ``joints`` are given; NaN where ``campose_valid`` is false. The up axis of
    the file's world is not stated: ``cameras.world_from_camera`` and ``extra['joints_file_world']`` (P,T,24,3) are in
    it as it is. ``poses2d`` [(T, 3, 18)] gives ``extra['coco18']`` (P,T,18,3): px and confidence, NaN where not found.
    ``extra`` also has ``betas`` (P,10), ``poses`` (P,T,72), ``trans`` (P,T,3). 30 frames per second.
    """
    source = existing(path)
    content = read_pickle(source)
    positions = listed(key(content, "jointPositions", source), "jointPositions", source)
    if not positions:
        raise BadInputError(f"{source}: 'jointPositions' has no people.", "Use the published file.")
    frames = len(numbers(positions[0], (None, 72), "jointPositions", source))
    people = range(len(positions))
    world = np.array([numbers(positions[p], (frames, 72), "jointPositions", source) for p in people])
    world = world.reshape(len(people), frames, 24, 3)
    poses = numbers(key(content, "cam_poses", source), (frames, 4, 4), "cam_poses", source)
    valid = np.array([
        numbers(entry, (frames,), "campose_valid", source) > 0
        for entry in _per_person(content, "campose_valid", len(people), source)
    ])  # fmt: skip
    R, t = poses[:, :3, :3], poses[:, :3, 3]
    joints = np.einsum("tij,ptnj->ptni", R, world) + t[:, None]
    joints[~valid] = np.nan
    times = np.arange(frames) / FPS
    K = numbers(key(content, "cam_intrinsics", source), (3, 3), "cam_intrinsics", source)
    extra = {"joints_file_world": world}
    for name, width in (("betas", 10), ("poses", 72), ("trans", 3)):
        entries = _per_person(content, name, len(people), source)
        shape = (width,) if name == "betas" else (frames, width)
        values = [listed(entry, name, source)[:width] if name == "betas" else entry for entry in entries]
        extra[name] = np.array([numbers(value, shape, name, source) for value in values])
    if any(name in content for name in ("poses2d", "poses2D")):
        name = "poses2d" if "poses2d" in content else "poses2D"
        flat = [numbers(e, (frames, 3, 18), name, source) for e in _per_person(content, name, len(people), source)]
        points = np.array(flat).transpose(0, 1, 3, 2)
        points[points[..., 2] <= 0] = np.nan
        extra["coco18"] = points
    return Annotation(
        name=f"3DPW {content.get('sequence', source.stem)}",
        joint_names=JOINT_SETS["SMPL-24"],
        timestamps=times,
        people=tuple(str(p + 1) for p in people),
        joints=joints,
        frame="camera",
        cameras=cameras(times, K[None], R[None], t[None]),
        extra=extra,
    )


def _per_person(content: object, name: str, count: int, source: Path) -> list[object]:
    entries = listed(key(content, name, source), name, source)
    if len(entries) != count:
        raise BadInputError(f"{source}: '{name}' has {len(entries)} entries for {count} people.", "")
    return entries
