"""Lenses that people know by name. Pure: no bpy."""

from __future__ import annotations

import math
from dataclasses import dataclass

FILM_WIDTH_MM = 36.0  # of the 35 mm film frame that focal lengths are told for


@dataclass(frozen=True)
class Lens:
    """``millimetres``: the 35 mm equivalent along the longer side of a video's picture."""

    identifier: str
    label: str
    description: str
    millimetres: float

    @property
    def fov(self) -> float:
        """Degrees along the longer side."""
        return math.degrees(2 * math.atan(FILM_WIDTH_MM / 2 / self.millimetres))


# Phones and webcams cut a part of the picture off for stabilization: the figures are those of video.
LENSES = (
    Lens("PHONE", "Phone, main camera", "About 28 mm once the picture is stabilized", 28.0),
    Lens("PHONE_WIDE", "Phone, wide camera", "The 0.5× camera, about 14 mm", 14.0),
    Lens("ACTION", "Action camera", "In its linear mode, about 19 mm; other modes bend straight lines", 19.0),
    Lens("WEBCAM", "Webcam", "A usual one of 78° along the diagonal, about 26 mm", 26.0),
    Lens("FULL_35", "35 mm, full frame", "Or its like on another sensor, such as 23 mm on APS-C", 35.0),
    Lens("FULL_50", "50 mm, full frame", "Or its like on another sensor, such as 33 mm on APS-C", 50.0),
    Lens("FULL_85", "85 mm, full frame", "Or its like on another sensor, such as 56 mm on APS-C", 85.0),
)


def find(identifier: str) -> Lens | None:
    """The lens of that name; None for the other choices of the panel."""
    return next((lens for lens in LENSES if lens.identifier == identifier), None)


def equivalent(focal_px: float, width: int, height: int) -> float:
    """The 35 mm equivalent, mm, of a focal length in pixels."""
    return focal_px * FILM_WIDTH_MM / max(width, height)
