"""Of the people in a clip, those whose boxes somebody clicked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from ..nets.anchors import box_iou
from ..picks import Pick
from .identity import PersonTrack

# Boxes of the same person, found on one frame or followed through the clip, overlap at least this much.
_MIN_OVERLAP = 0.25
# A person who was not measured in the very frame of the pick is looked for this far around it, s.
_REACH = 0.5


def choose(
    tracks: list[PersonTrack], picks: Sequence[Pick], seconds: np.ndarray, warn: Callable[[str], None]
) -> list[PersonTrack]:
    """The tracks that hold the picks, numbered anew in their order; all of them without picks.

    ``seconds`` (T,) after the clip's first frame. A pick that nobody holds is a warning; where no pick is held,
    everyone is kept, so that no work is lost.
    """
    kept: set[int] = set()
    for pick in picks:
        found = _holder(tracks, pick, seconds)
        if found is None:
            warn(f"Nobody was followed at the box that was chosen at {pick.seconds:.2f} s.")
        else:
            kept.add(found)
    if not kept:
        if picks:
            warn("None of the chosen people was followed, so that everyone was kept.")
        return tracks
    return [dataclasses.replace(tracks[index], id=str(i + 1)) for i, index in enumerate(sorted(kept))]


def _holder(tracks: list[PersonTrack], pick: Pick, seconds: np.ndarray) -> int | None:
    """Which track's box overlaps the pick's most: in its own frame, else in the nearest frames with a box."""
    box = np.array([pick[1:]], np.float64)
    overlaps = np.zeros(len(tracks))
    for i, track in enumerate(tracks):
        away = np.where(np.isfinite(track.boxes).all(1), np.abs(seconds - pick.seconds), np.inf)
        nearest = int(np.argmin(away))
        if away[nearest] <= _REACH:
            overlaps[i] = box_iou(box, track.boxes[nearest][None].astype(np.float64))[0, 0]
    best = int(np.argmax(overlaps)) if len(tracks) else 0
    return best if len(tracks) and overlaps[best] >= _MIN_OVERLAP else None
