"""The body landmark network on crops: 33 landmarks in image pixels and in metres, and the crop they suggest."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .crops import Frame, crops_from_points, rotate_xy, to_image
from .still import look

if TYPE_CHECKING:
    from ..nets import Predictor

BODY_LANDMARKS = 33
# Landmarks past the 33 that describe the person's circle: its centre and a point on its rim.
_CENTRE, _RIM = 33, 34
# The published configuration enlarges the circle's square by this to get the next crop.
CROP_SCALE = 1.25


@dataclass(frozen=True)
class BodyLandmarks:
    """N answers of the network.

    ``points`` (N, 33, 2) image px; ``visibility`` (N, 33) probability that the landmark is in the picture and not
    hidden; ``world`` (N, 33, 3) m, camera axes (x right, y down, z forward), hip-centred; ``presence`` (N,)
    probability of a person in the crop; ``crops`` (N, 4) the crop that these landmarks suggest.
    """

    points: np.ndarray
    visibility: np.ndarray
    world: np.ndarray
    presence: np.ndarray
    crops: np.ndarray

    def __len__(self) -> int:
        return len(self.presence)

    @staticmethod
    def empty(count: int) -> BodyLandmarks:
        """``count`` answers with nobody seen."""
        return BodyLandmarks(
            np.full((count, BODY_LANDMARKS, 2), np.nan, np.float32),
            np.zeros((count, BODY_LANDMARKS), np.float32),
            np.full((count, BODY_LANDMARKS, 3), np.nan, np.float32),
            np.zeros(count, np.float32),
            np.full((count, 4), np.nan),
        )

    def take(self, index: np.ndarray | slice) -> BodyLandmarks:
        """The answers at ``index``."""
        return BodyLandmarks(*(getattr(self, f.name)[index] for f in fields(self)))

    def put(self, index: np.ndarray, other: BodyLandmarks) -> None:
        """Replace the answers at ``index`` by ``other``."""
        for f in fields(self):
            getattr(self, f.name)[index] = getattr(other, f.name)


def landmark_bodies(network: Predictor, frames: list[Frame], index: np.ndarray, crops: np.ndarray) -> BodyLandmarks:
    """Landmarks of the person in each of ``crops`` (N, 4) of ``frames[index[n]]``; N may be 0."""
    out, crops = look(network, frames, index, crops, cv2.BORDER_REPLICATE)
    return decode(out["landmarks"], out["world_landmarks"], out["presence"], crops, network.spec.size)


def decode(
    landmarks: np.ndarray, world: np.ndarray, presence: np.ndarray, crops: np.ndarray, side: int
) -> BodyLandmarks:
    """The network's raw outputs for ``crops`` (N, 4): (N, 39, 5), (N, 39, 3), (N, 1); see ``nets.specs``."""
    points = to_image(landmarks[..., :2].astype(np.float64), crops, side)
    inside = _sigmoid(landmarks[:, :BODY_LANDMARKS, 3]) * _sigmoid(landmarks[:, :BODY_LANDMARKS, 4])
    return BodyLandmarks(
        points=points[:, :BODY_LANDMARKS].astype(np.float32),
        visibility=inside.astype(np.float32),
        # The network sees the crop upright; turning it back gives the camera's axes.
        world=rotate_xy(world[:, :BODY_LANDMARKS], crops[:, 3]).astype(np.float32),
        presence=presence[:, 0].astype(np.float32),
        crops=crops_from_points(points[:, _CENTRE], points[:, _RIM], CROP_SCALE),
    )


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(values, -50.0, 50.0)))
