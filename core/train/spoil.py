"""What goes wrong in measurements besides noise: missing limbs, people cut by the picture's edge, exchanged sides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..lift.default_input import LANDMARKS, MIN_VISIBLE
from ..skeleton import other_side
from .noise import group_of

Array = NDArray[np.floating]

_HIDDEN = {
    "left_arm": ("left_elbow", "left_wrist"),
    "right_arm": ("right_elbow", "right_wrist"),
    "left_whole_arm": ("left_shoulder", "left_elbow", "left_wrist"),
    "right_whole_arm": ("right_shoulder", "right_elbow", "right_wrist"),
    "left_leg": ("left_knee", "left_ankle", "left_heel", "left_foot_index"),
    "right_leg": ("right_knee", "right_ankle", "right_heel", "right_foot_index"),
    "legs": tuple(f"{s}_{p}" for s in ("left", "right") for p in ("knee", "ankle", "heel", "foot_index")),
    "feet": tuple(f"{s}_{p}" for s in ("left", "right") for p in ("ankle", "heel", "foot_index")),
    "heels": tuple(f"{s}_{p}" for s in ("left", "right") for p in ("heel", "foot_index")),
    "lower": tuple(n for n in LANDMARKS if group_of(n).endswith("leg")),
    "head": ("nose", "left_ear", "right_ear"),
    "upper": tuple(n for n in LANDMARKS if not group_of(n).endswith("leg")),
}
_HIDDEN_ROWS = [np.isin(LANDMARKS, names) for names in _HIDDEN.values()]
_EXCHANGED = (
    [n for n in LANDMARKS if group_of(n).endswith("leg")],
    [n for n in LANDMARKS if group_of(n).endswith("arm")],
    list(LANDMARKS),
)


def hide(rng: np.random.Generator, confidence: Array) -> None:
    """Sets confidence (B, T, L) to 0 for limbs, single landmarks and whole frames; at least 6 stay in a frame that
    keeps any."""
    batch, frames, count = confidence.shape
    before = confidence.copy()
    for window in np.flatnonzero(rng.random(batch) < 0.35):
        for _ in range(rng.integers(1, 3)):
            rows = _HIDDEN_ROWS[rng.integers(len(_HIDDEN_ROWS))]
            confidence[window, _interval(rng, frames, 0.5), :] *= ~rows
    for window in np.flatnonzero(rng.random(batch) < 0.12):
        kept = rng.permutation(count)[: rng.integers(MIN_VISIBLE, count)]
        confidence[window, _interval(rng, frames, 0.5), :] *= np.isin(np.arange(count), kept)
    lost = rng.random(confidence.shape) < rng.choice([0, 0.02, 0.15], (batch, 1, 1), p=[0.7, 0.2, 0.1])
    confidence[lost] = 0
    restored = (confidence > 0).sum(-1) < MIN_VISIBLE
    confidence[restored] = before[restored]
    for window in np.flatnonzero(rng.random(batch) < 0.15):
        begin = rng.integers(frames)
        confidence[window, begin : begin + rng.integers(1, 9)] = 0


def cut_at_edges(rng: np.random.Generator, rays: Array, confidence: Array, half_size: Array) -> None:
    """What lies beyond the picture's edge (rays beyond ``half_size`` (B, 2)) is missing, or guessed with no confidence
    to speak of."""
    outside = (np.abs(rays) > half_size[:, None, None]).any(-1)
    guessed = rng.random((len(rays), 1, 1)) < 0.4
    # Frames with almost nothing inside are left alone: such a person would not have been found.
    outside &= ((~outside & (confidence > 0)).sum(-1) >= MIN_VISIBLE)[..., None]
    confidence[outside & ~guessed] = 0
    weak = outside & guessed
    confidence[weak] *= 0.25
    rays[weak] *= np.exp(rng.normal(0, 0.15, (int(weak.sum()), 1))).astype(np.float32)


def exchange(rng: np.random.Generator, rays: Array, confidence: Array) -> None:
    """Left and right of legs, arms or everything change places for moments, now and then for long."""
    frames = rays.shape[1]
    for window in np.flatnonzero(rng.random(len(rays)) < 0.15):
        names = _EXCHANGED[rng.integers(len(_EXCHANGED))]
        rows = [LANDMARKS.index(n) for n in names]
        other = [LANDMARKS.index(other_side(n)) for n in names]
        length = rng.integers(1, 12) if rng.random() < 0.85 else rng.integers(12, 40)
        begin = rng.integers(frames)
        part = slice(begin, begin + length)
        rays[window, part, rows] = rays[window, part, other].copy()
        confidence[window, part, rows] = confidence[window, part, other] * 0.8


def _interval(rng: np.random.Generator, frames: int, whole: float) -> slice:
    """All frames with probability ``whole``, else a random part."""
    if rng.random() < whole:
        return slice(None)
    begin, end = np.sort(rng.integers(0, frames + 1, 2))
    return slice(int(begin), int(end))
