"""Dexter+Object (Sridhar et al. 2016): finger tips of a left hand that holds a block. Research use;
handtracker.mpi-inf.mpg.de/projects/RealtimeHO."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .reading import MM, existing, picture_numbers

_MISSING = 32001.0  # in z: the depth camera's value for no depth
TIPS, CORNERS = 5, 3


def read(path: Path) -> Annotation:
    """``data/<sequence>/annotations/<sequence>3D.txt``: one row per picture, points parted by ``;``, numbers by ``,``.

    Each row has the tips of thumb, index, middle, ring and little finger, then up to three corners of the block, in mm.
    The file's x and y run against OpenCV's (x left, y up): both are turned round here, z stays. A tip with z = 32001 or
    0, 0, 0 was not seen: NaN. ``extra['object_corners']`` (T,3,3) m. Frames are numbered 0, 1, ….
    """
    source = existing(path)
    try:
        lines = [line for line in source.read_text("utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{source} is not readable text ({error}).", "Use the published file.") from error
    if not lines:
        raise BadInputError(f"{source} is empty.", "Use the published file.")
    points = np.array([_row(line, f"{source}, line {number}") for number, line in enumerate(lines, start=1)])
    unseen = (points[..., 2] >= _MISSING) | (points == 0).all(axis=-1)
    points = points * (-MM, -MM, MM)
    points[unseen] = np.nan
    return Annotation(
        name=f"Dexter+Object {source.stem.removesuffix('3D').removeprefix('my_')}",
        joint_names=JOINT_SETS["Dexter-5"],
        timestamps=picture_numbers(len(points)),
        people=("1",),
        joints=points[None, :, :TIPS],
        frame="camera",
        hand_type=np.full((1, len(points)), "left"),
        extra={"object_corners": points[:, TIPS:]},
    )


def _row(line: str, where: str) -> list[list[float]]:
    try:
        points = [[float(word) for word in cell.split(",")] for cell in line.split(";") if cell.strip()]
    except ValueError as error:
        raise BadInputError(f"{where}: {error}.", "Points are x,y,z parted by semicolons.") from error
    if not TIPS <= len(points) <= TIPS + CORNERS or any(len(point) != 3 for point in points):
        raise BadInputError(f"{where}: {len(points)} points, expected 5 to 8 of x,y,z.", "Use the published file.")
    return points + [[0.0, 0.0, 0.0]] * (TIPS + CORNERS - len(points))
