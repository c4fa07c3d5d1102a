"""MuPoTS-3D (Mehta et al. 2018): twenty sequences of several people before one camera.

Research use; gvv.mpi-inf.mpg.de/projects/SingleShotMultiPerson.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .reading import MM, inside, key, numbers, one_of, picture_numbers, read_mat


def read(path: Path, hidden: str = "keep", universal: bool = False) -> Annotation:
    """A sequence's folder (``TS1`` …) or its ``annot.mat``: a cell array frames × people of structs.

    Fields: ``annot2`` (2,17) px, ``annot3`` (3,17) mm in camera axes (OpenCV), ``univ_annot3`` (3,17) the same scaled
    to one height, which the published 3DPCK compares with, ``isValidFrame``. A person not annotated in a frame is NaN.
    ``universal`` puts univ_annot3 into ``joints``; either way ``extra['univ_joints']`` (P,T,17,3) m has it.
    ``occlusion.mat`` beside it (``occlusion_labels``, 17 flags per cell, 1 = hidden) fills ``extra['occluded']``
    (P,T,17) bool; ``hidden='mask'`` turns those joints NaN. The published 3DPCK counts them, hence 'keep'.
    Frames are numbered 0, 1, …: the files give no times. Cameras are not in the files.
    """
    one_of(hidden, ("keep", "mask"), "hidden")
    source = inside(path, "annot.mat")
    cells = _cells(key(read_mat(source), "annotations", source), "annotations", source)
    frames, people = cells.shape
    flat = np.full((people, frames, 17, 2), np.nan)
    joints, scaled = np.full((people, frames, 17, 3), np.nan), np.full((people, frames, 17, 3), np.nan)
    for t in range(frames):
        for p in range(people):
            where = f"{source}: annotations{{{t + 1},{p + 1}}}"
            entry = _struct(cells[t, p], where)
            if not bool(np.all(_field(entry, "isValidFrame", where))):
                continue
            flat[p, t] = numbers(_field(entry, "annot2", where), (2, 17), "annot2", where).T
            joints[p, t] = numbers(_field(entry, "annot3", where), (3, 17), "annot3", where).T * MM
            scaled[p, t] = numbers(_field(entry, "univ_annot3", where), (3, 17), "univ_annot3", where).T * MM
    occluded = _occlusions(source.with_name("occlusion.mat"), (frames, people))
    extra = {"univ_joints": scaled}
    if occluded is not None:
        extra["occluded"] = occluded
        if hidden == "mask":
            for points in (flat, joints, scaled):
                points[occluded] = np.nan
    elif hidden == "mask":
        raise BadInputError(f"{source.with_name('occlusion.mat')} is missing.", "It says which joints are hidden.")
    return Annotation(
        name=f"MuPoTS-3D {source.parent.name}",
        joint_names=JOINT_SETS["MuPoTS-17"],
        timestamps=picture_numbers(frames),
        people=tuple(str(p + 1) for p in range(people)),
        joints=scaled.copy() if universal else joints,
        frame="camera",
        joints2d=flat[None],
        extra=extra,
    )


def _occlusions(path: Path, shape: tuple[int, int]) -> Any:
    if not path.is_file():
        return None
    cells = _cells(key(read_mat(path), "occlusion_labels", path), "occlusion_labels", path)
    if cells.shape != shape:
        raise BadInputError(f"{path}: {cells.shape} frames and people, annot.mat has {shape}.", "They do not belong.")
    flags = np.zeros((shape[1], shape[0], 17), bool)
    for t in range(shape[0]):
        for p in range(shape[1]):
            if np.size(cells[t, p]):
                where = f"{path}: occlusion_labels{{{t + 1},{p + 1}}}"
                flags[p, t] = numbers(np.ravel(cells[t, p]), (17,), "occlusion_labels", where) != 0
    return flags


def _cells(value: Any, name: str, path: Path) -> Any:
    array = np.asarray(value)
    if array.ndim != 2 or array.dtype != object or array.size == 0:
        raise BadInputError(f"{path}: '{name}' is not a cell array of frames × people.", "Use the published file.")
    return array


def _struct(value: Any, where: str) -> Any:
    array = np.asarray(value)
    if array.dtype.names is None or array.size != 1:
        raise BadInputError(f"{where} is not a struct.", "Use the published file.")
    return array.reshape(-1)[0]


def _field(entry: Any, name: str, where: str) -> Any:
    if name not in entry.dtype.names:
        raise BadInputError(f"{where}: no '{name}'.", "Use the published file.")
    return entry[name]
