"""A lifter's joints in the place of a track's own 3D: from there on the solve is the same as ever."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..fit.view import view_centre, view_rotation
from ..rotation import normalise
from ..skeleton import BODY_JOINTS, BODY_KEYPOINTS, KEYPOINT_INDEX, POSE_LANDMARKS
from ..track.identity import PersonTrack
from .joints2d import named_rays
from .published import PublishedLifter

Array = NDArray[np.floating]

_HIPS = [POSE_LANDMARKS.index("left_hip"), POSE_LANDMARKS.index("right_hip")]
_LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
# What a lifter without face, hands or feet leaves to the landmark network, each carried by a joint of the lifter's.
_CARRIED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(POSE_LANDMARKS[:11], ("left_shoulder", "right_shoulder")),
    **{f"{side}_{part}": (f"{side}_wrist",) for side in ("left", "right") for part in ("pinky", "index", "thumb")},
    **{f"{side}_{part}": (f"{side}_ankle",) for side in ("left", "right") for part in ("heel", "foot_index")},
}
# Heel and toe from the ankle, along the foot and towards the sole, in lengths of the foot, on the free body.
_FOOT = {"heel": (-0.27, 0.38), "foot_index": (1.41, -0.05)}


@dataclass(frozen=True)
class Lifted3D:
    """joints (T, J, 3) m of ``names``, camera axes; measured (T, J) False where nothing was seen of a joint."""

    names: tuple[str, ...]
    joints: Array
    measured: NDArray[np.bool_]


class TrackLifter(Protocol):
    """Lifts one person's track: timestamps (T,) s, camera (3, 3)."""

    def __call__(self, track: PersonTrack, timestamps: Array, camera: Array) -> Lifted3D: ...


def lift_tracks(
    lifter: TrackLifter, tracks: Sequence[PersonTrack], timestamps: Array, camera: Array
) -> list[PersonTrack]:
    """The tracks with the body's keypoints3d from ``lifter``; everything else is as it was.

    Landmarks the lifter has no joint for keep their place relative to the joint that carries them, where the track has
    3D of its own; else they are NaN.
    """
    camera = np.asarray(camera, np.float64)
    return [_with_body(track, lifter(track, timestamps, camera), camera) for track in tracks]


def published(lifter: PublishedLifter) -> TrackLifter:
    """A published lifter as one of tracks: a joint that was not measured in a frame is not given in it."""

    def lift(track: PersonTrack, timestamps: Array, camera: Array) -> Lifted3D:
        rays, confidence = named_rays(track.keypoints2d, track.confidence, lifter.names_in, camera)
        joints = lifter.lift(rays, confidence, timestamps)
        by_name = dict(zip(lifter.names_in, (confidence > 0).T, strict=True))
        anything = (confidence > 0).any(1)
        measured = np.stack([by_name.get(name, anything) for name in lifter.names_out], axis=1)
        return Lifted3D(lifter.names_out, joints, measured)

    return lift


def default_lifter() -> TrackLifter:
    """The default lifter as one of tracks: its guesses for hidden joints are kept, their confidence stays 0.

    Raises BadInputError where its weights are not there.
    """
    from .default import load_default
    from .evidence import lifted_evidence

    model = load_default()

    def lift(track: PersonTrack, timestamps: Array, camera: Array) -> Lifted3D:
        found = lifted_evidence(track, timestamps, camera, model)
        measured = np.repeat(found.measured[:, None], len(BODY_JOINTS), axis=1)
        return Lifted3D(BODY_JOINTS, np.asarray(found.joints, np.float64), measured)

    return lift


def _with_body(track: PersonTrack, lifted: Lifted3D, camera: Array) -> PersonTrack:
    confidence = np.where(np.isfinite(track.keypoints2d).all(-1), np.nan_to_num(track.confidence), 0.0)
    boxes = np.asarray(track.boxes, np.float64)
    centre = view_centre(np.asarray(track.keypoints2d, np.float64), confidence, (boxes[:, :2] + boxes[:, 2:]) / 2)
    view = view_rotation(centre, camera)
    joints = np.where(lifted.measured[..., None], lifted.joints, np.nan) @ view
    own = np.asarray(track.keypoints3d, np.float64)[:, BODY_KEYPOINTS]
    points3d = np.array(track.keypoints3d, np.float32)
    points3d[:, BODY_KEYPOINTS] = body_landmarks(lifted.names, joints, own)
    # A person who is not in a frame has no 3D in it.
    points3d[~(confidence > 0).any(1)] = np.nan
    return dataclasses.replace(track, keypoints3d=points3d)


def body_landmarks(names: Sequence[str], joints: Array, own: Array) -> Array:
    """(T, 33, 3) BlazePose landmarks, relative to the middle of the hips, or as ``joints`` are where these are unknown.

    ``joints`` (T, J, 3) of ``names``, NaN where not measured; ``own`` (T, 33, 3) the track's own 3D in the same axes.
    NaN is what cannot be told.
    """
    out = np.full((len(joints), len(POSE_LANDMARKS), 3), np.nan)

    def joint(name: str) -> Array:
        return joints[:, list(names).index(name)]

    for name in (*(f"{side}_{part}" for side in ("left", "right") for part in _LIMBS), "nose"):
        if name in names:
            out[:, KEYPOINT_INDEX[name]] = joint(name)
    for side in ("left", "right"):
        if f"{side}_foot" in names:
            _put_foot(out, side, joint(f"{side}_knee"), joint(f"{side}_ankle"), joint(f"{side}_foot"))
    for name, carriers in _CARRIED.items():
        row, rows = KEYPOINT_INDEX[name], [KEYPOINT_INDEX[carrier] for carrier in carriers]
        free = ~np.isfinite(out[:, row]).all(-1)
        if name != "nose" or "nose" not in names:
            carried = out[:, rows].mean(1) + own[:, row] - own[:, rows].mean(1)
            out[free, row] = carried[free]
    middle = out[:, _HIPS].mean(1, keepdims=True)
    return out - np.where(np.isfinite(middle), middle, 0.0)


def _put_foot(out: Array, side: str, knee: Array, ankle: Array, foot: Array) -> None:
    along = foot - ankle
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    along = normalise(along)
    sole = normalise(ankle - knee)
    sole = sole - np.sum(sole * along, -1, keepdims=True) * along
    # A pointed foot lies along its shin: the sole then has no direction of its own, and the offset fades.
    sole = sole / np.maximum(np.linalg.norm(sole, axis=-1, keepdims=True), 0.3)
    for part, (forwards, down) in _FOOT.items():
        out[:, KEYPOINT_INDEX[f"{side}_{part}"]] = ankle + length * (forwards * along + down * sole)
