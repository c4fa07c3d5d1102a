"""Camera calibrations as Pose2Sim writes them: one TOML table per camera, a file that needs no library to make."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_axis_angle
from ..take import TakeCameras
from ..whole_file import write_whole


def write_cameras(cameras: TakeCameras, names: list[str], path: Path) -> Path:
    """Writes ``[NAME]`` tables with name, size px, matrix (3×3), distortions (OpenCV), rotation and translation.

    ``rotation`` is the Rodrigues vector of world to camera and ``translation`` its shift in metres: x_cam = R x + t
    (Pose2Sim's calibration files). The layout knows standing cameras only: of a moving one it holds the first frame,
    and says so in ``metadata``. Raises CannotWriteError.
    """
    poses = cameras.world_from_camera
    moving = poses.ndim == 4
    lines: list[str] = []
    for c, name in enumerate(names):
        pose = poses[c, 0] if moving else poses[c]
        R = pose[:3, :3].T
        lines += [
            f"[{name}]",
            f'name = "{name}"',
            f"size = {_numbers(cameras.size[c])}",
            f"matrix = [ {', '.join(_numbers(row) for row in cameras.K[c])}]",
            f"distortions = {_numbers(cameras.distortion[c])}",
            f"rotation = {_numbers(matrix_to_axis_angle(R))}",
            f"translation = {_numbers(-R @ pose[:3, 3])}",
            "fisheye = false",
            "",
        ]
    lines += ["[metadata]", "adjusted = false", "error = 0.0"]
    if moving:
        lines.append('note = "the cameras move: these are their places at the first frame"')
    text = "\n".join(lines) + "\n"
    return write_whole(path, lambda stream: stream.write(text.encode("ascii")))


def _numbers(values: NDArray[np.floating]) -> str:
    return "[ " + ", ".join(repr(float(v)) for v in values) + "]"
