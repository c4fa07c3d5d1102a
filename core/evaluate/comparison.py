"""How the accuracy of two tools is compared: one protocol for every table of the benchmark.

Twelve limb joints (shoulders, elbows, wrists, hips, knees, ankles; ``skeleton.LIMB_JOINTS``), mid-hip at the origin
in every frame, in the axes of the camera that filmed the clip: a reference through its calibration, a take through its
own ``world_from_camera``, MediaPipe's world landmarks as they are. Each tool gets the one constant time offset per
clip at which it does best. No tool is told a body height; every tool that takes a focal length is given it.

Tools do not agree where a hip or a shoulder lies. A second column therefore adds to every joint a constant offset,
fitted on other clips only, in the axes of the predicted trunk, so that it turns with the person. The position of the
mid-hip in the camera's axes (MRPE) is a column of its own, for tools that report one.

Only frames count in which both the tool reports the person and the reference has them; how many of the reference's
frames the tool reports stands beside as ``coverage``, since a tool could else do well by reporting easy frames only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..skeleton import JOINT_INDEX, KEYPOINT_INDEX, LIMB_JOINTS
from ..take import Take, TakePerson
from .alignment import aligned, centred
from .multiview import to_camera

Array = NDArray[np.floating]

JOINTS = len(LIMB_JOINTS)
TAKE_LIMBS = [JOINT_INDEX[name] for name in LIMB_JOINTS]
MEDIAPIPE_LIMBS = [KEYPOINT_INDEX[name] for name in LIMB_JOINTS]
HIPS = [LIMB_JOINTS.index("left_hip"), LIMB_JOINTS.index("right_hip")]
SHOULDERS = [LIMB_JOINTS.index("left_shoulder"), LIMB_JOINTS.index("right_shoulder")]
TIME_LIMIT = 0.2  # s: more than cameras started by hand after a clap, or a filter's lag, are apart
MM = 1000.0


@dataclass(frozen=True)
class LimbTrack:
    """One person through one clip: timestamps (T,) s; joints (T,12,3) m in the camera's axes (OpenCV), order
    ``LIMB_JOINTS``, NaN where there is none. ``absolute``: the origin is the camera's centre, not the mid-hip."""

    timestamps: Array
    joints: Array
    absolute: bool

    def __post_init__(self) -> None:
        expected = (len(self.timestamps), JOINTS, 3)
        if np.shape(self.joints) != expected:
            raise BadInputError(
                f"The limb joints have shape {np.shape(self.joints)}, expected {expected} (frames, joints, 3).",
                f"Give the joints {', '.join(LIMB_JOINTS)}, in this order.",
            )
        if not np.all(np.isfinite(self.timestamps)) or np.any(np.diff(self.timestamps) <= 0):
            raise BadInputError("The timestamps of the limb joints do not increase.", "Sort the frames by time.")


@dataclass(frozen=True)
class Comparison:
    """How far a prediction is from a reference; the errors are in mm.

    ``coverage``: part of the reference's frames within the clip that the tool reports. ``frames`` (T,) bool: those of
    the prediction that count. ``errors`` (T,12): Euclidean distance per joint after centring, NaN where it does not
    count; ``pa_errors`` (T,12): after the best similarity of each frame (Umeyama 1991). ``mpjpe`` and ``pa_mpjpe`` are
    their means. ``root_errors`` (T,3): mid-hip, prediction minus reference, NaN where the tool reports none; ``mrpe``
    (4,): mean distance, then mean absolute x, y, z.
    """

    time_offset: float
    coverage: float
    frames: NDArray[np.bool_]
    errors: Array
    pa_errors: Array
    mpjpe: float
    pa_mpjpe: float
    root_errors: Array
    mrpe: Array


def limbs_of_take(take: Take, person: TakePerson, camera: int = 0, only_present: bool = True) -> LimbTrack:
    """The limb joints in the axes of one camera by the take's own ``world_from_camera``; NaN where not present."""
    joints = to_camera(person.joints_world[:, TAKE_LIMBS], take.cameras.world_from_camera[camera])
    if only_present:
        joints[~person.present] = np.nan
    return LimbTrack(np.asarray(take.timestamps, float), joints, absolute=True)


def limbs_of_mediapipe(timestamps: Array, world_landmarks: Array) -> LimbTrack:
    """From MediaPipe's world landmarks (T,33,3) m, which lie in the camera's axes round the mid-hip, as they are."""
    return LimbTrack(timestamps, np.asarray(world_landmarks, float)[:, MEDIAPIPE_LIMBS], absolute=False)


def compare(
    prediction: LimbTrack,
    reference: LimbTrack,
    offsets: Array | None = None,
    time_offset: float | None = None,
    time_limit: float = TIME_LIMIT,
) -> Comparison:
    """The errors of a prediction at its best time offset, or at ``time_offset`` s (added to its timestamps).

    ``offsets`` (12,3) m come from ``joint_offsets`` of other clips. Raises BadInputError when the two never report
    the person in the same frame.
    """
    if time_offset is None:
        time_offset = find_time_offset(prediction, reference, time_limit)
    truth = resample(reference, prediction.timestamps + time_offset)
    target, points = centred(truth, HIPS), centred(prediction.joints, HIPS)
    if offsets is not None:
        points = points + np.einsum("tij,nj->tni", trunk_axes(points), offsets)
    errors = np.linalg.norm(points - target, axis=-1) * MM
    wanted = np.asarray(np.isfinite(target).all(axis=(1, 2)))
    frames = wanted & np.isfinite(points).all(axis=(1, 2))
    if not frames.any():
        raise BadInputError(
            "Prediction and reference have no frame in common.", "Check that they belong to one clip, and their times."
        )
    errors[~frames] = np.nan
    pa_errors = np.full_like(errors, np.nan)
    pa_errors[frames] = np.linalg.norm(aligned(points[frames], target[frames]) - target[frames], axis=-1) * MM
    root = (prediction.joints[:, HIPS].mean(axis=1) - truth[:, HIPS].mean(axis=1)) * MM
    if not (prediction.absolute and reference.absolute):
        root[:] = np.nan
    root[~frames] = np.nan
    distances = [np.linalg.norm(root[frames], axis=-1).mean(), *np.abs(root[frames]).mean(axis=0)]
    return Comparison(
        time_offset=float(time_offset),
        coverage=float(frames.sum() / wanted.sum()),
        frames=frames,
        errors=errors,
        pa_errors=pa_errors,
        mpjpe=float(errors[frames].mean()),
        pa_mpjpe=float(pa_errors[frames].mean()),
        root_errors=root,
        mrpe=np.array(distances),
    )


def compare_all(
    predictions: Sequence[LimbTrack], references: Sequence[LimbTrack], clips: Sequence[str] | None = None
) -> list[tuple[Comparison, Comparison | None]]:
    """Each track as it is, and with the joint offsets fitted on all tracks of other clips (None where there are none).

    ``clips`` names the clip of each track, since two people of one clip share what is odd about it; without it every
    track is a clip. One tool at a time: its definition of the joints is what is fitted.
    """
    names = [str(i) for i in range(len(predictions))] if clips is None else list(clips)
    plain = [compare(p, r) for p, r in zip(predictions, references, strict=True)]
    residuals = [
        clip_offsets(p, r, c.time_offset) for p, r, c in zip(predictions, references, plain, strict=True)
    ]
    result: list[tuple[Comparison, Comparison | None]] = []
    for prediction, reference, first, name in zip(predictions, references, plain, names, strict=True):
        others = [residual for residual, other in zip(residuals, names, strict=True) if other != name]
        fitted = compare(prediction, reference, np.mean(others, axis=0), first.time_offset) if others else None
        result.append((first, fitted))
    return result


def clip_offsets(prediction: LimbTrack, reference: LimbTrack, time_offset: float) -> Array:
    """(12,3) m, axes of the predicted trunk: the median over a clip of reference minus prediction, both centred.

    The median, since a tool that takes left for right for a while has no other definition of the joints.
    """
    target = centred(resample(reference, prediction.timestamps + time_offset), HIPS)
    points = centred(prediction.joints, HIPS)
    residual = np.einsum("tji,tnj->tni", trunk_axes(points), target - points)
    counted = np.isfinite(residual).all(axis=(1, 2))
    if not counted.any():
        raise BadInputError(
            "Prediction and reference have no frame in common.", "Check that they belong to one clip, and their times."
        )
    return np.median(residual[counted], axis=0)


def trunk_axes(joints: Array) -> Array:
    """(T,3,3) of joints (T,12,3): columns are the person's left, up the spine, and forward, in the joints' axes."""
    hips, shoulders = joints[:, HIPS], joints[:, SHOULDERS]
    up = shoulders.mean(axis=1) - hips.mean(axis=1)
    # Hips and shoulders together tell left from right: either pair alone turns against the trunk.
    across = (hips[:, 0] - hips[:, 1]) + (shoulders[:, 0] - shoulders[:, 1])
    up = up / np.linalg.norm(up, axis=-1, keepdims=True)
    across = across - np.sum(across * up, axis=-1, keepdims=True) * up
    across = across / np.linalg.norm(across, axis=-1, keepdims=True)
    return np.stack([across, up, np.cross(across, up)], axis=-1)


def find_time_offset(prediction: LimbTrack, reference: LimbTrack, limit: float = TIME_LIMIT) -> float:
    """Seconds, to add to the prediction's timestamps, at which its MPJPE is lowest; steps of half a reference frame.

    An offset counts only when it keeps nine tenths of the frames that two tracks can have in common.
    """
    if len(reference.timestamps) < 2:
        return 0.0
    step = float(np.median(np.diff(reference.timestamps))) / 2
    points = centred(prediction.joints, HIPS)
    count = int(limit / step + 1e-9)
    errors, frames = np.full(2 * count + 1, np.inf), np.zeros(2 * count + 1, int)
    for i, k in enumerate(range(-count, count + 1)):
        target = centred(resample(reference, prediction.timestamps + k * step), HIPS)
        distance = np.linalg.norm(points - target, axis=-1)
        counted = np.isfinite(distance).all(axis=1)
        frames[i] = counted.sum()
        if frames[i]:
            errors[i] = distance[counted].mean()
    errors[frames < 0.9 * frames.max()] = np.inf
    # Of equals, such as a person who stands still, the smallest shift.
    order = sorted(range(len(errors)), key=lambda i: (round(float(errors[i]), 9), abs(i - count)))
    return (order[0] - count) * step


def resample(track: LimbTrack, timestamps: Array) -> Array:
    """(N,12,3): the track's joints at other times, linear between frames; NaN outside, and where a neighbour is."""
    times = track.timestamps
    after = np.clip(np.searchsorted(times, timestamps, side="left"), 1, max(1, len(times) - 1))
    before = after - 1
    after = np.minimum(after, len(times) - 1)
    span = np.where(after > before, times[after] - times[before], 1.0)
    weight = (timestamps - times[before]) / span
    # Exactly on a frame (to a hundredth), its neighbour does not matter: it may be a gap.
    weight = np.where(np.abs(weight - np.round(weight)) < 0.01, np.round(weight), weight)
    low, high = track.joints[before], track.joints[after]
    w = weight[:, None, None]
    mixed = np.where(w == 0, low, np.where(w == 1, high, (1 - w) * low + w * high))
    mixed[(weight < 0) | (weight > 1)] = np.nan
    return mixed
