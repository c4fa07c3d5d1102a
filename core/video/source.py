"""What a piece of footage is: facts about it, and the frames that stream out of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

# One chunk of RGB frames; up to two and a half of them are alive at once (the caller's, the next one, decoded ahead).
CHUNK_BYTES = 215_000_000
CHUNK_FRAMES_RANGE = (8, 96)


@dataclass(frozen=True)
class VideoInfo:
    """Facts from the container, before decoding more than one frame.

    ``width``, ``height``: upright pixels. ``rotation``: degrees counterclockwise that make the stored picture upright
    (0, 90, 180, 270). ``frame_count``, ``duration`` (s): None where the container does not say. ``focal_px``: focal
    length in upright full-size pixels where the metadata has it.
    """

    path: Path
    width: int
    height: int
    rotation: int
    fps_nominal: Fraction
    frame_count: int | None
    duration: float | None
    focal_px: float | None
    has_audio: bool


@dataclass(frozen=True)
class FrameChunk:
    """Consecutive frames. ``timestamps``: (n,) float64 s, presentation times as the container has them (the first need
    not be 0), strictly increasing. ``images``: n arrays (H, W, 3) uint8 RGB, upright."""

    index: int
    timestamps: np.ndarray
    images: list[np.ndarray]

    def __post_init__(self) -> None:
        if self.timestamps.shape != (len(self.images),):
            raise ValueError(f"{len(self.images)} images but timestamps of shape {self.timestamps.shape}")


def chunk_frames_for(width: int, height: int) -> int:
    """Frames per chunk so that memory stays bounded whatever the resolution."""
    low, high = CHUNK_FRAMES_RANGE
    return int(np.clip(CHUNK_BYTES // (3 * width * height), low, high))
