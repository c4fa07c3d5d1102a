"""The held-out test: windows of the test subjects that are the same for every method.

Protocol: the test split at 30 frames per second, whole clips cut into windows, each before a camera of its own drawn
with a fixed seed; true 2D plus the noise model, nothing missing unless asked for. Error: mean distance of the twelve
limb joints, relative to the middle of the hips, camera axes, mm, no alignment of scale (MPJPE) or similarity (PA).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rotation import nearest_rotation
from ..skeleton import JOINT_INDEX
from .figure import LIMB_JOINTS
from .mocap import RIGS, Mocap
from .noise import NoiseModel
from .sampling import HELD_OUT, Variety, Windows, windows_at

Array = NDArray[np.floating]
RATE = 30.0
LIMB_ROWS = [JOINT_INDEX[name] for name in LIMB_JOINTS]
_HIPS = [LIMB_JOINTS.index("left_hip"), LIMB_JOINTS.index("right_hip")]


def held_out(
    mocap: Mocap, noise: NoiseModel, frames: int = 162, variety: Variety = HELD_OUT, seed: int = 7
) -> Windows:
    """All of ``mocap`` at 30 frames per second in windows of ``frames``, one after the other."""
    stride = (frames - 1) * mocap.fps / RATE
    clips, firsts = [], []
    for clip, length in enumerate(mocap.lengths):
        begins = np.arange(0, length, stride + mocap.fps / RATE).astype(np.int64)
        clips += [clip] * len(begins)
        firsts += begins.tolist()
    rng = np.random.default_rng(seed)
    rate = np.full(len(clips), RATE, np.float32)
    return windows_at(rng, mocap, noise, np.array(clips), np.array(firsts), rate, frames, variety)


def limbs(joints: Array) -> Array:
    """(…, 12, 3) limb joints relative to the middle of the hips, of joints (…, 22, 3) or of the limb joints alone."""
    chosen = joints[..., LIMB_ROWS, :] if joints.shape[-2] > len(LIMB_ROWS) else joints
    return chosen - chosen[..., _HIPS, :].mean(-2, keepdims=True)


def errors(predicted: Array, windows: Windows) -> Array:
    """(N, 12) mm: errors of the frames inside their clips; predicted (B, T, 22 or 12, 3) m, camera axes."""
    distance = np.linalg.norm(limbs(predicted) - limbs(windows.joints), axis=-1)
    return 1000 * distance[windows.inside]


def aligned_errors(predicted: Array, windows: Windows) -> Array:
    """(N, 12) mm after the best similarity of each frame (Schönemann 1966)."""
    p = limbs(predicted)[windows.inside].astype(np.float64)
    t = limbs(windows.joints)[windows.inside].astype(np.float64)
    p, t = p - p.mean(1, keepdims=True), t - t.mean(1, keepdims=True)
    covariance = np.einsum("nji,njk->nik", t, p)
    rotation = nearest_rotation(covariance)
    scale = np.einsum("nij,nij->n", rotation, covariance) / np.maximum((p**2).sum((1, 2)), 1e-12)
    moved = scale[:, None, None] * np.einsum("nij,nkj->nki", rotation, p)
    return 1000 * np.linalg.norm(moved - t, axis=-1)


def per_rig(values: Array, windows: Windows) -> dict[str, float]:
    """Means of values (N, …) over the frames of each rig."""
    rig = np.broadcast_to(windows.rig[:, None], windows.inside.shape)[windows.inside]
    return {RIGS[k]: float(values[rig == k].mean()) for k in np.unique(rig)}
