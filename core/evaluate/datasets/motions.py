"""Motion and marker files of no data set in particular, as annotations: TRC, C3D, BVH, AMASS, OpenPose's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...errors import BadInputError
from ...files.markers import Markers, metres
from ...files.read_bvh import read_bvh
from ...files.read_c3d import read_c3d
from ...files.read_openpose import read_openpose
from ...files.read_smpl import read_smpl
from ...files.read_trc import read_trc
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .joint_tree import load_joint_tree
from .labels import BONES, MARKERS, canonical
from .reading import one_of

# As our own exporter writes BVH: x stays, Y up becomes Z up.
_WORLD_FROM_BVH = {"y": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]), "z": np.eye(3)}


def trc(path: Path, up: str = "+y", names: Mapping[str, str] | None = None) -> Annotation:
    """Markers of a TRC file in a Z-up world (Pose2Sim's lab); ``names`` translates labels, such as {'Neck': 'thorax'}.

    Labels that mean a joint of ours (RHip, LBigToe, right_hip) get its name; others keep theirs.
    """
    return _markers(read_trc(path, up), Path(path), names)


def c3d(path: Path, up: str | None = None, names: Mapping[str, str] | None = None) -> Annotation:
    """Points of a C3D file in a Z-up world; ``names`` translates labels. Raw markers sit on the skin: they are compared
    with joints only where ``names`` says so."""
    return _markers(read_c3d(path, up), Path(path), names)


def _markers(markers: Markers, path: Path, names: Mapping[str, str] | None) -> Annotation:
    return Annotation(
        name=path.name,
        joint_names=canonical(markers.names, MARKERS, names),
        timestamps=markers.timestamps,
        people=("1",),
        joints=markers.in_world()[None],
        frame="world",
    )


def bvh(path: Path, unit: str = "cm", up: str = "y", names: Mapping[str, str] | None = None) -> Annotation:
    """Joints of a BVH file in a Z-up world. The format states neither ``unit`` (m, cm, mm) nor ``up`` axis (y or z).

    Bones named as in Motion Builder and Mixamo (Hips, LeftUpLeg, mixamorig:LeftArm …) get our joint names.
    """
    source = Path(path)
    one_of(up, tuple(_WORLD_FROM_BVH), "up")
    motion = read_bvh(source)
    positions = motion.positions @ _WORLD_FROM_BVH[up].T * metres(unit, source)
    return Annotation(
        name=source.name,
        joint_names=canonical(motion.names, BONES, names),
        timestamps=np.arange(len(positions)) * motion.frame_time,
        people=("1",),
        joints=positions[None],
        frame="world",
    )


def amass(path: Path, body: Path | None = None, fps: float | None = None) -> Annotation:
    """A motion in SMPL-H parameters (AMASS, Mahmood et al. 2019; Z up), with joints of the user's SMPL-H file ``body``.

    The file's betas belong to that model and not to the free body. ``fps`` where the file says none. ``extra``:
    ``poses`` (1,T,52,3), ``betas`` (1,B), ``trans`` (1,T,3).
    """
    source = Path(path)
    motion = read_smpl(source)
    rate = motion.fps if fps is None else float(fps)
    if not rate > 0:
        raise BadInputError(f"{source} does not say its frames per second.", "Give 'fps'.")
    tree = load_joint_tree(body, "SMPL-H", f"{source.name}")
    joints = tree.joints(motion.betas, motion.pose, motion.transl)
    return Annotation(
        name=source.name,
        joint_names=JOINT_SETS["SMPL-H-52"],
        timestamps=np.arange(len(joints)) / rate,
        people=("1",),
        joints=joints[None],
        frame="world",
        extra={"poses": motion.pose[None], "betas": motion.betas[None], "trans": motion.transl[None]},
    )


def openpose(path: Path, joint_set: str | None = None, fps: float | None = None) -> Annotation:
    """Detections of one camera: ``joints2d`` only. A person is a place in each file's list, not an identity.

    ``fps`` gives times to the frame numbers in the names; without it frames are numbered as they are.
    ``extra['confidence']`` (P,T,J), ``extra['frame_indices']`` (T,).
    """
    detections = read_openpose(path, joint_set)
    body = detections.body.transpose(1, 0, 2, 3)
    return Annotation(
        name=Path(path).name,
        joint_names=JOINT_SETS[detections.joint_set],
        timestamps=detections.frames / (fps or 1.0),
        people=tuple(str(p + 1) for p in range(len(body))),
        joints=np.full((*body.shape[:3], 3), np.nan),
        frame="camera",
        joints2d=body[None, ..., :2],
        extra={"confidence": body[..., 2], "frame_indices": detections.frames},
    )
