"""Human3.6M (Ionescu et al. 2014) in the two layouts that circulate: VideoPose3D's npz and 3DMPPE's json.

World: Z up, floor near z = 0; 50 frames per second. Research use; the data come from vision.imar.ro/human3.6m.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS, convert
from .pickles import read_npz
from .reading import MM, cameras, choose, existing, in_order, inside, key, listed, numbers, pinhole, read_json, vector

FPS = 50.0
_SETS = {32: "H36M-32", 17: "H36M-17"}


def read_npz_layout(
    path: Path,
    subject: str | None = None,
    action: str | None = None,
    joint_set: str = "H36M-17",
    keypoints2d: Path | None = None,
) -> Annotation:
    """``data_3d_h36m.npz`` (or its folder): ``positions_3d`` {subject: {action: (T, 32, 3) m, world}}.

    ``keypoints2d``: a ``data_2d_h36m_*.npz``, ``positions_2d`` {subject: {action: [(T, J, 2) px per camera]}} and
    ``metadata`` (layout h36m or coco); its frames beyond the motion's are dropped, as VideoPose3D does. Cameras are
    not in the files. Layout: VideoPose3D's DATASETS.md. Raises BadInputError naming file, key and the choices.
    """
    source = inside(path, "data_3d_h36m.npz")
    people = read_npz(source, "positions_3d")["positions_3d"]
    if not isinstance(people, dict) or not all(isinstance(actions, dict) for actions in people.values()):
        raise BadInputError(f"{source}: 'positions_3d' is not a dictionary of subjects and actions.", "")
    name = choose(people, subject, "subject", source)
    motion = choose(people[name], action, f"action of {name}", source)
    where = f"{source}: {name}, {motion}"
    positions = numbers(people[name][motion], (None, None, 3), "positions_3d", where)
    if positions.shape[1] not in _SETS:
        raise BadInputError(f"{where}: {positions.shape[1]} joints, expected 32 or 17.", "Use VideoPose3D's files.")
    joints = convert(positions, _SETS[positions.shape[1]], joint_set)
    flat = None if keypoints2d is None else _keypoints2d(Path(keypoints2d), name, motion, len(joints), joint_set)
    return Annotation(
        name=f"Human3.6M {name} {motion}",
        joint_names=JOINT_SETS[joint_set],
        timestamps=np.arange(len(joints)) / FPS,
        people=(str(name),),
        joints=joints[None],
        frame="world",
        joints2d=flat,
    )


def _keypoints2d(path: Path, subject: Any, action: Any, frames: int, joint_set: str) -> Any:
    content = read_npz(path, "positions_2d", "metadata")
    layout = str(key(content["metadata"], "layout_name", path))
    views = key(key(content["positions_2d"], subject, path), action, f"{path}: {subject}")
    if layout not in ("h36m", "coco"):
        raise BadInputError(f"{path}: layout '{layout}'.", "Known: h36m, coco.")
    out = []
    for camera, view in enumerate(listed(views, "positions_2d", path)):
        points = numbers(view, (None, 17, None), "positions_2d", f"{path}: {subject}, {action}, camera {camera}")
        if len(points) < frames:
            raise BadInputError(
                f"{path}: {subject}, {action}, camera {camera} has {len(points)} frames, the motion {frames}.",
                "Give the 2D file that belongs to the 3D file.",
            )
        out.append(convert(points[:frames, :, :2], "H36M-17" if layout == "h36m" else "COCO-17", joint_set))
    return np.array(out)[:, None]


def read_json_layout(
    path: Path, subject: int | None = None, action: int | None = None, subaction: int | None = None
) -> Annotation:
    """A folder with ``Human36M_subject<S>_camera.json`` and ``…_joint_3d.json``, as the 3DMPPE repositories have them.

    Cameras {1…4: R (3,3), t (3) mm, f (2), c (2) px} with x_cam = R x + t; joints {action: {subaction: {frame:
    (17, 3) mm, world}}}. Sizes of the pictures come from ``…_data.json`` where it is there. The frames may be a
    selection: times are frame number / 50, and ``extra['frame_indices']`` (T,) has the numbers. Raises BadInputError
    naming file, key and the choices.
    """
    folder = existing(path, "folder")
    subjects = [file.name.split("_")[1].removeprefix("subject") for file in sorted(folder.glob("*_joint_3d.json"))]
    number = choose(subjects, subject, "subject", folder)
    source = folder / f"Human36M_subject{number}_joint_3d.json"
    content = read_json(source)
    act = choose(in_order(content, "actions", source), action, "action", source)
    subactions = in_order(content[act], "subactions", f"{source}: action {act}")
    sub = choose(subactions, subaction, f"subaction of action {act}", source)
    where = f"{source}: action {act}, subaction {sub}"
    frames = in_order(content[act][sub], "frames", where)
    joints = np.array([numbers(content[act][sub][frame], (17, 3), f"frame {frame}", where) for frame in frames])
    indices = np.array([int(frame) for frame in frames])
    lens_file = folder / f"Human36M_subject{number}_camera.json"
    lenses = read_json(lens_file)
    order = in_order(lenses, "cameras", lens_file)
    R, t, K = [], [], []
    for camera in order:
        where = f"{lens_file}: camera {camera}"
        R.append(numbers(key(lenses[camera], "R", where), (3, 3), "R", where))
        t.append(vector(key(lenses[camera], "t", where), 3, "t", where) * MM)
        focal = vector(key(lenses[camera], "f", where), 2, "f", where)
        K.append(pinhole(focal, vector(key(lenses[camera], "c", where), 2, "c", where)))
        if np.median((joints * MM @ R[-1].T + t[-1])[..., 2]) <= 0:
            raise BadInputError(f"{where} has the person behind it.", "t belongs to x_cam = R x + t, in millimetres.")
    times = indices / FPS
    return Annotation(
        name=f"Human3.6M S{number} action {act} subaction {sub}",
        joint_names=JOINT_SETS["H36M-17"],
        timestamps=times,
        people=(f"S{number}",),
        joints=joints[None] * MM,
        frame="world",
        cameras=cameras(times, K, R, t, _sizes(folder / f"Human36M_subject{number}_data.json", order)),
        extra={"frame_indices": indices},
    )


def _sizes(path: Path, order: list[str]) -> Any:
    if not path.is_file():
        return None
    found = {
        str(key(image, "cam_idx", path)): (key(image, "width", path), key(image, "height", path))
        for image in listed(key(read_json(path), "images", path), "images", path)
    }
    return [found.get(str(camera), (0, 0)) for camera in order]
