"""The hand networks on crops: 21 landmarks in image pixels and metres, and palms found in wider crops."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..nets.anchors import decode_palm, weighted_nms
from ..pose2d.crops import Frame, crops_from_points, rotate_xy, to_crop, to_image
from ..pose2d.still import look

if TYPE_CHECKING:
    from ..nets import Predictor

HAND_LANDMARKS = 21
# The next crop encloses the palm's points and the middle knuckles, enlarged and moved towards the fingers, as the
# published configuration has it.
_PALM_POINTS = np.array([0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18])
_CROP_SCALE = 2.0
_CROP_SHIFT = 0.1
_WRIST, _INDEX_MCP, _MIDDLE_MCP, _RING_MCP = 0, 5, 9, 13
# From a detected palm: enlarged and moved towards the fingers by these, as published.
_PALM_SCALE = 2.6
_PALM_SHIFT = 0.5
_MIN_PALM = 0.4


@dataclass(frozen=True)
class HandLandmarks:
    """N answers of the hand network.

    ``points`` (N, 21, 2) image px; ``world`` (N, 21, 3) m, camera axes, wrist-centred; ``presence`` (N,) probability of
    a hand in the crop; ``right`` (N,) probability that it is a right hand; ``crops`` (N, 4) suggested by the landmarks.
    """

    points: np.ndarray
    world: np.ndarray
    presence: np.ndarray
    right: np.ndarray
    crops: np.ndarray

    def __len__(self) -> int:
        return len(self.presence)

    @staticmethod
    def empty(count: int) -> HandLandmarks:
        """``count`` answers with nothing seen."""
        return HandLandmarks(
            np.full((count, HAND_LANDMARKS, 2), np.nan, np.float32),
            np.full((count, HAND_LANDMARKS, 3), np.nan, np.float32),
            np.zeros(count, np.float32),
            np.full(count, 0.5, np.float32),
            np.full((count, 4), np.nan),
        )

    def take(self, index: np.ndarray) -> HandLandmarks:
        """The answers at ``index``."""
        return HandLandmarks(*(getattr(self, f.name)[index] for f in fields(self)))

    def put(self, index: np.ndarray, other: HandLandmarks) -> None:
        """Replace the answers at ``index`` by ``other``."""
        for f in fields(self):
            getattr(self, f.name)[index] = getattr(other, f.name)


def landmark_hands(network: Predictor, frames: list[Frame], index: np.ndarray, crops: np.ndarray) -> HandLandmarks:
    """Landmarks of the hand in each of ``crops`` (N, 4) of ``frames[index[n]]``; N may be 0."""
    side = network.spec.size
    out, crops = look(network, frames, index, crops, cv2.BORDER_REPLICATE)
    points = to_image(out["landmarks"][..., :2].astype(np.float64), crops, side)
    world = rotate_xy(out["world_landmarks"], crops[:, 3])
    return HandLandmarks(
        points=points.astype(np.float32),
        world=(world - world[:, :1]).astype(np.float32),
        presence=out["presence"][:, 0].astype(np.float32),
        right=out["handedness"][:, 0].astype(np.float32),
        crops=crops_from_hands(points),
    )


def crops_from_hands(points: np.ndarray) -> np.ndarray:
    """(N, 4) crops around hands with landmarks ``points`` (N, 21, 2) image px, fingers up."""
    knuckles = 0.25 * (points[:, _INDEX_MCP] + points[:, _RING_MCP]) + 0.5 * points[:, _MIDDLE_MCP]
    axis = crops_from_points(points[:, _WRIST], knuckles, 1.0)
    axis[:, 2] = 1.0
    # In a frame turned with the hand, the palm's bounding box gives the square.
    local = to_crop(points[:, _PALM_POINTS], axis, 1)
    low, high = local.min(1), local.max(1)
    axis[:, 2] = (high - low).max(1)
    axis[:, :2] = to_image(0.5 * (low + high)[:, None], _unit(axis), 1)[:, 0]
    return _grown(axis, _CROP_SCALE, _CROP_SHIFT)


def detect_palms(
    network: Predictor, frames: list[Frame], index: np.ndarray, crops: np.ndarray, wrists: np.ndarray, taken: np.ndarray
) -> np.ndarray:
    """(N, 4) the hand crop of the palm nearest to ``wrists`` (N, 2) in each of ``crops`` (N, 4), NaN for none.

    ``taken`` (N, 2): middle of a hand that belongs to another arm and is not to be found again, NaN for none.
    """
    out, crops = look(network, frames, index, crops, cv2.BORDER_CONSTANT)
    found = np.full((len(crops), 4), np.nan)
    for n, part in enumerate(decode_palm(out["boxes"], out["scores"], _MIN_PALM)):
        palms = weighted_nms(part)
        if not len(palms):
            continue
        # As fractions of the crop; to_image with side 1 makes them pixels.
        points = to_image(palms.keypoints.astype(np.float64), np.repeat(crops[[n]], len(palms), 0), 1)
        boxes = palms.boxes.astype(np.float64)
        hands = crops_from_points(points[:, 0], points[:, 2], 1.0)
        hands[:, :2] = to_image(
            0.5 * (boxes[:, None, :2] + boxes[:, None, 2:]), np.repeat(crops[[n]], len(palms), 0), 1
        )[:, 0]
        hands[:, 2] = (boxes[:, 2:] - boxes[:, :2]).max(1) * crops[n, 2]
        away = np.hypot(*(points[:, 0] - wrists[n]).T)
        if np.isfinite(taken[n]).all():
            away[np.hypot(*(hands[:, :2] - taken[n]).T) < 0.6 * hands[:, 2]] = np.inf
        best = int(np.argmin(away))
        if np.isfinite(away[best]):
            found[n] = _grown(hands[[best]], _PALM_SCALE, _PALM_SHIFT)[0]
    return found


def _unit(crops: np.ndarray) -> np.ndarray:
    """The same crops with side 1."""
    return np.column_stack([crops[:, :2], np.ones(len(crops)), crops[:, 3]])


def _grown(crops: np.ndarray, scale: float, shift: float) -> np.ndarray:
    """Crops moved up by ``shift`` of their side, then enlarged."""
    up = np.stack([np.sin(crops[:, 3]), -np.cos(crops[:, 3])], 1)
    return np.column_stack([crops[:, :2] + shift * crops[:, 2:3] * up, crops[:, 2] * scale, crops[:, 3]])
