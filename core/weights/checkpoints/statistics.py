"""Mean and standard deviation of the data that a network was trained on, where its checkpoint lacks them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import BadInputError
from .containers import read_checkpoint
from .systems import System

# Human3.6M's 32 joints: those that move and are annotated, and which of them the networks take and give.
_USED = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
_NECK_NOSE, _HIP = 14, 0
_JOINTS = {"2D": tuple(j for j in _USED if j != _NECK_NOSE), "3D": tuple(j for j in _USED if j != _HIP)}
_NUMBERS = {"2D": 2, "3D": 3}


def read_statistics(system: System, files: Sequence[Path]) -> dict[str, np.ndarray]:
    """``statistics.mean_2d``, ``…std_2d``, ``…mean_3d``, ``…std_3d`` of the joints that the network uses, as files of
    a system that needs them give them: dictionaries with ``mean`` and ``std`` of Human3.6M's 32 joints or of the used
    ones (``stat_3d.pth.tar`` is such a file), as torch, numpy or JSON files.

    Raises BadInputError: demanded and not given, not understood, given twice, or given to a system without any.
    """
    if files and not system.statistics:
        raise BadInputError(f"{system.title} needs no statistics.", "Leave out --stats.")
    found: dict[str, np.ndarray] = {}
    for file in files:
        kind, mean, std = _read(file)
        if f"statistics.mean_{kind.lower()}" in found:
            raise BadInputError(f"{file} has statistics of {kind} joints, as another file has.", "Give one of them.")
        found[f"statistics.mean_{kind.lower()}"] = mean
        found[f"statistics.std_{kind.lower()}"] = std
    absent = [kind for kind in system.statistics if f"statistics.mean_{kind.lower()}" not in found]
    if absent:
        numbers = " and ".join(f"{kind} joints ({_NUMBERS[kind] * 32} numbers each)" for kind in absent)
        raise BadInputError(
            f"{system.title} is useless without mean and std of its training data; those of {numbers} are missing.",
            "Give --stats FILE for each: stat_3d.pth.tar of the authors' data, and the same of the 2D data.",
        )
    return found


def _read(file: Path) -> tuple[str, np.ndarray, np.ndarray]:
    content = _content(file)
    if not isinstance(content, dict) or "mean" not in content or "std" not in content:
        raise BadInputError(f"{file} has no 'mean' and 'std'.", "It is a dictionary with these two.")
    try:
        mean, std = (np.asarray(content[key], np.float64).reshape(-1) for key in ("mean", "std"))
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{file}: mean and std are not numbers ({error}).", "") from error
    if len(mean) != len(std):
        raise BadInputError(f"{file}: {len(mean)} means and {len(std)} deviations.", "Give the whole file.")
    for kind, joints in _JOINTS.items():
        per = _NUMBERS[kind]
        if len(mean) == 32 * per:
            rows = (per * np.array(joints)[:, None] + np.arange(per)).reshape(-1)
            said = np.asarray(content.get("dim_use", rows)).reshape(-1)
            if not np.array_equal(said, rows):
                raise BadInputError(f"{file}: 'dim_use' names other joints than the network has.", "Is it Human3.6M's?")
            mean, std = mean[rows], std[rows]
        if len(mean) == 16 * per:
            if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
                raise BadInputError(f"{file}: a used joint has no positive deviation.", "Is it Human3.6M's order?")
            return kind, mean.astype(np.float32), std.astype(np.float32)
    raise BadInputError(
        f"{file} has {len(mean)} means.", "Understood: 64 or 32 of the 2D joints, 96 or 48 of the 3D joints."
    )


def _content(file: Path) -> Any:
    if file.suffix != ".json":
        return read_checkpoint(file)
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInputError(f"{file} is not readable JSON ({error}).", "") from error
