"""2D joints by name from a track's landmarks, and what stands for joints that nobody saw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..evaluate.joint_sets import DERIVATIONS
from ..skeleton import KEYPOINT_INDEX
from ..smooth.filter import fill_gaps

Array = NDArray[np.floating]

# Under this a landmark is a detector's guess.
_SEEN = 0.1
# Somebody who stands facing the camera, in lengths of the trunk, hips in the middle; the left is on the right.
_STANDING: dict[str, tuple[float, float]] = {
    "pelvis": (0, 0), "mid_hip": (0, 0), "spine": (0, -0.5), "thorax": (0, -1), "mid_shoulder": (0, -1),
    "neck_nose": (0, -1.35), "nose": (0, -1.35), "head_top": (0, -1.7),
    **{f"{side}_{part}": (x * sign, y) for side, sign in (("left", 1), ("right", -1)) for part, (x, y) in {
        "eye": (0.06, -1.42), "ear": (0.15, -1.38), "shoulder": (0.36, -1), "elbow": (0.42, -0.46),
        "wrist": (0.42, 0.02), "hip": (0.19, 0), "knee": (0.2, 0.8), "ankle": (0.2, 1.67)}.items()},
}  # fmt: skip
# What keeps its place in a body whatever the limbs do.
_STEADY = ("nose", "eye", "ear", "shoulder", "hip", "thorax", "pelvis", "head")


def named_rays(pixels: Array, confidence: Array, names: Sequence[str], camera: Array) -> tuple[Array, Array]:
    """Rays (T, J, 2) of joints, normalised image coordinates, and confidence (T, J), NaN and 0 where not measured.

    ``pixels`` (T, 75, 2), ``confidence`` (T, 75) in the order of ``KEYPOINTS``; ``camera`` (3, 3). A joint that is no
    landmark is made of others by ``evaluate.joint_sets.DERIVATIONS``, as certain as the least certain of them.
    """
    seen = np.isfinite(pixels).all(-1) & (np.nan_to_num(confidence) >= _SEEN)
    focal, centre = np.array([camera[0, 0], camera[1, 1]]), np.array([camera[0, 2], camera[1, 2]])
    rays = np.where(seen[..., None], (np.asarray(pixels, np.float64) - centre) / focal, np.nan)
    known = np.where(seen, confidence, 0.0)
    points, trust = [], []
    for name in names:
        parts = {name: 1.0} if name in KEYPOINT_INDEX else DERIVATIONS[name]
        rows = [KEYPOINT_INDEX[part] for part in parts]
        points.append(np.einsum("k,tkd->td", np.array(list(parts.values())), rays[:, rows]))
        trust.append(known[:, rows].min(1))
    return np.stack(points, axis=1), np.stack(trust, axis=1)


def completed(rays: Array, confidence: Array, names: Sequence[str], timestamps: Array) -> Array:
    """Rays (T, J, 2) without NaN for networks that know whole people only.

    Gaps in time are bridged along a line. A joint that the whole clip never shows is where it would be on somebody who
    stands facing the camera, as large and turned as what there is of the person.
    """
    measured = confidence > 0
    out = fill_gaps(rays, measured, timestamps)
    never = ~measured.any(0)
    if not never.any():
        return out
    if never.all():
        return np.zeros_like(out)
    standing = np.array([_STANDING[name] for name in names])
    steady = np.array([any(part in name for part in _STEADY) for name in names]) & ~never
    rows = np.flatnonzero(steady) if steady.sum() >= 2 else np.flatnonzero(~never)
    model, seen = standing[rows] @ [1, 1j], out[:, rows] @ [1, 1j]
    centre, middle = model.mean(), seen.mean(1)
    spread = (np.abs(model - centre) ** 2).sum()
    # The best similarity of the plane, as one complex factor.
    turn = ((seen - middle[:, None]) * np.conj(model - centre)).sum(1) / max(float(spread), 1e-9)
    turn = np.where(np.abs(turn) > 1e-6, turn, 1e-3)
    placed = middle[:, None] + turn[:, None] * (standing @ [1, 1j] - centre)[None]
    out[:, never] = np.stack([placed.real, placed.imag], axis=-1)[:, never]
    return out
