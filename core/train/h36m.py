"""Human3.6M's 17 joints, which the published lifters read and write, from BlazePose landmarks.

The rule is the one of the GAN's demonstration for detectors without a spine: hip = middle of the hips, spine = mean of
hips and shoulders, thorax = middle of the shoulders, neck/nose = nose, head = thorax + 2 (nose − thorax). It is linear,
so that it holds for points in space as for their pictures by weak perspective, and truth and detection agree.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..lift.default_input import LANDMARKS
from ..skeleton import JOINT_INDEX
from .figure import LIMB_JOINTS
from .sampling import Windows

Array = NDArray[np.floating]

H36M = (
    "hip", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "spine", "thorax", "nose",
    "head", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip
H36M_PARENTS = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
_SHOULDERS, _HIPS = ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")
_DERIVED: dict[str, dict[str, float]] = {
    "hip": dict.fromkeys(_HIPS, 0.5),
    "spine": dict.fromkeys((*_HIPS, *_SHOULDERS), 0.25),
    "thorax": dict.fromkeys(_SHOULDERS, 0.5),
    "head": {"nose": 2.0, "left_shoulder": -0.5, "right_shoulder": -0.5},
}


def _matrix() -> NDArray[np.float32]:
    matrix = np.zeros((len(H36M), len(LANDMARKS)), np.float32)
    for row, name in enumerate(H36M):
        for landmark, share in _DERIVED.get(name, {name: 1.0}).items():
            matrix[row, LANDMARKS.index(landmark)] = share
    return matrix


FROM_LANDMARKS = _matrix()
# The twelve limb joints in the order of ``figure.LIMB_JOINTS``.
LIMB_ROWS = [H36M.index(name) for name in LIMB_JOINTS]
_LIMB_LANDMARKS = [LANDMARKS.index(name) for name in LIMB_JOINTS]
_LIMB_JOINTS = [JOINT_INDEX[name] for name in LIMB_JOINTS]


def to_h36m(points: Array) -> Array:
    """(…, 17, D) of landmarks (…, L, D)."""
    return FROM_LANDMARKS @ points


def truth_of(windows: Windows) -> Array:
    """(B, T, 17, 3) m, camera axes: limb joints where the joints are, wherever the landmark network marks them; what no
    rig has, where it is marked."""
    points = windows.marks.copy()
    points[..., _LIMB_LANDMARKS, :] = windows.joints[..., _LIMB_JOINTS, :]
    return to_h36m(points)


def confidence_of(confidence: Array) -> Array:
    """(…, 17): of the least certain landmark that a joint is made of; confidence (…, L)."""
    parts = [confidence[..., np.flatnonzero(row)].min(-1) for row in FROM_LANDMARKS]
    return np.stack(parts, axis=-1)
