"""How a landmark network errs: a model with its numbers in ``noise.toml``, fitted on footage whose truth is known.

An error is the sum of what stays through a clip (the network's idea of a hip is not the joint's centre), a slow part
with memory and a fast part without. Slow and fast are multiplied by a difficulty, common in part to the landmarks of a
limb, that comes and goes (occlusion, blur) and lowers the confidence: so large errors are known by low confidence, as
far as the network's are.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..lift.default_input import LANDMARKS

Array = NDArray[np.floating]
NOISE_FILE = Path(__file__).with_name("noise.toml")
# Landmarks whose difficulties go together.
_GROUPS = ("head", "left_arm", "right_arm", "left_leg", "right_leg")
_GROUP_SHARE = 0.7


@dataclass(frozen=True)
class NoiseModel:
    """offset (L, 3) m: as ``figure.landmarks`` takes it; bias, slow, fast (L,) standard deviations per axis, shares of
    the box's longer side; times in s; confidence = sigmoid(logit − slope · max(difficulty, −1) + jitter)."""

    offset: Array
    bias: Array
    slow: Array
    fast: Array
    slow_seconds: float
    difficulty_seconds: float
    difficulty_spread: float
    confidence_logit: float
    confidence_slope: float
    confidence_jitter: float


def load_noise(path: Path = NOISE_FILE) -> NoiseModel:
    """The model in a file."""
    data = tomllib.loads(path.read_text())
    rows = [data["parts"][part_of(name)] for name in LANDMARKS]
    columns = {key: np.array([row[key] for row in rows], np.float32) for key in ("offset", "bias", "slow", "fast")}
    return NoiseModel(**columns, **{key: value for key, value in data.items() if key not in ("parts", "source")})


def part_of(landmark: str) -> str:
    """``left_hip`` → ``hip``."""
    return landmark.removeprefix("left_").removeprefix("right_")


def group_of(landmark: str) -> str:
    """Head, arm or leg of a side."""
    part = part_of(landmark)
    if part in ("nose", "ear"):
        return "head"
    limb = "arm" if part in ("shoulder", "elbow", "wrist") else "leg"
    return f"{landmark.split('_')[0]}_{limb}"


_GROUP_OF = np.array([_GROUPS.index(group_of(name)) for name in LANDMARKS])


def draw(rng: np.random.Generator, model: NoiseModel, frames: int, interval: Array) -> tuple[Array, Array]:
    """Errors (B, T, L, 2) in box sides and confidences (B, T, L) of B windows; interval (B,) s between frames."""
    batch, count = len(interval), len(LANDMARKS)
    shape = (batch, frames, count)
    common = remembering(rng, (batch, frames, len(_GROUPS)), np.exp(-interval / model.difficulty_seconds))
    own = remembering(rng, shape, np.exp(-interval / model.difficulty_seconds))
    hard = _GROUP_SHARE * common[..., _GROUP_OF] + np.sqrt(1 - _GROUP_SHARE**2) * own
    slow = remembering(rng, (batch, frames, 2 * count), np.exp(-interval / model.slow_seconds)).reshape(*shape, 2)
    fast = rng.standard_normal((*shape, 2), np.float32)
    moving = model.slow[:, None] * slow + model.fast[:, None] * fast
    bias = model.bias[:, None] * rng.standard_normal((batch, 1, count, 2), np.float32)
    error = bias + np.exp(model.difficulty_spread * hard)[..., None] * moving
    logit = model.confidence_logit - model.confidence_slope * np.maximum(hard, -1)
    logit = logit + model.confidence_jitter * rng.standard_normal(shape, np.float32)
    return error.astype(np.float32), (1 / (1 + np.exp(-logit))).astype(np.float32)


def remembering(rng: np.random.Generator, shape: tuple[int, int, int], keep: Array) -> NDArray[np.float32]:
    """Standard normal sequences (B, T, C) in which a frame's correlation with the one before is ``keep`` (B,)."""
    values = rng.standard_normal(shape, np.float32)
    keep = np.asarray(keep, np.float32)[:, None]
    fresh = np.sqrt(1 - keep**2)
    for frame in range(1, shape[1]):
        values[:, frame] = keep * values[:, frame - 1] + fresh * values[:, frame]
    return values
