"""SMPL-H parameters in AMASS's layout (Mahmood et al. 2019): the free body performs the motion and its turns are kept.

``poses`` (T, 156) axis-angle, root first, its rotation taking the Y-up template to a Z-up world; ``trans`` (T, 3) m;
``betas`` zero: shapes of the free body mean nothing to SMPL; ``mocap_framerate``; ``gender`` neutral.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.body.numpy_model import load_free_body
from ..core.rotation import continuous_quaternions, matrix_to_quaternion, quaternion_to_axis_angle
from .mapping import BoneMap
from .motion import RigMotion, hang
from .smpl import smpl_map, smpl_motion, smpl_rig
from .solve.retarget import retarget

Array = NDArray[np.floating]

_BETAS = 16
_SMPLH = "smplx"  # the dialect of captured actors


def on_free_body(motion: RigMotion, bone_map: BoneMap) -> RigMotion:
    """The motion performed by the free body's mean figure.

    A captured actor's turns and the way of its pelvis are kept as they are, whatever its shape; other rigs are
    retargeted.
    """
    rig = smpl_rig(load_free_body())
    if bone_map.dialect == _SMPLH and set(rig.names) <= set(motion.rig.names):
        rotations = np.stack(
            [motion.deltas(motion.rig.index[name]) @ rig.rotations[row] for row, name in enumerate(rig.names)], axis=1
        )
        heads = np.empty((*rotations.shape[:2], 3))
        heads[:, 0] = motion.heads[:, motion.rig.index[rig.names[0]]]
        hang(rig, rotations, heads, list(range(1, len(rig.names))))
        return RigMotion(rig, rotations, heads, motion.fps, motion.contacts)
    return retarget(motion, bone_map, rig, smpl_map(rig)).motion


def amass_bytes(performed: RigMotion) -> bytes:
    """The file of a motion of ``smpl_rig``."""
    rotations, parents = performed.rotations, performed.rig.parents
    local = rotations.copy()
    local[:, 1:] = np.swapaxes(rotations[:, parents[1:]], -1, -2) @ rotations[:, 1:]
    turns = quaternion_to_axis_angle(continuous_quaternions(matrix_to_quaternion(local)))
    stream = io.BytesIO()
    np.savez(
        stream,
        allow_pickle=False,
        poses=turns.reshape(len(turns), -1),
        trans=performed.heads[:, 0] - load_free_body().joints(np.zeros(10))[0],
        betas=np.zeros(_BETAS),
        gender=np.array("neutral"),
        mocap_framerate=np.array(performed.fps),
    )
    return stream.getvalue()


def motion_of_amass(path: Path) -> RigMotion:
    """What such a file holds, of the free body's mean figure. Raises KeyError and ValueError for other files."""
    with np.load(path, allow_pickle=False) as data:
        poses = np.asarray(data["poses"], np.float64).reshape(len(data["poses"]), -1, 3)
        return smpl_motion(load_free_body(), np.zeros(10), poses, data["trans"], float(data["mocap_framerate"]))
