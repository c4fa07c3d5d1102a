"""A person's path over the whole clip, and how well two paths, or two parts of one, fit each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from ..skeleton import BODY_KEYPOINTS
from .appearance import distance
from .similarity import box_side, pose_distance
from .tracklets import Tracklet

# Seconds of a path's end from which its speed and its clothes are taken.
_END_SECONDS = 0.4
# Seconds over which a pose does not change much.
_SAME_MOMENT = 0.2
# Two records of one frame are on one person where the mean distance of the limbs is under this share of the size …
_SAME_POSE = 0.15
# … or that of the noses under this.
_SAME_FACE = 0.05


def join(parts: Sequence[Tracklet]) -> Tracklet:
    """One path from tracklets of a person, in any order; where two have the same frame, the surer one counts."""
    frames = np.concatenate([p.frames for p in parts])
    presence = np.concatenate([p.presence for p in parts])
    order = np.lexsort((-presence, frames))
    keep = order[np.append(True, np.diff(frames[order]) > 0)]
    columns = (np.concatenate([getattr(p, f.name) for p in parts])[keep] for f in fields(Tracklet)[1:])
    return Tracklet(parts[0].track, *columns)


def centres(path: Tracklet) -> np.ndarray:
    """(n, 2) middle of hips and shoulders, which trembles less than the box, px."""
    return path.keypoints2d[:, [11, 12, 23, 24]].mean(1).astype(np.float64)


def sizes(path: Tracklet) -> np.ndarray:
    """(n,) longer side of the box, px."""
    return box_side(path.boxes).astype(np.float64)


def clothes(path: Tracklet) -> np.ndarray:
    """(A,) mean description of the clothes over the frames where they were looked at; zeros without any."""
    looked = np.isfinite(path.appearance).all(1)
    return path.appearance[looked].mean(0) if looked.any() else np.zeros(path.appearance.shape[1], np.float32)


def misfit(before: Tracklet, after: Tracklet, timestamps: np.ndarray) -> float:
    """How badly ``after`` continues ``before``, from 0 to about 3; ``timestamps`` (T,) s of the clip.

    Adds: distance between where each predicts the other to be and change of speed, over the person's size and more
    tolerant with the gap; ratio of sizes; difference of clothes; difference of the poses across a short gap.
    """
    gap = float(timestamps[after.frames[0]] - timestamps[before.frames[-1]])
    size = float(np.sqrt(np.median(sizes(before)[-5:]) * np.median(sizes(after)[:5])))
    leaving, arriving = _speed(before, timestamps, last=True), _speed(after, timestamps, last=False)
    there, here = centres(before)[-1] + 0.5 * gap * leaving, centres(after)[0] - 0.5 * gap * arriving
    patience = 1.0 + 2.0 * max(gap, 0.0)
    motion = (4.0 * float(np.hypot(*(here - there))) + 0.5 * float(np.hypot(*(arriving - leaving)))) / size / patience
    scale = abs(float(np.log(np.median(sizes(after)[:5]) / np.median(sizes(before)[-5:]))))
    colours = distance(clothes(before), clothes(after))
    cost = min(motion, 3.0) + 0.5 * scale + (0.3 if np.isnan(colours) else 3.0 * colours)
    if 0 <= gap < _SAME_MOMENT:
        shift = centres(after)[0] - centres(before)[-1]
        pose = pose_distance(
            before.keypoints2d[-1, BODY_KEYPOINTS] + shift, after.keypoints2d[0, BODY_KEYPOINTS],
            before.confidence[-1, BODY_KEYPOINTS], after.confidence[0, BODY_KEYPOINTS], size,
        )  # fmt: skip
        cost += 2.0 * min(pose, 0.5)
    return cost


def shared(a: Tracklet, b: Tracklet) -> tuple[np.ndarray, np.ndarray]:
    """Positions in ``a`` and in ``b`` of the frames that both have."""
    _, in_a, in_b = np.intersect1d(a.frames, b.frames, assume_unique=True, return_indices=True)
    return in_a, in_b


def same_person(a: Tracklet, b: Tracklet) -> np.ndarray:
    """(m,) over the shared frames: whether both are on one person: the same pose, or at least the same face."""
    in_a, in_b = shared(a, b)
    same = np.zeros(len(in_a), bool)
    for k, (i, j) in enumerate(zip(in_a, in_b, strict=True)):
        size = float(min(box_side(a.boxes[i]), box_side(b.boxes[j])))
        points, others = a.keypoints2d[i, BODY_KEYPOINTS], b.keypoints2d[j, BODY_KEYPOINTS]
        seen, others_seen = a.confidence[i, BODY_KEYPOINTS], b.confidence[j, BODY_KEYPOINTS]
        face = float(np.hypot(*(points[0] - others[0]))) if min(seen[0], others_seen[0]) > 0.5 else np.inf
        same[k] = face < _SAME_FACE * size or pose_distance(points, others, seen, others_seen, size) < _SAME_POSE
    return same


def _speed(path: Tracklet, timestamps: np.ndarray, last: bool) -> np.ndarray:
    """(2,) px/s at the end (or the beginning) of a path, by a straight line through it."""
    times = timestamps[path.frames]
    near = times >= times[-1] - _END_SECONDS if last else times <= times[0] + _END_SECONDS
    if near.sum() < 3:
        return np.zeros(2)
    t = times[near] - times[near].mean()
    return t @ centres(path)[near] / (t @ t)
