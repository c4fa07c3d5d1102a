"""What a camera's turns say of its focal length: one turn moves corners at the picture's edge farther than those in its
middle, the more so the wider the lens. A bundle adjustment with the focal length free finds the one that explains that.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from ..camera.adjustment import Zoom
from ..camera.background import BackgroundTracks
from ..camera.path import zoom_of
from .grid import LOG_FOCALS, with_doubt

Array = NDArray[np.floating]

# The stretch that is looked at: so many pictures, over so many of those in which the background was followed.
_PICTURES, _STRETCH = 10, 90
# Where corners move by less (share of the longer side) over the stretch, a turn tells nothing.
_LEAST = 0.05
_FEWEST, _CORNERS = 20, 100
# Where the search begins, in ln(focal length / half the longer side), and how far it may go from there (spread).
_STARTS, _SPREAD = (0.3, 0.8, 1.3), 1.5
# A camera that moves by more (in the scene's usual depths) than this times what it turns (rad) is no witness: near and
# far corners then move differently, which looks much like another lens.
_MOVED = 0.25
# Corners share errors, lenses bend and shutters roll: the spread is so many times what corners' errors alone would make
# it, no less than _BLUR, more where corners do not fit; so is _DOUBT, the ln of the chance that something else moved.
_WIDEN, _BLUR, _DOUBT = 3.0, 0.04, -6.0


def likelihood_of_turns(tracks: BackgroundTracks, timestamps: Array, size: tuple[int, int]) -> NDArray[np.float64]:
    """(G,) log likelihood of each of ``LOG_FOCALS``, the best being 0; all 0 for cameras that hardly turn, or travel.

    timestamps (T,) s; size (w, h) px: the optical axis is taken to meet the picture's middle.
    """
    nothing = np.zeros(len(LOG_FOCALS))
    part = _stretch(tracks, max(size))
    if part is None:
        return nothing
    width, height = size
    found: list[tuple[float, Zoom]] = []
    for log in _STARTS:
        focal = float(np.exp(log)) * max(size) / 2
        K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
        found.append((log, zoom_of(part, timestamps, K, size, _SPREAD)))
    log, best = min(found, key=lambda pair: pair[1].left)
    if best.moved > _MOVED * best.turned:
        return nothing
    spread = np.hypot(best.spread * _WIDEN, _BLUR) * max(1.0, best.left)
    told = -0.5 * ((LOG_FOCALS - log - best.log) / spread) ** 2
    return with_doubt(told - told.max(), _DOUBT + max(0.0, best.left - 1.0))


def _stretch(tracks: BackgroundTracks, side: int) -> BackgroundTracks | None:
    """Sightings in a few pictures of where the corners move most; None where that is little."""
    seen = np.unique(tracks.frames)
    if len(seen) < 3:
        return None
    parts = [slice(*ends) for ends in itertools.pairwise(np.searchsorted(tracks.frames, [*seen, seen[-1] + 1]))]
    shifts = np.zeros((len(seen), 2))
    for i in range(1, len(seen)):
        _, a, b = np.intersect1d(tracks.tracks[parts[i - 1]], tracks.tracks[parts[i]], return_indices=True)
        if len(a) >= _FEWEST:
            moved = tracks.points[parts[i]][b] - tracks.points[parts[i - 1]][a]
            shifts[i] = np.median(moved, axis=0)
    places = np.cumsum(shifts, axis=0) / side
    begins = range(0, max(len(seen) - _STRETCH, 0) + 1, max(1, _STRETCH // 3))
    reach = [float(np.ptp(places[b : b + _STRETCH], axis=0).max()) for b in begins]
    best = int(np.argmax(reach))
    if reach[best] < _LEAST:
        return None
    window = seen[begins[best] : begins[best] + _STRETCH]
    chosen = window[np.unique(np.linspace(0, len(window) - 1, _PICTURES).round().astype(int))]
    kept = np.isin(tracks.frames, chosen)
    ids, counts = np.unique(tracks.tracks[kept], return_counts=True)
    longest = ids[np.argsort(-counts, kind="stable")][:_CORNERS]
    kept &= np.isin(tracks.tracks, np.intersect1d(longest, ids[counts >= 3]))
    if len(np.unique(tracks.tracks[kept])) < _FEWEST:
        return None
    return BackgroundTracks(tracks.frames[kept], tracks.tracks[kept], tracks.points[kept])
