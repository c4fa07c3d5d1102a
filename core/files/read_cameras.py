"""Reads the cameras of a rig from the TOML that Pose2Sim, Anipose and FreeMoCap write and ``write_cameras`` writes.

One section per camera: ``name``, ``size`` [w, h] px, ``matrix`` K (3,3) px, ``distortions`` in OpenCV's order,
``rotation`` (Rodrigues vector, rad) and ``translation`` (m) of x_cam = R x_world + t. ``fisheye`` lenses are refused:
a take knows OpenCV's ordinary lens only. The world is the rig's own, which Pose2Sim has Z up.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..rotation import axis_angle_to_matrix
from ..take import TakeCameras

Array = NDArray[np.floating]

DISTORTIONS = (4, 5, 8, 12, 14)  # how many coefficients OpenCV's lens has
_HINT = "Each camera needs name, size, matrix, distortions, rotation and translation."


def read_cameras(path: Path | str, timestamps: Array | None = None) -> TakeCameras:
    """The cameras in the order of the file; ``camera_names`` names them.

    ``timestamps`` (T,) s, the same for all cameras, since the file has none; without them (C,0). Shorter lists of
    distortion are filled with zeros. Raises BadInputError naming the file, the section and the key.
    """
    source = Path(path)
    sections = _sections(source)
    K, distortion, size, pose = [], [], [], []
    for title, section in sections.items():
        where = f"{source}: [{title}]"
        if section.get("fisheye", False):
            raise BadInputError(f"{where} is a fisheye lens, which is not supported.", "Undistort its pictures first.")
        matrix = _numbers(section, "matrix", (3, 3), where)
        if matrix[0, 0] <= 0 or matrix[1, 1] <= 0 or not np.allclose(matrix[2], (0, 0, 1)):
            raise BadInputError(f"{where} matrix is not a camera matrix: {matrix.tolist()}.", _HINT)
        lens = _numbers(section, "distortions", None, where)
        if lens.size not in DISTORTIONS:
            raise BadInputError(f"{where} has {lens.size} distortions, OpenCV's lenses have 4, 5, 8, 12 or 14.", _HINT)
        rotation = axis_angle_to_matrix(_numbers(section, "rotation", (3,), where))
        K.append(matrix)
        distortion.append(lens)
        size.append(_numbers(section, "size", (2,), where))
        pose.append(world_from_camera(rotation, _numbers(section, "translation", (3,), where)))
    longest = max(lens.size for lens in distortion)
    times = np.zeros(0) if timestamps is None else np.asarray(timestamps, float)
    return TakeCameras(
        timestamps=np.tile(times, (len(K), 1)),
        K=np.array(K),
        distortion=np.array([np.pad(lens, (0, longest - lens.size)) for lens in distortion]),
        size=np.array(size).round().astype(np.int64),
        world_from_camera=np.array(pose),
    )


def camera_names(path: Path | str) -> tuple[str, ...]:
    """The ``name`` of each camera, or its section's, in the order of ``read_cameras``."""
    return tuple(str(section.get("name", title)) for title, section in _sections(Path(path)).items())


def world_from_camera(R: Array, t: Array) -> Array:
    """(…,4,4) from R (…,3,3) and t (…,3) of x_cam = R x_world + t: its inverse, as a take keeps it."""
    R, t = np.asarray(R, float), np.asarray(t, float)
    pose = np.zeros((*R.shape[:-2], 4, 4))
    pose[..., :3, :3] = np.swapaxes(R, -1, -2)
    pose[..., :3, 3] = -np.einsum("...ji,...j->...i", R, t)
    pose[..., 3, 3] = 1.0
    return pose


def _sections(source: Path) -> dict[str, dict[str, Any]]:
    if not source.is_file():
        raise BadInputError(f"There is no camera file at {source}.", "Check the path.")
    try:
        content = tomllib.loads(source.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadInputError(f"{source} is not readable TOML ({error}).", "Export the calibration again.") from error
    # Anything with a lens is a camera; Pose2Sim and Anipose add [metadata].
    sections = {key: value for key, value in content.items() if isinstance(value, dict) and "matrix" in value}
    odd = [key for key, value in content.items() if key != "metadata" and key not in sections]
    if odd or not sections:
        what = f"[{odd[0]}] has no matrix" if odd else "there are no cameras"
        raise BadInputError(f"{source}: {what}.", _HINT)
    return sections


def _numbers(section: dict[str, Any], key: str, shape: tuple[int, ...] | None, where: str) -> Array:
    if key not in section:
        raise BadInputError(f"{where} has no {key}.", _HINT)
    try:
        values = np.asarray(section[key], float)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{where} {key} is not numbers.", _HINT) from error
    if shape is not None and values.shape != shape:
        raise BadInputError(f"{where} {key} has shape {values.shape}, expected {shape}.", _HINT)
    if not np.isfinite(values).all():
        raise BadInputError(f"{where} {key} holds values that are not numbers.", _HINT)
    return values
