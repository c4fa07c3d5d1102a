"""The default detector: BlazePose's, on the whole frame and on overlapping square tiles.

On a whole frame the network finds only the most prominent person. Tiles at three scales show it every other one at a
useful size; the false alarms they bring are weeded out by the landmark network and by the length of a track.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..nets.anchors import Detections, decode_pose
from ..pose2d.crops import Frame, crops_from_points, extract, to_image
from ..pose2d.landmarks import CROP_SCALE

if TYPE_CHECKING:
    from ..nets import Predictor

# Side of the tiles of one scale over the frame's shorter side, and the step between them over the tile's side.
_TILE_SIDES = (1.0, 0.6)
_TILE_STEP = 0.7
_MIN_SCORE = 0.5
# Two detections are one person where their hip centres are closer than this times the mean circle radius, and their
# radii differ by less than the factor.
_SAME_DISTANCE = 0.4
_SAME_RADIUS = 1.8


@dataclass(frozen=True)
class PersonDetection:
    """One person in one frame, image pixels.

    ``box`` (4,) x0, y0, x1, y1 around the person's circle; ``keypoints`` (4, 2) hip centre, a point on that circle
    above the person, shoulder centre, a point on the upper body's circle; ``score`` probability; ``uncovered``: seen
    only after a neighbour was painted over.
    """

    box: np.ndarray
    keypoints: np.ndarray
    score: float
    uncovered: bool = False

    @property
    def crop(self) -> np.ndarray:
        """(4,) the rotated square that the landmark network wants."""
        return crops_from_points(self.keypoints[None, 0], self.keypoints[None, 1], CROP_SCALE)[0]


def tiles(width: int, height: int) -> np.ndarray:
    """(n, 4) crops of a frame: the whole of it, squares as wide as its shorter side, and smaller ones, overlapping."""
    short = min(width, height)
    rows = [((width - 1) / 2.0, (height - 1) / 2.0, float(max(width, height)), 0.0)]
    for fraction in _TILE_SIDES:
        side = fraction * short
        for y in _centres(height, side):
            rows += [(x, y, side, 0.0) for x in _centres(width, side)]
    return np.array(rows[:1] if len(rows) == 2 else rows)


def detect_people(frames: list[Frame], network: Predictor, tiled: bool = True) -> list[list[PersonDetection]]:
    """People in each frame, best first. ``tiled=False`` looks at the whole frame only: the most prominent person."""
    found: list[list[PersonDetection]] = []
    for frame in frames:
        found.append(look(frame, tiles(*frame.size) if tiled else tiles(*frame.size)[:1], network))
    return found


def look(frame: Frame, crops: np.ndarray, network: Predictor) -> list[PersonDetection]:
    """People in crops (N, 4) of a frame, best first."""
    inputs = extract([frame], np.zeros(len(crops), int), crops, network.spec.size, cv2.BORDER_CONSTANT)
    out = network.predict(inputs)
    parts = decode_pose(out["boxes"], out["scores"], _MIN_SCORE)
    return _merge([_in_image(part, crop) for part, crop in zip(parts, crops, strict=True) if len(part)])


def _in_image(part: Detections, crop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints (n, 4, 2) in image pixels and scores (n,)."""
    return to_image(part.keypoints.astype(np.float64), np.repeat(crop[None], len(part), 0), 1), part.scores


def _merge(parts: list[tuple[np.ndarray, np.ndarray]]) -> list[PersonDetection]:
    """One detection per person: those about the same circle are averaged by score, the best score kept."""
    if not parts:
        return []
    points = np.concatenate([part[0] for part in parts])
    scores = np.concatenate([part[1] for part in parts])
    radius = np.hypot(*(points[:, 1] - points[:, 0]).T)
    left = list(np.argsort(-scores, kind="stable"))
    merged = []
    while left:
        best = left[0]
        near = np.hypot(*(points[left, 0] - points[best, 0]).T) < _SAME_DISTANCE * 0.5 * (radius[left] + radius[best])
        ratio = np.maximum(radius[left] / radius[best], radius[best] / np.maximum(radius[left], 1e-6))
        together = near & (ratio < _SAME_RADIUS)
        together[0] = True
        group = np.array(left)[together]
        weight = scores[group] / scores[group].sum()
        merged.append(_person(np.tensordot(weight, points[group], 1), float(scores[best])))
        left = [i for i, same in zip(left, together, strict=True) if not same]
    return merged


def _person(keypoints: np.ndarray, score: float) -> PersonDetection:
    radius = float(np.hypot(*(keypoints[1] - keypoints[0])))
    box = np.concatenate([keypoints[0] - radius, keypoints[0] + radius]).astype(np.float32)
    return PersonDetection(box, keypoints.astype(np.float32), score)


def _centres(length: int, side: float) -> np.ndarray:
    """Centres of the fewest tiles that cover ``length`` at no more than the step."""
    count = max(1, int(np.ceil((length - side) / (_TILE_STEP * side) - 1e-9)) + 1)
    return (np.linspace(side / 2.0, length - side / 2.0, count) if count > 1 else np.array([length / 2.0])) - 0.5
