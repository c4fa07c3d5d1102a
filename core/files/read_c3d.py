"""Reads the points of C3D, the binary file of optical motion capture, through ``ezc3d`` (MIT).

Units are POINT:UNITS; the axis that points up is POINT:Y_SCREEN (https://www.c3d.org: the axis up the screen), Z where
the file does not say. A point whose residual is negative was not seen. Analog channels are not read.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInputError
from .markers import Markers, check_up, metres


def read_c3d(path: Path | str, up: str | None = None) -> Markers:
    """Points in metres in the file's axes; ``up`` overrides the axis that the file says points up.

    Times count from the first frame of the file at POINT:RATE. Raises BadInputError when the file is missing, cut off
    or not C3D, or ezc3d is not installed.
    """
    source = Path(path)
    if not source.is_file():
        raise BadInputError(f"There is no marker file at {source}.", "Check the path.")
    try:
        import ezc3d  # a compiled library; only for those who read C3D
    except ImportError as error:
        raise BadInputError("C3D files need the package ezc3d.", "Install it with pip.") from error
    try:
        content = ezc3d.c3d(str(source))
        points = np.asarray(content["data"]["points"], float)  # (4, M, T), NaN where the residual is negative
    except (OSError, RuntimeError, ValueError, IndexError, KeyError, MemoryError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInputError(f"{source} is not a readable C3D file ({reason}).", "Export it again.") from error
    promised = _promised_frames(source)
    if points.shape[2] < promised:
        raise BadInputError(
            f"{source} is cut off: its heading promises {promised} frames, {points.shape[2]} follow.", "Copy it again."
        )
    names = _texts(content, "LABELS", source)[: points.shape[1]]
    if points.shape[1] == 0 or points.shape[2] == 0 or len(names) != points.shape[1]:
        raise BadInputError(
            f"{source}: {points.shape[1]} points, {len(names)} names, {points.shape[2]} frames.", "Export it again."
        )
    if len(set(names)) != len(names):
        raise BadInputError(f"{source}: two points share a name.", "Give every point a name of its own.")
    rate = float(np.ravel(_value(content, "RATE", source))[0])
    if rate <= 0:
        raise BadInputError(f"{source}: POINT:RATE is {rate}.", "Export it again.")
    unit = (_texts(content, "UNITS", source, "mm") or ["mm"])[0]
    positions = points[:3].transpose(2, 1, 0) * metres(unit or "mm", source)
    positions[np.isnan(positions).any(axis=-1)] = np.nan
    vertical = up if up is not None else (_texts(content, "Y_SCREEN", source, "+Z") or ["+Z"])[0] or "+Z"
    return Markers(tuple(names), np.arange(len(positions)) / rate, positions, check_up(vertical))


def _promised_frames(source: Path) -> int:
    """Frames by the file's own heading, which ezc3d mends to what it found; 0 where 16 bits cannot say."""
    with source.open("rb") as file:
        heading = file.read(512)
        file.seek(512 * (heading[0] - 1) + 3)
        order = ">" if file.read(1) == b"\x56" else "<"  # 86: the processor was a MIPS
    first, last = struct.unpack(f"{order}HH", heading[6:10])
    return last - first + 1 if first <= last < 65535 else 0


def _value(content: Any, key: str, source: Path, default: Any = None) -> Any:
    parameters = content["parameters"]["POINT"]
    if key not in parameters and default is None:
        raise BadInputError(f"{source} has no POINT:{key}.", "Export it again.")
    return parameters[key]["value"] if key in parameters else default


def _texts(content: Any, key: str, source: Path, default: str | None = None) -> list[str]:
    value = _value(content, key, source, None if default is None else [default])
    return [str(text).strip() for text in ([value] if isinstance(value, str) else value)]
