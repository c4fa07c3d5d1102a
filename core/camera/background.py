"""Corners of the background followed from frame to frame, people left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Grey = NDArray[np.uint8]

# Pictures are looked at no wider than this (px), and so many corners are followed in them.
_SIDE, _CORNERS = 480, 150
_APART, _QUALITY = 14, 0.02
# A corner is lost where following it there and back misses by more (px of the small picture).
_BACK = 0.3
# Seconds between looks while nothing moves, and how far (px of the small picture) corners must wander to say it does.
_LOOK, _MOVED = 0.5, 0.5
# Boxes of people are widened by this share: arms and shadows reach out of them.
_ROOM = 0.12
_WINDOW, _LEVELS = (21, 21), 3


@dataclass(frozen=True)
class BackgroundTracks:
    """M sightings of corners: ``frames`` (M,) absolute index, ``tracks`` (M,) which corner, ``points`` (M, 2) px of
    the full picture; sorted by frame."""

    frames: NDArray[np.int64]
    tracks: NDArray[np.int64]
    points: NDArray[np.float32]

    @staticmethod
    def joined(parts: list[BackgroundTracks]) -> BackgroundTracks:
        """Several, one after the other."""
        if not parts:
            return BackgroundTracks(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 2), np.float32))
        return BackgroundTracks(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(parts[0])))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Everything as named arrays."""
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> BackgroundTracks:
        """Inverse of ``to_arrays``."""
        return cls(**{f.name: arrays[f.name] for f in fields(cls)})


@dataclass(frozen=True)
class BackgroundState:
    """Where following stands: the last small picture ``grey`` (h, w) uint8, empty before the first; ``points`` (n, 2)
    of its corners and ``ids`` (n,); ``next_track``: the next unused one."""

    grey: Grey = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    points: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    ids: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    next_track: int = 0

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Everything as named arrays."""
        return {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> BackgroundState:
        """Inverse of ``to_arrays``."""
        values = {f.name: arrays[f.name] for f in fields(cls)}
        return cls(**{**values, "next_track": int(values["next_track"])})


def follow_background(
    images: list[Grey], timestamps: Array, first_frame: int, boxes: list[Array], state: BackgroundState
) -> tuple[BackgroundTracks, BackgroundState]:
    """Follows the background through a chunk.

    images: n RGB pictures (H, W, 3); timestamps (n,) s; first_frame: absolute index of the first; boxes: for each
    picture (k, 4) px x0, y0, x1, y1 of its people. While the background stands, only two pictures a second
    are looked at; where it moves, all of them.
    """
    looks = [0]
    for i in range(1, len(images)):
        if timestamps[i] - timestamps[looks[-1]] >= _LOOK - 1e-6 or i == len(images) - 1:
            looks.append(i)
    sparse, after = _follow(images, looks, first_frame, boxes, state)
    scale = min(1.0, _SIDE / max(images[0].shape[:2]))
    if len(looks) == len(images) or not len(sparse.frames) or not _wanders(sparse, scale):
        return sparse, after
    return _follow(images, list(range(len(images))), first_frame, boxes, state)


def _follow(
    images: list[Grey], looks: list[int], first_frame: int, boxes: list[Array], state: BackgroundState
) -> tuple[BackgroundTracks, BackgroundState]:
    seen: list[BackgroundTracks] = []
    for i in looks:
        grey, scale = _small(images[i])
        points, ids = state.points, state.ids
        if len(points) and state.grey.shape == grey.shape:
            moved, kept = _optical_flow(state.grey, grey, points)
            kept &= ~_inside(moved, boxes[i] * scale, grey.shape)
            points, ids = moved[kept], ids[kept]
        else:
            points, ids = points[:0], ids[:0]
        next_track = state.next_track
        if len(points) < 0.7 * _CORNERS:
            fresh = _corners(grey, points, boxes[i] * scale)
            points = np.concatenate([points, fresh])
            ids = np.concatenate([ids, next_track + np.arange(len(fresh))])
            next_track += len(fresh)
        state = BackgroundState(grey, points, ids, next_track)
        frames = np.full(len(ids), first_frame + i, np.int64)
        # The middle of a small pixel is not the middle of the first large one.
        seen.append(BackgroundTracks(frames, ids, ((points + 0.5) / scale - 0.5).astype(np.float32)))
    return BackgroundTracks.joined(seen), state


def _wanders(tracks: BackgroundTracks, scale: float) -> bool:
    """Whether corners left their places, or were lost, between the first look and the last."""
    first, last = tracks.frames == tracks.frames[0], tracks.frames == tracks.frames[-1]
    _, a, b = np.intersect1d(tracks.tracks[first], tracks.tracks[last], return_indices=True)
    if len(a) < max(8, 0.5 * first.sum()):
        return True
    moved = np.linalg.norm(tracks.points[last][b] - tracks.points[first][a], axis=1) * scale
    return bool(np.median(moved) > _MOVED)


def _small(image: Grey) -> tuple[Grey, float]:
    height, width = image.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if scale < 1 else image
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8), scale


def _optical_flow(before: Grey, after: Grey, points: Array) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Points (n, 2) in the next picture, and which of them were followed (Lucas and Kanade, in pyramids)."""
    start = np.ascontiguousarray(points[:, None], np.float32)
    ahead, found, _ = cv2.calcOpticalFlowPyrLK(before, after, start, start.copy(), winSize=_WINDOW, maxLevel=_LEVELS)
    back, returned, _ = cv2.calcOpticalFlowPyrLK(after, before, ahead, ahead.copy(), winSize=_WINDOW, maxLevel=_LEVELS)
    missed = np.linalg.norm(back[:, 0] - points, axis=1)
    kept = (found[:, 0] == 1) & (returned[:, 0] == 1) & (missed < _BACK)
    return np.asarray(ahead[:, 0], np.float32), kept


def _corners(grey: Grey, known: Array, boxes: Array) -> NDArray[np.float32]:
    """New corners (n, 2) away from known ones and from people."""
    mask = np.full(grey.shape, 255, np.uint8)
    for x0, y0, x1, y1 in _widened(boxes):
        mask[max(int(y0), 0) : max(int(y1) + 1, 0), max(int(x0), 0) : max(int(x1) + 1, 0)] = 0
    for x, y in known:
        cv2.circle(mask, (int(x), int(y)), _APART, 0, -1)
    found = cv2.goodFeaturesToTrack(grey, _CORNERS - len(known), _QUALITY, _APART, mask=mask)
    return np.zeros((0, 2), np.float32) if found is None else found[:, 0].astype(np.float32)


def _inside(points: Array, boxes: Array, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Points in somebody's box, or out of the picture."""
    out = (points < 1).any(1) | (points[:, 0] > shape[1] - 2) | (points[:, 1] > shape[0] - 2)
    for x0, y0, x1, y1 in _widened(boxes):
        out |= (points[:, 0] > x0) & (points[:, 0] < x1) & (points[:, 1] > y0) & (points[:, 1] < y1)
    return out


def _widened(boxes: Array) -> Array:
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    room = _ROOM * np.maximum(boxes[:, 2:] - boxes[:, :2], 1)
    return np.concatenate([boxes[:, :2] - room, boxes[:, 2:] + room], axis=1)
