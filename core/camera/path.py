"""The path of a camera from corners of the background: a bundle adjustment with inverse depths.

Every corner lies on the ray it was first seen by, at an inverse depth of its own in units of the scene's usual one. So
a camera that only turns is no special case: nothing then tells depths, nothing needs them, and its place stays where it
is. How long the unit is in metres, people have to tell (``fit/path_unit.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

from ..rotation import axis_angle_to_matrix, matrix_to_quaternion, nearest_rotation, quaternion_to_matrix, slerp
from .background import BackgroundTracks

Array = NDArray[np.floating]
Index = NDArray[np.integer]

# A camera stands where corners stray by less than this share of the picture's longer side (root mean square).
_STANDING = 0.001
# Expected errors: of a corner's place (share of the longer side), of the place's acceleration (units/s²), of the
# logarithm of an inverse depth.
_CORNER, _ACCELERATION, _DEPTH = 0.0008, 0.4, 0.6
_HELD = 1e-3  # spread of what an earlier window has settled
_FRAMES, _SHARED = 120, 30
_ROUNDS = 8
_FEWEST = 8


@dataclass(frozen=True)
class CameraPath:
    """``rotations`` (T, 3, 3) and ``centres`` (T, 3), in units of the scene's usual depth: from the camera of each
    frame to that of the first one."""

    rotations: Array
    centres: Array

    def metric(self, unit: float) -> Array:
        """(T, 4, 4) first-camera-from-camera, with a unit of so many metres."""
        result = np.tile(np.eye(4), (len(self.centres), 1, 1))
        result[:, :3, :3], result[:, :3, 3] = self.rotations, unit * self.centres
        return result


def camera_path(tracks: BackgroundTracks, timestamps: Array, camera: Array, size: tuple[int, int]) -> CameraPath | None:
    """The path over all T frames; None for a camera that stands, or a background that shows nothing.

    timestamps (T,) s; camera (3, 3) px; size (width, height) px.
    """
    if not _moves(tracks, max(size)):
        return None
    rays = (tracks.points - camera[:2, 2]) / camera[[0, 1], [0, 1]]
    seen = np.unique(tracks.frames)
    turns, error = _turns(tracks, rays, seen), _CORNER * max(size) / float(camera[0, 0])
    rotations, centres = turns.copy(), np.zeros((len(seen), 3))
    for begin in range(0, max(len(seen) - _SHARED, 1), _FRAMES - _SHARED):
        window = slice(begin, min(begin + _FRAMES, len(seen)))
        held = 1
        if begin:  # goes on from where the window before ended
            held, last = _SHARED, begin + _SHARED - 1
            ahead = slice(last + 1, window.stop)
            rotations[ahead] = rotations[last] @ turns[last].T @ turns[ahead]
            centres[ahead] = centres[last]
        chosen = (tracks.frames >= seen[window.start]) & (tracks.frames <= seen[window.stop - 1])
        part = _Window(
            np.searchsorted(seen, tracks.frames[chosen]) - begin, tracks.tracks[chosen], rays[chosen],
            timestamps[seen[window]], held, error,
        )  # fmt: skip
        rotations[window], centres[window] = part.adjusted(rotations[window], centres[window])
    return _on_all_frames(seen, rotations, centres, timestamps)


def _moves(tracks: BackgroundTracks, side: int) -> bool:
    if not len(tracks.tracks):
        return False
    _, owner, lengths = np.unique(tracks.tracks, return_inverse=True, return_counts=True)
    if (lengths >= 2).sum() < _FEWEST:
        return False
    points = tracks.points.astype(np.float64)
    means = np.stack([np.bincount(owner, points[:, axis]) / lengths for axis in (0, 1)], axis=1)
    strays = np.sqrt(np.bincount(owner, ((points - means[owner]) ** 2).sum(axis=1)) / lengths)
    # Weighed by how long corners were seen: leaves that tremble are not seen for long.
    order = np.argsort(strays)
    share = np.cumsum(lengths[order]) / lengths.sum()
    return bool(strays[order][np.searchsorted(share, 0.5)] > _STANDING * side)


def _turns(tracks: BackgroundTracks, rays: Array, seen: Index) -> Array:
    """(S, 3, 3) rotations to the first frame's camera as if it only turned: the start."""
    bearings = np.concatenate([rays, np.ones((len(rays), 1))], axis=1)
    bearings /= np.linalg.norm(bearings, axis=1, keepdims=True)
    edges = np.searchsorted(tracks.frames, np.concatenate([seen, seen[-1:] + 1]))
    result = np.tile(np.eye(3), (len(seen), 1, 1))
    for i in range(1, len(seen)):
        a, b = slice(edges[i - 1], edges[i]), slice(edges[i], edges[i + 1])
        _, first, second = np.intersect1d(tracks.tracks[a], tracks.tracks[b], return_indices=True)
        turn = np.eye(3)
        if len(first) >= 3:
            x, y = bearings[a][first], bearings[b][second]
            weight = np.ones(len(x))
            for _ in range(4):
                turn = nearest_rotation((weight[:, None] * x).T @ y)
                weight = 1 / (1 + (np.linalg.norm(x - y @ turn.T, axis=1) / 0.003) ** 2)
        result[i] = result[i - 1] @ turn
    return result


@dataclass(frozen=True)
class _Window:
    """Sightings (M,) of frames 0 … F − 1 and tracks, rays (M, 2), times (F,) s; the first ``held`` frames stay."""

    frames: Index
    tracks: Index
    rays: Array
    times: Array
    held: int
    error: float

    def adjusted(self, rotations: Array, centres: Array) -> tuple[Array, Array]:
        """Better rotations (F, 3, 3) and centres (F, 3)."""
        ids, first, owner = np.unique(self.tracks, return_index=True, return_inverse=True)
        anchors = self.frames[first]
        bearings = np.concatenate([self.rays[first], np.ones((len(ids), 1))], axis=1)
        later = np.flatnonzero(self.frames != anchors[owner])
        frames, owner, rays = self.frames[later], owner[later], self.rays[later]
        logs = np.zeros(len(ids))
        start = (rotations[: self.held].copy(), centres[: self.held].copy())
        for _ in range(_ROUNDS):
            change = self._step(rotations, centres, logs, frames, owner, rays, anchors, bearings, start)
            turns, moves, depths = np.split(change, [3 * len(centres), 6 * len(centres)])
            rotations = rotations @ axis_angle_to_matrix(turns.reshape(-1, 3))
            centres = centres + moves.reshape(-1, 3)
            logs = np.clip(logs + np.clip(depths, -0.5, 0.5), -4, 4)
        return rotations, centres

    def _step(self, rotations: Array, centres: Array, logs: Array, frames: Index, owner: Index, rays: Array,
              anchors: Index, bearings: Array, start: tuple[Array, Array]) -> Array:  # fmt: skip
        F, P, M = len(centres), len(logs), len(frames)
        inverse = np.exp(logs)[owner]
        anchor = anchors[owner]
        ray = (rotations[anchor] @ bearings[owner][..., None])[..., 0]
        world = ray + inverse[:, None] * (centres[anchor] - centres[frames])
        back = np.swapaxes(rotations[frames], 1, 2)
        local = (back @ world[..., None])[..., 0]
        depth = np.maximum(local[:, 2], 0.05)
        sight = local[:, :2] / depth[:, None]
        residual = (sight - rays) / self.error
        weight = 1 / np.sqrt(1 + (np.linalg.norm(residual, axis=1) / 3) ** 2) / self.error
        # Pixels by the point in the camera, the point by each unknown.
        onto = np.zeros((M, 2, 3))
        onto[:, 0, 0] = onto[:, 1, 1] = 1 / depth
        onto[:, :, 2] = -sight / depth[:, None]
        onto *= weight[:, None, None]
        by_own_turn = onto @ _skew(local)
        by_anchor_turn = -onto @ back @ rotations[anchor] @ _skew(bearings[owner])
        by_place = onto @ back * inverse[:, None, None]
        by_log = (onto @ back @ ((centres[anchor] - centres[frames]) * inverse[:, None])[..., None])[..., 0]
        rows = np.arange(2 * M).reshape(M, 2)
        parts = [
            (by_own_turn, 3 * frames), (by_anchor_turn, 3 * anchor), (-by_place, 3 * F + 3 * frames),
            (by_place, 3 * F + 3 * anchor),
        ]  # fmt: skip
        values = [block.reshape(-1) for block, _ in parts] + [by_log.reshape(-1)]
        at = [np.repeat(rows.reshape(-1), 3) for _ in parts] + [rows.reshape(-1)]
        columns = [
            *(np.repeat((c[:, None] + np.arange(3))[:, None], 2, axis=1).reshape(-1) for _, c in parts),
            np.repeat(6 * F + owner, 2),
        ]
        matrix = coo_matrix(
            (np.concatenate(values), (np.concatenate(at), np.concatenate(columns))), shape=(2 * M, 6 * F + P)
        ).tocsr()
        normal = (matrix.T @ matrix).toarray()
        side = matrix.T @ (residual * self.error * weight[:, None]).reshape(-1)
        self._priors(normal, side, rotations, centres, logs, start)
        return -np.linalg.solve(normal, side)

    def _priors(self, normal: Array, side: Array, rotations: Array, centres: Array, logs: Array,
                start: tuple[Array, Array]) -> None:  # fmt: skip
        F = len(centres)
        diagonal = np.full(len(side), 1e-6)
        diagonal[6 * F :] += 1 / _DEPTH**2
        side[6 * F :] += logs / _DEPTH**2
        held = slice(3 * F, 3 * F + 3 * self.held)
        diagonal[: 3 * self.held] += 1 / _HELD**2
        diagonal[held] += 1 / _HELD**2
        side[held] += ((centres[: self.held] - start[1]) / _HELD**2).reshape(-1)
        relative = np.swapaxes(start[0], 1, 2) @ rotations[: self.held]
        offset = 0.5 * np.stack([relative[:, 2, 1] - relative[:, 1, 2], relative[:, 0, 2] - relative[:, 2, 0],
                                 relative[:, 1, 0] - relative[:, 0, 1]], axis=1)  # fmt: skip
        side[: 3 * self.held] += (offset / _HELD**2).reshape(-1)
        normal[np.arange(len(side)), np.arange(len(side))] += diagonal
        if F < 3:
            return
        step = np.diff(self.times)
        before, after = step[:-1], step[1:]
        both = before + after
        weight = np.sqrt(15 * both) / _ACCELERATION
        coefficients = weight[:, None] * np.stack([2 / (before * both), -2 / (before * after), 2 / (after * both)], 1)
        band = np.zeros((F - 2, F))
        for k in range(3):
            band[np.arange(F - 2), np.arange(F - 2) + k] = coefficients[:, k]
        square = band.T @ band
        for axis in range(3):
            where = 3 * F + 3 * np.arange(F) + axis
            normal[np.ix_(where, where)] += square
            side[where] += square @ centres[:, axis]


def _on_all_frames(seen: Index, rotations: Array, centres: Array, timestamps: Array) -> CameraPath:
    """Frames that were not looked at lie between those that were."""
    frames = np.arange(len(timestamps))
    after = np.clip(np.searchsorted(seen, frames), 1, max(len(seen) - 1, 1))
    if len(seen) == 1:
        return CameraPath(np.repeat(rotations, len(frames), axis=0), np.repeat(centres, len(frames), axis=0))
    t0, t1 = timestamps[seen[after - 1]], timestamps[seen[after]]
    share = np.clip((timestamps - t0) / (t1 - t0), 0, 1)
    quaternions = matrix_to_quaternion(rotations)
    turned = quaternion_to_matrix(slerp(quaternions[after - 1], quaternions[after], share))
    return CameraPath(turned, centres[after - 1] + share[:, None] * (centres[after] - centres[after - 1]))


def _skew(v: Array) -> Array:
    """(…, 3) to (…, 3, 3): the matrix of the cross product."""
    x, y, z = np.moveaxis(v, -1, 0)
    zero = np.zeros_like(x)
    return np.stack([np.stack([zero, -z, y], -1), np.stack([z, zero, -x], -1), np.stack([-y, x, zero], -1)], -2)
