"""Motion of the SMPL family as a rig in motion."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.body.numpy_model import BodyModel, forward_kinematics
from ..core.rotation import axis_angle_to_matrix
from .dialects.reader import dialects
from .mapping import BoneMap
from .matching.exact import fit_dialect
from .motion import RigMotion
from .rig import Rig

Array = NDArray[np.floating]

# SMPL's template is Y up and faces +Z; rigs here are Z up and face −Y.
UPRIGHT: Array = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def smpl_rig(body: BodyModel, betas: ArrayLike | None = None) -> Rig:
    """The body's joints in T-pose, standing on z = 0; bone axes are the template's."""
    lowest = float(np.asarray(body.shaped(betas))[:, 1].min())
    joints = (np.asarray(body.joints(betas), np.float64) - [0, lowest, 0]) @ UPRIGHT.T
    axes = np.broadcast_to(UPRIGHT, (len(joints), 3, 3))
    return Rig.of_joints(body.joint_names, body.parents.tolist(), joints, axes)


def smpl_map(rig: Rig) -> BoneMap:
    """The map of ``smpl_rig``'s bones."""
    fit = fit_dialect(rig, dialects()["smplx"])
    assert fit is not None, "the body's joints carry the names of their own dialect"
    return fit.map


def smpl_motion(
    body: BodyModel,
    betas: ArrayLike | None,
    pose: ArrayLike,
    transl: ArrayLike,
    fps: float,
    contacts: Array | None = None,
) -> RigMotion:
    """``pose`` (T, J, 3) axis-angle, its first rotation taking the template to the Z-up world; ``transl`` (T, 3) m."""
    joints = np.asarray(body.joints(betas), np.float64)
    local = axis_angle_to_matrix(np.asarray(pose, np.float64))
    rotations, heads = forward_kinematics(local, joints, body.parents)
    heads = heads + np.asarray(transl, np.float64)[:, None]
    return RigMotion(smpl_rig(body, betas), rotations, heads, fps, contacts)
