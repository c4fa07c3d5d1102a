"""What was measured over its footage: everybody's 2D landmarks, faint where they are uncertain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..take import Take, TakePerson
from .landmarks import landmark_bones
from .overlay import checked_picture, footage_frames, label, scaled, spread_frames, write_sheet
from .palette import colour
from .rasterise import draw_bones

Array = NDArray[Any]

_SEEN, _SURE = 0.1, 0.5
_GROUND = 40  # grey behind a take without footage


def write_skeleton_sheet(take: Take, take_path: Path | str, out: Path | str, frames: int = 6, camera: int = 0) -> Path:
    """Writes a PNG or JPEG of evenly spread frames of one camera with the 2D landmarks drawn on them; returns it.

    A take without footage is drawn on grey. Raises BadInputError where the footage is not where the take says or the
    ending is another, CannotWriteError.
    """
    target = checked_picture(out)
    chosen = spread_frames(take, frames)
    if camera < len(take.sources):
        images = footage_frames(take, Path(take_path), chosen, camera)
    else:
        width, height = (int(value) for value in take.cameras.size[camera])
        images = [np.full((height, width, 3), _GROUND, np.uint8)] * len(chosen)
    tiles = [draw_skeletons(take, image, int(frame), camera) for frame, image in zip(chosen, images, strict=True)]
    return write_sheet(target, tiles)


def draw_skeletons(take: Take, image: Array, frame: int, camera: int = 0) -> Array:
    """One frame (H, W, 3) RGB, scaled to a tile: bones of sure landmarks in the person's colour, others thin and grey;
    the time in a corner. Landmarks with confidence under 0.1 are left out."""
    small, scale = scaled(image)
    drawn = small.copy()
    bones = landmark_bones(take.keypoint_names)
    for i, person in enumerate(take.people):
        pixels, confidence = _landmarks(person, frame, camera)
        pixels = (pixels + 0.5) * scale - 0.5
        sure = [bone for bone in bones if confidence[list(bone)].min() >= _SURE]
        unsure = [bone for bone in bones if bone not in sure]
        draw_bones(drawn, pixels, unsure, np.array([150, 150, 150]), 1)
        draw_bones(drawn, pixels, sure, np.minimum(255, np.array(colour(i)) * 0.5 + 128), 2)
    label(drawn, f"{take.timestamps[frame]:.2f} s")
    return drawn


def _landmarks(person: TakePerson, frame: int, camera: int) -> tuple[Array, Array]:
    confidence = np.nan_to_num(np.asarray(person.keypoints2d_confidence[camera][frame], np.float64))
    pixels = np.asarray(person.keypoints2d[camera][frame], np.float64)
    return np.where(confidence[:, None] >= _SEEN, pixels, np.nan), confidence
