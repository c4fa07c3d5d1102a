"""The table of data sets and files that can be read as annotations, and one function that reads any of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import BadInputError
from ..annotation import Annotation
from . import (
    coco,
    dexter,
    emdb,
    freihand,
    human36m,
    interhand,
    motions,
    mpii,
    mupots,
    panoptic,
    rhd,
    rich,
    shelf,
    stb,
    threedpw,
)

RESEARCH = "research use only, by the data set's own terms"
NC = "CC BY-NC 4.0"
OWN = "the file's own"


@dataclass(frozen=True)
class Reader:
    """``joint_set``: a name of ``JOINT_SETS``, or '' where the file names its own joints. ``licence`` is a note on the
    data, which users bring themselves; ``wants``: the files that ``path`` must be."""

    name: str
    joint_set: str
    licence: str
    wants: str
    function: Callable[..., Annotation]

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the reader's options."""
        return tuple(inspect.signature(self.function).parameters)[1:]


_TABLE = (
    Reader("h36m-npz", "H36M-17", RESEARCH, "data_3d_h36m.npz of VideoPose3D", human36m.read_npz_layout),
    Reader("h36m-json", "H36M-17", RESEARCH, "folder with Human36M_subject<S>_{camera,joint_3d}.json",
           human36m.read_json_layout),
    Reader("mupots", "MuPoTS-17", RESEARCH, "folder TS<n> with annot.mat and occlusion.mat", mupots.read),
    Reader("3dpw", "SMPL-24", RESEARCH, "sequenceFiles/<split>/<sequence>.pkl", threedpw.read),
    Reader("emdb", "SMPL-24", RESEARCH, "P<n>_<sequence>_data.pkl, and an SMPL file as body", emdb.read),
    Reader("rich", "SMPL-H-52", RESEARCH, "folder bodies/<split>/<sequence>, and an SMPL-X file as body", rich.read),
    Reader("interhand", "InterHand-42", NC, "folder with InterHand2.6M_<split>_{camera,joint_3d}.json", interhand.read),
    Reader("rhd", "RHD-42", RESEARCH, "anno_training.pickle or anno_evaluation.pickle", rhd.read),
    Reader("stb", "STB-21", RESEARCH, "labels/<sequence>_{BB,SK}.mat", stb.read),
    Reader("freihand", "FreiHAND-21", RESEARCH, "folder with <split>_xyz.json and <split>_K.json", freihand.read),
    Reader("dexter-object", "Dexter-5", RESEARCH, "annotations/<sequence>3D.txt", dexter.read),
    Reader("campus", "Shelf-14", RESEARCH, "folder with actorsGT.mat and a calibration", shelf.read_campus),
    Reader("shelf", "Shelf-14", RESEARCH, "folder with actorsGT.mat and a calibration", shelf.read_shelf),
    Reader("panoptic", "Panoptic-19", RESEARCH, "folder with hdPose3d_stage1_coco19 and calibration_*.json",
           panoptic.read),
    Reader("mpii", "MPII-16", RESEARCH, "mpii_human_pose_v1_u12_1.mat, or HRNet's json", mpii.read),
    Reader("coco", "COCO-17", "CC BY 4.0 (annotations)", "person_keypoints_*.json", coco.read),
    Reader("trc", "", OWN, "a .trc file", motions.trc),
    Reader("c3d", "", OWN, "a .c3d file", motions.c3d),
    Reader("bvh", "", OWN, "a .bvh file", motions.bvh),
    Reader("amass", "SMPL-H-52", RESEARCH, "an AMASS .npz, and an SMPL-H file as body", motions.amass),
    Reader("openpose", "", OWN, "a folder of OpenPose's .json files", motions.openpose),
)  # fmt: skip

READERS: dict[str, Reader] = {reader.name: reader for reader in _TABLE}


def read(name: str, path: Path | str, **options: Any) -> Annotation:
    """What the data set ``name`` says in the file or folder ``path``; options are the reader's own (see its docstring).

    Raises BadInputError: no such reader or option (naming those there are), or what the reader finds wrong.
    """
    if name not in READERS:
        raise BadInputError(f"There is no reader {name!r}.", f"Known: {', '.join(READERS)}.")
    reader = READERS[name]
    unknown = [option for option in options if option not in reader.options]
    if unknown:
        known = ", ".join(reader.options) or "none"
        raise BadInputError(f"The reader {name} has no option {unknown[0]!r}.", f"Known: {known}.")
    return reader.function(Path(path), **options)
