"""Errors of a pose: MPJPE and its variants, joint velocity, vertices.

Arrays are (…, J, 3), frames before joints, in any unit of length (metres here); results have that unit. Points that
either side lacks (NaN, or ``valid`` false) do not count; where nothing is left the result is NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from .alignment import Root, aligned, centred, scaled
from .dynamics import velocity
from .masks import common, mean

Array = NDArray[Any]


def joint_errors(predicted: ArrayLike, truth: ArrayLike, valid: ArrayLike | None = None) -> Array:
    """Distances (…, J) between points (…, J, D) as they are; NaN where one is missing."""
    a, b = common(predicted, truth, valid, last=None)
    return np.linalg.norm(a - b, axis=-1)


def mpjpe(predicted: ArrayLike, truth: ArrayLike, root: Root | None = None, valid: ArrayLike | None = None) -> float:
    """MPJPE: mean over frames and joints of ‖(p_j − p_root) − (t_j − t_root)‖; without ``root``, of ‖p_j − t_j‖.

    Ionescu et al. 2014 (Human3.6M), equation 8. Where the root is a joint, its zero error counts, as published.
    """
    if root is not None:
        predicted, truth = centred(predicted, root), centred(truth, root)
    return mean(joint_errors(predicted, truth, valid))


def pa_mpjpe(predicted: ArrayLike, truth: ArrayLike, scale: bool = True, valid: ArrayLike | None = None) -> float:
    """PA-MPJPE: MPJPE after the best alignment of each frame: min over s, R, t of Σ‖s R p_j + t − t_j‖².

    ``scale`` true: similarity (Martinez et al. 2017, VideoPose3D, most tables); false: rigid, R and t only (Moon et
    al. 2019, PoseNet). Frames with fewer than 3 common joints do not count.
    """
    return mean(joint_errors(aligned(predicted, truth, scale, valid), truth, valid))


def n_mpjpe(predicted: ArrayLike, truth: ArrayLike, root: Root | None = None, valid: ArrayLike | None = None) -> float:
    """N-MPJPE: MPJPE after the best scale of each frame, s = Σ⟨p_j, t_j⟩ / Σ⟨p_j, p_j⟩ (Rhodin et al. 2018)."""
    if root is not None:
        predicted, truth = centred(predicted, root), centred(truth, root)
    return mean(joint_errors(scaled(predicted, truth, valid), truth, valid))


def mpjve(
    predicted: ArrayLike,
    truth: ArrayLike,
    timestamps: ArrayLike | None = None,
    root: Root | None = None,
    valid: ArrayLike | None = None,
) -> float:
    """MPJVE: mean ‖v_p − v_t‖ of the joints' first differences over axis 0 (Pavllo et al. 2019, section 5).

    Per frame without ``timestamps`` (T,), as published; per second with them. Steps with a missing end do not count.
    """
    if root is not None:
        predicted, truth = centred(predicted, root), centred(truth, root)
    a, b = common(predicted, truth, valid, dimensions=3)
    return mean(joint_errors(velocity(a, timestamps), velocity(b, timestamps)))


def pve(
    predicted: ArrayLike,
    truth: ArrayLike,
    predicted_root: ArrayLike | None = None,
    truth_root: ArrayLike | None = None,
    valid: ArrayLike | None = None,
) -> float:
    """PVE (also MVE, MPVPE): mean distance of vertices (…, V, 3) of two meshes of one topology.

    With roots (…, 3), usually the pelvis joints, both meshes are centred on them first (von Marcard et al.
    2018, 3DPW); both or neither.
    """
    a, b = common(predicted, truth, valid)
    if (predicted_root is None) != (truth_root is None):
        raise BadInputError("Only one of the two meshes has a root.", "Give both roots or neither.")
    if predicted_root is not None and truth_root is not None:
        a, b = a - np.asarray(predicted_root)[..., None, :], b - np.asarray(truth_root)[..., None, :]
    return mean(joint_errors(a, b))
