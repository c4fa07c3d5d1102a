"""CSV in tidy form: one row per joint of a person in a frame, for spreadsheets and data frames."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from ..take import Take
from ..whole_file import write_whole

COLUMNS = ("frame", "time", "person", "present", "joint", "x", "y", "z", "confidence")


def write_csv(take: Take, path: Path | str) -> list[Path]:
    """Writes ``COLUMNS``: frame counts from 0, time in seconds, x y z in metres, world, Z up; empty where not measured.

    Rows are ordered by person, frame, joint. Returns ``[path]``. Raises CannotWriteError.
    """

    def write(stream: Any) -> None:
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        for person in take.people:
            for frame, time in enumerate(take.timestamps):
                present = int(person.present[frame])
                for name, xyz, confidence in zip(
                    take.joint_names, person.joints_world[frame], person.joints_confidence[frame], strict=True
                ):
                    place = [f"{v:.5f}" for v in xyz] if np.all(np.isfinite(xyz)) else ["", "", ""]
                    writer.writerow([frame, f"{time:.6f}", person.id, present, name, *place, f"{confidence:.4f}"])
        text.detach()

    return [write_whole(Path(path), write)]
