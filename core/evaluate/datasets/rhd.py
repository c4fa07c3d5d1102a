"""RHD, the Rendered Handpose Dataset (Zimmermann and Brox 2017): synthetic pictures. Research use;
lmb.informatik.uni-freiburg.de."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .pickles import read_pickle
from .reading import inside, numbers, one_of, picture_numbers
from .reading import key as take


def read(path: Path, hidden: str = "mask") -> Annotation:
    """``training/anno_training.pickle`` or ``evaluation/anno_evaluation.pickle``, or its folder.

    {picture: {``xyz`` (42,3) m in camera axes (OpenCV), ``uv_vis`` (42,3) px and visibility, ``K`` (3,3)}}. Its
    published evaluation counts visible joints only, hence ``hidden='mask'``; 'keep' keeps all, and
    ``extra['occluded']`` (1,T,42) says which are hidden. ``hand_type`` is the hand, or 'interacting' for both, of which
    any joint is visible. ``extra['K']`` (T,3,3), one camera per picture; ``extra['frame_indices']`` (T,).
    """
    one_of(hidden, ("keep", "mask"), "hidden")
    source = inside(path, "anno_*.pickle")
    content = read_pickle(source)
    if not isinstance(content, dict) or not content or not all(isinstance(index, int) for index in content):
        raise BadInputError(f"{source} is not a dictionary of numbered pictures.", "Use the published file.")
    order = sorted(content)
    xyz, uv, K = [], [], []
    for index in order:
        where = f"{source}: picture {index}"
        xyz.append(numbers(take(content[index], "xyz", where), (42, 3), "xyz", where))
        uv.append(numbers(take(content[index], "uv_vis", where), (42, 3), "uv_vis", where))
        K.append(numbers(take(content[index], "K", where), (3, 3), "K", where))
    joints, flat = np.array(xyz), np.array(uv)
    visible = flat[..., 2] > 0
    flat = flat[..., :2].copy()
    if hidden == "mask":
        joints[~visible] = flat[~visible] = np.nan
    left, right = visible[:, :21].any(axis=1), visible[:, 21:].any(axis=1)
    kinds = np.select([left & right, left, right], ["interacting", "left", "right"], "")
    return Annotation(
        name=f"RHD {source.stem.removeprefix('anno_')}",
        joint_names=JOINT_SETS["RHD-42"],
        timestamps=picture_numbers(len(order)),
        people=("1",),
        joints=joints[None],
        frame="camera",
        joints2d=flat[None, None],
        hand_type=kinds[None],
        extra={"K": np.array(K), "occluded": ~visible[None], "frame_indices": np.array(order)},
    )
