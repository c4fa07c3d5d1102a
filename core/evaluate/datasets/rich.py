"""RICH (Huang et al. 2022): people and scenes before several fixed cameras. Research use; rich.is.tue.mpg.de."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS, convert
from .joint_tree import JointTree, load_joint_tree
from .pickles import read_pickle
from .reading import cameras, existing, key, numbers, vector

FPS = 30.0
_HINT = "Use the files of the data set as published."


def read(path: Path, body: Path | dict[str, Path] | None = None, calibration: Path | None = None) -> Annotation:
    """A sequence's folder ``bodies/<split>/<sequence>``: ``<frame>/<subject>.pkl`` of SMPL-X parameters.

    Keys (one frame each): ``betas`` (1,10), ``global_orient`` (1,3), ``body_pose`` (1,63), ``transl`` (1,3), hands as
    12 principal components about the mean hand (``left_hand_pose`` (1,12)) or 45 angles about the mean.
    ``body``: the user's SMPL-X file, or one per subject, since the genders differ. Joints are SMPL-H-52, in camera
    axes: RICH's multi-camera coordinates are those of its first camera (R = I, t = 0). ``calibration``: the folder
    ``scan_calibration/<scene>/calibration`` of ``NNN.xml`` (CameraMatrix 3×4, Intrinsics 3×3, Distortion);
    ``cameras.world_from_camera`` then maps to those same coordinates. A subject absent from a frame is NaN. Times are
    frame number / 30, and ``extra['frame_indices']`` (T,) has the numbers. Layout: github.com/paulchhuang/rich_toolkit.
    """
    folder = existing(path, "folder")
    frames = sorted((entry for entry in folder.iterdir() if entry.is_dir() and entry.name.isdigit()), key=_number)
    subjects = sorted({file.stem for frame in frames for file in frame.glob("*.pkl")})
    if not subjects:
        raise BadInputError(f"{folder}: no <frame>/<subject>.pkl.", "Give the folder of one sequence.")
    trees = {name: _tree(body, name) for name in subjects}
    names = JOINT_SETS["SMPL-H-52"]
    joints = np.full((len(subjects), len(frames), len(names), 3), np.nan)
    for p, subject in enumerate(subjects):
        for t, frame in enumerate(frames):
            file = frame / f"{subject}.pkl"
            if file.is_file():
                joints[p, t] = convert(_joints(trees[subject], file), trees[subject].names, names)[0]
    indices = np.array([_number(frame) for frame in frames])
    times = indices / FPS
    return Annotation(
        name=f"RICH {folder.name}",
        joint_names=names,
        timestamps=times,
        people=tuple(subjects),
        joints=joints,
        frame="camera",
        cameras=None if calibration is None else _cameras(existing(calibration, "folder"), times),
        extra={"frame_indices": indices},
    )


def _number(entry: Path) -> int:
    return int(entry.stem)


def _tree(body: Path | dict[str, Path] | None, subject: str) -> JointTree:
    file = key(body, subject, "body") if isinstance(body, dict) else body
    return load_joint_tree(file, "SMPL-X", "RICH")


def _joints(tree: JointTree, file: Path) -> Any:
    content = read_pickle(file)

    def row(name: str, width: int) -> Any:
        return vector(key(content, name, file), width, name, file)

    pose = np.zeros((1, 55, 3))
    pose[0, 0] = row("global_orient", 3)
    pose[0, 1:22] = row("body_pose", 63).reshape(21, 3)
    for side, name in enumerate(("left_hand_pose", "right_hand_pose")):
        values = numbers(key(content, name, file), (1, None), name, file)
        fingers = slice(25 + 15 * side, 40 + 15 * side)
        if values.shape[1] == 45:
            pose[:, fingers] = values.reshape(1, 15, 3) + tree.hand_pose(side, np.zeros((1, 0)))
        else:
            pose[:, fingers] = tree.hand_pose(side, values)
    betas = numbers(key(content, "betas", file), (1, None), "betas", file)
    return tree.joints(betas, pose, row("transl", 3)[None])


def _cameras(folder: Path, times: Any) -> Any:
    files = sorted((file for file in folder.glob("*.xml") if file.stem.isdigit()), key=_number)
    if not files:
        raise BadInputError(f"{folder}: no camera files NNN.xml.", "Give scan_calibration/<scene>/calibration.")
    R, t, K, lens = [], [], [], []
    for file in files:
        try:
            root = ElementTree.parse(file).getroot()
        except (ElementTree.ParseError, OSError) as error:
            raise BadInputError(f"{file} is not readable XML ({error}).", _HINT) from error
        matrix = _data(root, "CameraMatrix", 12, file).reshape(3, 4)
        R.append(matrix[:, :3])
        t.append(matrix[:, 3])
        K.append(_data(root, "Intrinsics", 9, file).reshape(3, 3))
        distortion = _data(root, "Distortion", None, file)
        lens.append(np.pad(distortion, (0, max(0, 5 - len(distortion))))[:5])
    return cameras(times, K, R, t, distortion=lens)


def _data(root: ElementTree.Element, name: str, count: int | None, file: Path) -> Any:
    text = root.findtext(f"./{name}/data")
    if text is None:
        raise BadInputError(f"{file}: no {name}/data.", _HINT)
    try:
        values = [float(word) for word in text.split()]
    except ValueError as error:
        raise BadInputError(f"{file}: {name} is not numbers ({error}).", _HINT) from error
    return numbers(values, (count,), name, file)
