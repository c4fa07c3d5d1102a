"""Where a bundle adjustment starts: how the camera turned and moved between pictures far enough apart."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_quaternion, nearest_rotation, quaternion_to_matrix, slerp
from .background import BackgroundTracks

Array = NDArray[np.floating]
Index = NDArray[np.integer]

# Two pictures are compared when corners have moved by so much (ray units), or so few of them are left.
_APART, _LEFT, _FEWEST = 0.06, 0.5, 20
# A turn alone explains what it leaves no more than so many expected errors of.
_TURN_ONLY = 4.0


def first_guess(
    tracks: BackgroundTracks, rays: Array, seen: Index, error: float
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Rotations (S, 3, 3) and centres (S, 3) to the first of the ``seen`` frames, units in which corners are 1 away;
    and which sightings (M,) agree.

    rays (M, 2) of the sightings; ``error``: of a corner, in ray units. Between two pictures that a turn does not
    explain the motion is that of their essential matrix (Nister 2004, RANSAC); its length is how far it moves corners.
    Corners that slide along a line, or sit on something that moves, do not agree.
    """
    edges = np.searchsorted(tracks.frames, np.concatenate([seen, seen[-1:] + 1]))
    parts = [slice(edges[i], edges[i + 1]) for i in range(len(seen))]
    turns, places = np.tile(np.eye(3), (len(seen), 1, 1)), np.zeros((len(seen), 3))
    agree = np.ones(len(rays), bool)
    key = 0
    while key + 1 < len(seen):
        following = _next_key(tracks, rays, parts, key)
        both, a, b = np.intersect1d(tracks.tracks[parts[key]], tracks.tracks[parts[following]], return_indices=True)
        turn, move, kept = _between(rays[parts[key]][a], rays[parts[following]][b], error)
        stretch = slice(parts[key].start, parts[following].stop)
        agree[stretch] &= ~np.isin(tracks.tracks[stretch], both[~kept])
        ahead = slice(key + 1, following + 1)
        share = np.arange(1, following - key + 1) / (following - key)
        ends = matrix_to_quaternion(np.stack([turns[key], turns[key] @ turn]))
        turns[ahead] = quaternion_to_matrix(
            slerp(np.repeat(ends[:1], len(share), 0), np.repeat(ends[1:], len(share), 0), share)
        )
        places[ahead] = places[key] + share[:, None] * (turns[key] @ move)
        key = following
    return turns, places, agree


def _next_key(tracks: BackgroundTracks, rays: Array, parts: list[slice], key: int) -> int:
    begin = parts[key]
    for other in range(key + 1, len(parts)):
        _, a, b = np.intersect1d(tracks.tracks[begin], tracks.tracks[parts[other]], return_indices=True)
        if len(a) < max(_FEWEST, _LEFT * (begin.stop - begin.start)):
            return max(other - 1, key + 1)
        if np.median(np.linalg.norm(rays[begin][a] - rays[parts[other]][b], axis=1)) > _APART:
            return other
    return len(parts) - 1


def _between(first: Array, second: Array, error: float) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Rotation (3, 3) and place (3,) of the second camera in the first, and which rays agree, from rays (N, 2) of the
    same corners."""
    everything = np.ones(len(first), bool)
    if len(first) < 3:
        return np.eye(3), np.zeros(3), everything
    x, y = _unit(first), _unit(second)
    turn, weight = np.eye(3), np.ones(len(x))
    for _ in range(6):
        turn = nearest_rotation((weight[:, None] * x).T @ y)
        weight = 1 / (1 + (np.linalg.norm(x - y @ turn.T, axis=1) / (3 * error)) ** 2)
    left = np.linalg.norm(x - y @ turn.T, axis=1)
    if np.median(left) < _TURN_ONLY * error or len(first) < _FEWEST:
        return turn, np.zeros(3), left < 3 * max(_TURN_ONLY * error, float(np.median(left)))
    a, b = np.ascontiguousarray(first, np.float64), np.ascontiguousarray(second, np.float64)
    cv2.setRNGSeed(0)
    essential, found = cv2.findEssentialMat(a, b, np.eye(3), cv2.RANSAC, 0.999, 2 * error)
    if essential is None or essential.shape != (3, 3):
        return turn, np.zeros(3), everything
    kept = np.asarray(found)[:, 0] > 0
    _, rotation, direction, _ = cv2.recoverPose(essential, a, b, np.eye(3), mask=np.asarray(found).copy())
    # OpenCV maps the first camera's points into the second.
    turn = np.asarray(rotation, np.float64).T
    place = -(turn @ np.asarray(direction, np.float64))[:, 0]
    moved = float(np.median(np.linalg.norm(x - y @ turn.T, axis=1)[kept])) if kept.any() else 0.0
    return turn, moved * place, kept


def _unit(rays: Array) -> Array:
    """(N, 3) unit vectors along rays (N, 2)."""
    vectors = np.concatenate([rays, np.ones((len(rays), 1))], axis=1)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
