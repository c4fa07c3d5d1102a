"""A person's landmarks over some frames of one chunk: what the journal keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from ..skeleton import KEYPOINTS

K = len(KEYPOINTS)


@dataclass(frozen=True)
class Tracklet:
    """n frames of one person, in order, gaps allowed; not measured is NaN with confidence 0.

    ``track``: the same number in the next chunk means that the tracker followed the same person across the border.
    ``frames`` (n,) int64 absolute frame indices. ``boxes`` (n, 4) x0, y0, x1, y1 px. ``keypoints2d`` (n, 75, 2) px.
    ``confidence`` (n, 75). ``keypoints3d`` (n, 75, 3) m, camera axes, body hip-centred, each hand wrist-centred.
    ``presence`` (n,) the landmark network's probability of a person. ``hand_score`` (n, 2) left, right.
    ``appearance`` (n, A) colour histogram of the clothes, NaN where it was not looked at.
    """

    track: int
    frames: np.ndarray
    boxes: np.ndarray
    keypoints2d: np.ndarray
    confidence: np.ndarray
    keypoints3d: np.ndarray
    presence: np.ndarray
    hand_score: np.ndarray
    appearance: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.frames)
        shapes = {
            "frames": (n,), "boxes": (n, 4), "keypoints2d": (n, K, 2), "confidence": (n, K), "keypoints3d": (n, K, 3),
            "presence": (n,), "hand_score": (n, 2),
        }  # fmt: skip
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"tracklet {self.track}: {name} must be {shape}, got {getattr(self, name).shape}")
        if n == 0 or (np.diff(self.frames) <= 0).any():
            raise ValueError(f"tracklet {self.track}: frames must increase and not be empty")

    def __len__(self) -> int:
        return len(self.frames)

    def take(self, index: np.ndarray | slice) -> Tracklet:
        """The frames at ``index`` (mask, slice or integers), which must not be empty."""
        return Tracklet(self.track, *(getattr(self, f.name)[index] for f in fields(self)[1:]))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Everything as named arrays, for ``numpy.savez``."""
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}

    @staticmethod
    def from_arrays(arrays: Mapping[str, np.ndarray]) -> Tracklet:
        """Inverse of ``to_arrays``."""
        values = {f.name: arrays[f.name] for f in fields(Tracklet)}
        return Tracklet(**{**values, "track": int(values["track"])})
