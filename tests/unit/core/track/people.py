"""Imaginary people walking through a picture, and a landmark network that sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from understudy.core.pose2d.crops import Frame
from understudy.core.pose2d.landmarks import BodyLandmarks
from understudy.core.skeleton import POSE_LANDMARKS
from understudy.core.track.appearance import SIZE
from understudy.core.track.tracklets import K, Tracklet

WIDTH, HEIGHT = 800, 400
_HEIGHTS = {
    "nose": -0.85, "eye": -0.9, "ear": -0.88, "mouth": -0.8, "shoulder": -0.6, "elbow": -0.3, "wrist": 0.0,
    "pinky": 0.05, "index": 0.06, "thumb": 0.04, "hip": 0.0, "knee": 0.45, "ankle": 0.9, "heel": 0.95, "foot": 1.0,
}  # fmt: skip


def shape() -> np.ndarray:
    """(33, 2) landmarks of somebody standing, hips at the origin, from −1 (head) to 1 (feet)."""
    points = []
    for name in POSE_LANDMARKS:
        side = 1.0 if "left" in name else -1.0 if "right" in name else 0.0
        part = next(p for p in _HEIGHTS if p in name)
        points.append((side * (0.05 if part in ("eye", "ear", "mouth") else 0.2), _HEIGHTS[part]))
    return np.array(points)


@dataclass(frozen=True)
class Walker:
    """Hips at ``start`` + ``velocity`` · t px, half height ``size`` px, clothes of a ``colour``; ``hidden`` frames."""

    start: tuple[float, float]
    velocity: tuple[float, float]
    size: float = 100.0
    colour: tuple[int, int, int] = (200, 40, 40)
    hidden: range = range(0)

    def centre(self, time: float) -> np.ndarray:
        return np.array(self.start) + np.array(self.velocity) * time

    def points(self, time: float) -> np.ndarray:
        return self.centre(time) + self.size * shape()

    def crop(self, time: float) -> np.ndarray:
        return np.array([*self.centre(time), 2.5 * self.size, 0.0])


def pictures(walkers: Sequence[Walker], times: np.ndarray) -> list[Frame]:
    """Frames with the walkers' trunks and thighs painted, the last in front."""
    frames = []
    for i, time in enumerate(times):
        image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        for walker in walkers:
            if i not in walker.hidden:
                x, y = walker.centre(time)
                s = walker.size
                image[
                    max(0, int(y - 0.65 * s)) : int(y + 0.5 * s), max(0, int(x - 0.25 * s)) : max(0, int(x + 0.25 * s))
                ] = walker.colour
        frames.append(Frame(image))
    return frames


def network(walkers: Sequence[Walker], times: np.ndarray) -> Callable[[np.ndarray, np.ndarray], BodyLandmarks]:
    """Like the real one it answers for the person nearest to the crop's middle, or says that there is none."""

    def landmark(index: np.ndarray, crops: np.ndarray) -> BodyLandmarks:
        n = len(index)
        out = BodyLandmarks(
            np.zeros((n, 33, 2), np.float32), np.zeros((n, 33), np.float32), np.zeros((n, 33, 3), np.float32),
            np.zeros(n, np.float32), crops.astype(float).copy(),
        )  # fmt: skip
        for k, (i, crop) in enumerate(zip(index, crops, strict=True)):
            there = [w for w in walkers if i not in w.hidden]
            away = [np.hypot(*(w.centre(times[i]) - crop[:2])) for w in there]
            if not there or min(away) > 0.4 * crop[2]:
                continue
            walker = there[int(np.argmin(away))]
            out.points[k], out.visibility[k], out.presence[k] = walker.points(times[i]), 0.99, 1.0
            out.crops[k] = walker.crop(times[i])
        return out

    return landmark


def tracklet(
    track: int, walker: Walker, frames: np.ndarray, times: np.ndarray, clothes: int | None = None, presence: float = 1.0
) -> Tracklet:
    """What perception would give for ``walker`` on ``frames``; ``clothes``: which one-hot description, or none."""
    n = len(frames)
    points = np.full((n, K, 2), np.nan, np.float32)
    points[:, :33] = np.stack([walker.points(times[f]) for f in frames])
    confidence = np.zeros((n, K), np.float32)
    confidence[:, :33] = 0.9
    appearance = np.full((n, SIZE), np.nan, np.float32)
    if clothes is not None:
        appearance[:] = 0.0
        # Three histograms per part, each with all its weight in one bin.
        for first in (0, 8, 20, 32, 40, 52):
            appearance[:, first + clothes] = 1.0
    boxes = np.concatenate([points[:, :33].min(1), points[:, :33].max(1)], 1)
    return Tracklet(
        track, np.asarray(frames, np.int64), boxes, points, confidence, np.zeros((n, K, 3), np.float32),
        np.full(n, presence, np.float32), np.zeros((n, 2), np.float32), appearance,
    )  # fmt: skip
