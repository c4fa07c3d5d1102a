"""Reads TRC, the tab-separated marker file of Motion Analysis, OpenSim and Pose2Sim.

Line 1 names the file; lines 2 and 3 are a table of one row (DataRate, NumFrames, NumMarkers, Units, …); line 4 names
the markers over three columns each, line 5 their axes; then one row per frame: number, time in seconds, x y z of every
marker, empty where not measured. OpenSim and Pose2Sim have Y up.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import BadInputError
from .markers import Markers, check_up, metres

_AGAIN = "Export the file again."


def read_trc(path: Path | str, up: str = "+y") -> Markers:
    """Markers in metres; ``up`` says which axis of the file points up, since the format does not.

    Raises BadInputError naming the file and the line that is wrong, or which number differs from the heading's.
    """
    source = Path(path)
    if not source.is_file():
        raise BadInputError(f"There is no marker file at {source}.", "Check the path.")
    up = check_up(up)
    try:
        lines = source.read_text("utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise BadInputError(f"{source} cannot be read ({error.strerror}).", "Check its permissions.") from error
    if len(lines) < 5 or not lines[0].startswith("PathFileType"):
        raise BadInputError(f"{source} is not TRC: the heading PathFileType is missing.", _AGAIN)
    heading = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=False))
    names = [cell.strip() for cell in lines[3].split("\t")[2:]]
    names = [name for name in names if name]
    frames, markers = (_count(heading, key, source) for key in ("NumFrames", "NumMarkers"))
    if len(names) != markers:
        raise BadInputError(f"{source}: NumMarkers is {markers}, but line 4 names {len(names)}.", _AGAIN)
    if len(set(names)) != len(names):
        raise BadInputError(f"{source}: two markers share a name in line 4.", "Give every marker a name of its own.")
    rows = [(number, line) for number, line in enumerate(lines[5:], start=6) if line.strip()]
    if len(rows) != frames:
        raise BadInputError(f"{source}: NumFrames is {frames}, but {len(rows)} follow.", _AGAIN)
    if frames == 0:
        raise BadInputError(f"{source} holds no frames.", _AGAIN)
    table = np.array([_row(line, 2 + 3 * markers, f"{source}, line {number}") for number, line in rows])
    times = table[:, 1]
    if not np.isfinite(times).all() or np.any(np.diff(times) <= 0):
        raise BadInputError(f"{source}: the times in column 2 do not increase.", _AGAIN)
    positions = table[:, 2:].reshape(frames, markers, 3) * metres(heading.get("Units", "mm"), source)
    positions[np.isnan(positions).any(axis=-1)] = np.nan
    return Markers(tuple(names), times, positions, up)


def _count(heading: dict[str, str], key: str, source: Path) -> int:
    try:
        return int(float(heading[key]))
    except (KeyError, ValueError) as error:
        raise BadInputError(f"{source}: line 3 has no number for {key}.", _AGAIN) from error


def _row(line: str, columns: int, where: str) -> list[float]:
    cells = line.rstrip("\r\n").split("\t")
    # Trailing tabs may be cut off or left over; other columns may not.
    cells += [""] * (columns - len(cells))
    if any(cell.strip() for cell in cells[columns:]):
        raise BadInputError(f"{where}: {len(cells)} columns, the heading promises {columns}.", _AGAIN)
    try:
        return [float(cell) if cell.strip() else np.nan for cell in cells[:columns]]
    except ValueError as error:
        raise BadInputError(f"{where}: {error}.", _AGAIN) from error
