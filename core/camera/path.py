"""The path of a camera from corners of the background, adjusted stretch by stretch (``adjustment.py``).

How long its unit is in metres, people have to tell (``fit/path_unit.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_quaternion, quaternion_to_matrix, slerp
from .adjustment import Window, Zoom
from .background import BackgroundTracks
from .two_views import first_guess

Array = NDArray[np.floating]
Index = NDArray[np.integer]

# A camera stands where corners stray by less than this share of the picture's longer side (root mean square).
_STANDING = 0.001
_CORNER = 0.0008  # expected error of a corner's place, as a share of the longer side
_FRAMES, _SHARED = 120, 30
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
    error = _CORNER * max(size) / float(camera[0, 0])
    turns, places, agree = first_guess(tracks, rays, seen, error)
    rotations, centres = turns.copy(), places.copy()
    for begin in range(0, max(len(seen) - _SHARED, 1), _FRAMES - _SHARED):
        window = slice(begin, min(begin + _FRAMES, len(seen)))
        held = 1
        if begin:  # goes on from where the window before ended
            held, last = _SHARED, begin + _SHARED - 1
            ahead = slice(last + 1, window.stop)
            turned = rotations[last] @ turns[last].T
            rotations[ahead] = turned @ turns[ahead]
            centres[ahead] = centres[last] + (places[ahead] - places[last]) @ turned.T
        chosen = agree & (tracks.frames >= seen[window.start]) & (tracks.frames <= seen[window.stop - 1])
        part = Window(
            np.searchsorted(seen, tracks.frames[chosen]) - begin, tracks.tracks[chosen], rays[chosen],
            timestamps[seen[window]], held, error,
        )  # fmt: skip
        rotations[window], centres[window] = part.adjusted(rotations[window], centres[window])
    return _on_all_frames(seen, rotations, centres, timestamps)


def zoom_of(tracks: BackgroundTracks, timestamps: Array, camera: Array, size: tuple[int, int], spread: float) -> Zoom:
    """The focal length that explains the sightings best, found from that of ``camera``.

    Arguments as of ``camera_path``; ``spread`` of what is thought of its logarithm before. All pictures are adjusted at
    once, so let there be few.
    """
    rays = (tracks.points - camera[:2, 2]) / camera[[0, 1], [0, 1]]
    seen = np.unique(tracks.frames)
    error = _CORNER * max(size) / float(camera[0, 0])
    rotations, _, agree = first_guess(tracks, rays, seen, error)
    frames = np.searchsorted(seen, tracks.frames[agree])
    return Window(frames, tracks.tracks[agree], rays[agree], timestamps[seen], 1, error, spread).zoom(rotations)


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
