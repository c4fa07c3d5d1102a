"""How likely each solved joint is within 50 mm of the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..skeleton import EXTRA_JOINTS, KEYPOINT_INDEX, SMPLH_JOINTS, TAKE_JOINTS

Array = NDArray[np.floating]

# Landmarks that speak for a joint of the trunk.
_TRUNK = {
    "pelvis": ("left_hip", "right_hip"),
    "spine1": ("left_hip", "right_hip"),
    "spine2": ("left_hip", "right_hip", "left_shoulder", "right_shoulder"),
    "spine3": ("left_shoulder", "right_shoulder"),
    "neck": ("left_shoulder", "right_shoulder"),
    "left_collar": ("left_shoulder",),
    "right_collar": ("right_shoulder",),
    "head": ("left_ear", "right_ear", "nose"),
}
# One camera sees depth badly: a landmark that is certain in the image is often over 50 mm off, the more the further it
# is from the pelvis. Shares within 50 mm, hip-centred, of what is surely seen: means of four measurements, of which
# (shoulder, elbow, wrist, hip, knee, ankle) four views of an acrobat gave 0.29, 0.15, 0.10, 0.80, 0.33, 0.19; the
# sample clips 0.88, 0.62, 0.47, 1.0, 0.75, 0.61; the quick benchmark 0.83, 0.36, 0.12, 1.0, 0.49, 0.36; the full one
# 0.38, 0.29, 0.17, 0.99, 0.39, 0.23.
_SINGLE_VIEW = {"hip": 0.95, "shoulder": 0.6, "elbow": 0.36, "wrist": 0.22, "knee": 0.49, "ankle": 0.35, "foot": 0.31,
                "heel": 0.31, "toe": 0.28, "pelvis": 0.99, "spine1": 0.9, "spine2": 0.75, "spine3": 0.65, "neck": 0.6,
                "collar": 0.6}  # fmt: skip
_HEAD_SHARE, _HAND_SHARE = 0.35, 0.2


def joint_confidence(confidence: Array, residual: Array) -> Array:
    """(T, 71) probabilities for the take's joints.

    confidence (T, 75) of the keypoints, 0 where not measured; residual (T, 75) distance between a keypoint and its
    solved point as a share of the person box's longer side, NaN where the keypoint marks no point of the body.
    """
    agreement = 1 / (1 + (np.nan_to_num(residual) / 0.04) ** 2)
    seen = np.clip(confidence, 0, 1) * agreement
    result = np.zeros((len(confidence), len(TAKE_JOINTS)))
    for joint, name in enumerate(TAKE_JOINTS):
        rows = [KEYPOINT_INDEX[n] for n in _sources(name)]
        result[:, joint] = seen[:, rows].mean(1) * _share(name)
    return result


def _sources(name: str) -> tuple[str, ...]:
    if name in _TRUNK:
        return _TRUNK[name]
    side, _, part = name.partition("_")
    if part in ("foot", "big_toe"):
        return (f"{side}_foot_index",)
    if part[-1:].isdigit() and name in SMPLH_JOINTS:
        finger, segment = part[:-1], int(part[-1])
        names = ("cmc", "mcp", "ip") if finger == "thumb" else ("mcp", "pip", "dip")
        return (f"{side}_hand_{finger}_{names[segment - 1]}",)
    if part.endswith("_tip"):
        return (f"{side}_hand_{part}",)
    return (name,)


def _share(name: str) -> float:
    other = _HEAD_SHARE if name == "head" or name in EXTRA_JOINTS[:5] else _HAND_SHARE
    return next((share for part, share in _SINGLE_VIEW.items() if part in name), other)
