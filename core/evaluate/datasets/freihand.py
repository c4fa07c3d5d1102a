"""FreiHAND (Zimmermann et al. 2019): pictures of right hands. Research use; lmb.informatik.uni-freiburg.de."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .reading import choose, existing, listed, numbers, picture_numbers, read_json, vector


def read(path: Path, split: str | None = None) -> Annotation:
    """The data set's folder with ``<split>_xyz.json`` and ``<split>_K.json``, split training or evaluation.

    Lists with one entry per picture: (21,3) m in camera axes (OpenCV), and K (3,3), given as ``extra['K']`` (T,3,3).
    ``joints2d`` are the projected joints. ``<split>_mano.json``, where it is there, gives ``extra['mano']`` (T,61):
    pose 48, shape 10, root uv 2, scale. (The training pictures come four times, on four backgrounds, for one list.)
    """
    folder = existing(path, "folder")
    splits = [file.name.removesuffix("_xyz.json") for file in sorted(folder.glob("*_xyz.json"))]
    name = choose(splits, split, "split", folder)
    joints = numbers(read_json(folder / f"{name}_xyz.json"), (None, 21, 3), f"{name}_xyz", folder)
    lenses = folder / f"{name}_K.json"
    K = numbers(read_json(lenses), (None, 3, 3), f"{name}_K", folder)
    if len(K) != len(joints) or not len(joints):
        raise BadInputError(f"{lenses}: {len(K)} cameras for {len(joints)} hands.", "Give files of one release.")
    extra = {"K": K}
    mano = folder / f"{name}_mano.json"
    if mano.is_file():
        entries = [vector(entry, 61, "mano", mano) for entry in listed(read_json(mano), "mano", mano)]
        extra["mano"] = numbers(entries, (len(joints), 61), "mano", mano)
    image = np.einsum("tij,tnj->tni", K, joints)
    return Annotation(
        name=f"FreiHAND {name}",
        joint_names=JOINT_SETS["FreiHAND-21"],
        timestamps=picture_numbers(len(joints)),
        people=("1",),
        joints=joints[None],
        frame="camera",
        joints2d=(image[..., :2] / image[..., 2:])[None, None],
        hand_type=np.full((1, len(joints)), "right"),
        extra=extra,
    )
