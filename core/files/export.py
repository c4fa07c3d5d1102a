"""The table of export formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import BadInputError
from ..take import Take
from ..view.page import write_page
from .amass import write_amass
from .bvh import write_bvh
from .csv import write_csv
from .json_export import write_json
from .write_markers import write_c3d, write_trc
from .write_openpose import write_openpose

WRITERS: dict[str, Callable[[Take, Path | str], list[Path]]] = {
    "bvh": write_bvh,
    "amass": write_amass,
    "csv": write_csv,
    "trc": write_trc,
    "c3d": write_c3d,
    "json": write_json,
    "html": write_page,
    "openpose": write_openpose,
}


def export(take: Take, format_name: str, path: Path | str) -> list[Path]:
    """Writes the take and returns the files made. Raises BadInputError on an unknown format, CannotWriteError."""
    if format_name not in WRITERS:
        raise BadInputError(f"There is no export format '{format_name}'.", f"Choose one of {', '.join(WRITERS)}.")
    return WRITERS[format_name](take, path)
