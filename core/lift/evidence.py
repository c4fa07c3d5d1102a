"""The default lifter as evidence: what a track's 2D say about its 3D, with an error to expect for every joint."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..fit.view import view_centre, view_rotation
from ..skeleton import JOINT_INDEX, KEYPOINT_INDEX, POSE_LANDMARKS
from .default import DefaultLifter, Lifted, lift
from .default_input import LANDMARKS

if TYPE_CHECKING:
    from ..fit.observation import Observation
    from ..track.identity import PersonTrack

Array = NDArray[np.floating]

ROWS = np.array([KEYPOINT_INDEX[name] for name in LANDMARKS])
# Rates the lifter was trained for; faster footage is read with frames left out, slower footage as it is.
_FASTEST = 60.0
# Under this confidence a landmark is a guess from the body's prior, which the lifter has of its own.
_SEEN = 0.1


@dataclass(frozen=True)
class LiftedEvidence:
    """joints (T, 22, 3) m from the pelvis, camera axes, and error (T, 22) m, the distance from the truth to expect, of
    all frames; measured (T,) False where fewer than 6 landmarks were seen."""

    joints: NDArray[np.float32]
    error: NDArray[np.float32]
    measured: NDArray[np.bool_]


def lifted_evidence(
    track: PersonTrack | Observation, timestamps: Array, camera: Array, model: DefaultLifter
) -> LiftedEvidence:
    """SMPL-H body joints of one person over the clip.

    keypoints2d (T, 75, 2) px without distortion and confidence (T, 75) of ``track``; timestamps (T,) s; camera (3, 3).
    The lifter knows people of ordinary size: scale the result to a known height, or take directions from it.
    """
    pixels = np.asarray(track.keypoints2d, np.float64)[:, ROWS]
    confidence = np.where(np.isfinite(pixels).all(-1), np.nan_to_num(track.confidence)[:, ROWS], 0.0)
    confidence = np.where(confidence < _SEEN, 0.0, confidence)
    rays = np.stack(
        [(pixels[..., 0] - camera[0, 2]) / camera[0, 0], (pixels[..., 1] - camera[1, 2]) / camera[1, 1]], axis=-1
    )
    interval = float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else 1 / 30
    step = max(1, int(np.ceil(1 / (interval * _FASTEST) - 0.1)))
    if step == 1:
        return LiftedEvidence(*_fields(lift(model, rays, confidence, interval)))
    # Every phase of the frames that are left out is a sequence of its own.
    parts = [lift(model, rays[k::step], confidence[k::step], interval * step) for k in range(min(step, len(rays)))]
    joints = np.empty((len(rays), *parts[0].joints.shape[1:]), np.float32)
    error, measured = np.empty(joints.shape[:2], np.float32), np.empty(len(rays), bool)
    for k, part in enumerate(parts):
        joints[k::step], error[k::step], measured[k::step] = _fields(part)
    return LiftedEvidence(joints, error, measured)


def _fields(lifted: Lifted) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    return lifted.joints, lifted.error, lifted.measured


# What BlazePose's own 3D is off by, m: it saw the picture, and knows how a trunk leans; how shoulders and hips are
# turned and how far arms and legs reach in depth, it hardly knows. Chosen on synthetic footage.
_TRUNK_ERROR, _LIMB_ERROR = 0.06, 0.4
# Shares of the trunk's length by which shoulders lie before the hips on the free body at rest (0.04), and on the rigs
# that the lifter learnt from while people stand (-0.04 in the median): what it finds leans back by the difference.
_LEAN = 0.08
# Each joint with the one it is placed from, "" for the middle of the hips, "trunk" for that of the shoulders.
_CHAIN = (("hip", ""), ("shoulder", "trunk"), ("elbow", "shoulder"), ("wrist", "elbow"), ("knee", "hip"),
          ("ankle", "knee"))  # fmt: skip
_CARRIED = {"ankle": ("heel", "foot_index"), "wrist": ("index", "pinky", "thumb")}
# Who is unsure of a depth answers with its mean, which is too flat: bones come out 0.8 to 0.9 times as deep as they
# are. On a body that keeps its bones, flat ones look long, and the person is then placed too far away.
_DEEPER = 1.2
_HEAD = [KEYPOINT_INDEX[name] for name in POSE_LANDMARKS[:11]]
_SIDES = ("left", "right")
_SHOULDERS, _HIPS = ([KEYPOINT_INDEX[f"{side}_{part}"] for side in _SIDES] for part in ("shoulder", "hip"))
_SHOULDER_JOINTS, _HIP_JOINTS = ([JOINT_INDEX[f"{side}_{part}"] for side in _SIDES] for part in ("shoulder", "hip"))


def with_lifter(seen: Observation, timestamps: Array, camera: Array, model: DefaultLifter) -> Observation:
    """The observation whose 3D of the limb joints is that of the network that saw the picture and that of the lifter,
    which saw the motion: bone by bone from the hips, each weighed by the inverse square of its expected error. The
    trunk goes from the middle of the hips to that of the shoulders, whose turn is a bone of its own.

    Points of hands, feet and head keep their places from wrist, ankle and the middle of the shoulders. Bones without a
    3D of their own get the lifter's. Bones are then made deeper by ``_DEEPER`` at their length. Frames in which the
    lifter saw too little stay as they are.
    """
    lifted = lifted_evidence(seen, timestamps, camera, model)
    view = view_rotation(view_centre(seen.keypoints2d, seen.confidence, seen.box_centre), camera)
    own = np.array(seen.keypoints3d, np.float64)
    points = own.copy()
    joints = lifted.joints.astype(np.float64) @ view
    joints = joints - joints[:, _HIP_JOINTS].mean(1, keepdims=True)
    variance = lifted.error.astype(np.float64) ** 2

    def mixed(bone: Array, other: Array, own_error: float, rows: int | list[int]) -> Array:
        """(T, 3) of the network's ``bone`` and the lifter's ``other``, which ends at the joints ``rows``."""
        found = variance[:, [rows] if isinstance(rows, int) else rows].mean(1, keepdims=True)
        share = own_error**2 / (own_error**2 + found)
        return _deeper(np.where(np.isfinite(bone), bone + share * (other - bone), other))

    trunk = mixed(own[:, _SHOULDERS].mean(1), _leant(joints), _TRUNK_ERROR, _SHOULDER_JOINTS)
    for side in _SIDES:
        for part, start in _CHAIN:
            row, joint = KEYPOINT_INDEX[f"{side}_{part}"], JOINT_INDEX[f"{side}_{part}"]
            placed, bone, other = np.zeros_like(own[:, row]), own[:, row], joints[:, joint]
            if start == "trunk":
                placed, bone = trunk, bone - own[:, _SHOULDERS].mean(1)
                other = other - joints[:, _SHOULDER_JOINTS].mean(1)
            elif start:
                first = KEYPOINT_INDEX[f"{side}_{start}"]
                placed, bone = points[:, first], bone - own[:, first]
                other = other - joints[:, JOINT_INDEX[f"{side}_{start}"]]
            placed = placed + mixed(bone, other, _LIMB_ERROR, joint)
            points[:, row] = np.where(lifted.measured[:, None], placed, own[:, row])
            for carried in _CARRIED.get(part, ()):
                points[:, KEYPOINT_INDEX[f"{side}_{carried}"]] += np.nan_to_num(points[:, row] - own[:, row])
    points[:, _HEAD] += np.nan_to_num(points[:, _SHOULDERS].mean(1) - own[:, _SHOULDERS].mean(1))[:, None]
    return replace(seen, keypoints3d=points)


def _leant(joints: Array) -> Array:
    """(T, 3) from the middle of the hips to that of the shoulders as the free body has them; joints (T, 22, 3)."""
    trunk = joints[:, _SHOULDER_JOINTS].mean(1)
    length = np.maximum(np.linalg.norm(trunk, axis=-1, keepdims=True), 1e-6)
    forward = np.cross(joints[:, _HIP_JOINTS[0]] - joints[:, _HIP_JOINTS[1]], trunk / length)
    forward = forward / np.maximum(np.linalg.norm(forward, axis=-1, keepdims=True), 1e-6)
    leant = trunk + _LEAN * length * forward
    return leant * length / np.linalg.norm(leant, axis=-1, keepdims=True)


def _deeper(bones: Array) -> Array:
    """Bones (T, 3) in view axes turned towards and away from the camera, their length kept."""
    turned = bones * np.array([1.0, 1.0, _DEEPER])
    length, now = (np.linalg.norm(v, axis=-1, keepdims=True) for v in (bones, turned))
    return turned * length / np.maximum(now, 1e-9)
