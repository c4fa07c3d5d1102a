"""From paths to a report: what ``understudy evaluate PRED GT`` reads and compares."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import take_file
from ..errors import BadInputError
from ..take import Take
from ..take_file import SUFFIX
from .annotation import Annotation
from .datasets.registry import READERS, read
from .protocols import Protocol, protocol_named
from .report import Report, weighted
from .sequences import evaluate_sequence
from .takes import evaluate_takes

# Files of motion that other programs write and that may stand for a prediction.
_MOTION = {".trc": "trc", ".c3d": "c3d", ".bvh": "bvh"}


def evaluate_files(
    predicted: Path, truth: Path, protocol: str | None = None, options: Sequence[str] = (), gaps: bool = False
) -> Report:
    """One prediction, or a folder of takes against a folder of truths of the same names, into one report.

    ``options`` are KEY=VALUE for the data set's reader. Without ``protocol`` the truth is a take, or a motion file
    (trc, c3d, bvh) by its suffix. Raises BadInputError naming the file.
    """
    if predicted.is_dir():
        return _folder(predicted, truth, protocol, options, gaps)
    if protocol is None and truth.suffix in _MOTION:
        protocol = _MOTION[truth.suffix]
    own = _prediction(predicted)
    if protocol is None:
        if not isinstance(own, Take):
            raise BadInputError(f"{predicted} is not a take; without a protocol two takes are compared.", "Give one.")
        if options:
            raise BadInputError("Reader options without a protocol.", "Add --protocol NAME.")
        return evaluate_takes(own, _take(truth), (predicted.name, truth.name), gaps)
    chosen = protocol_named(protocol)
    return evaluate_sequence(own, read_truth(chosen, truth, options), chosen, predicted.name, gaps)


def read_truth(protocol: Protocol, path: Path, options: Sequence[str] = ()) -> Annotation:
    """The data set's file by the protocol's reader, its own options below the user's."""
    name = protocol.readers[-1] if path.is_dir() else protocol.readers[0]
    known = {k: v for k, v in protocol.reader_options.items() if k in READERS[name].options}
    return read(name, path, **(known | dict(map(_option, options))))


def _folder(predicted: Path, truth: Path, protocol: str | None, options: Sequence[str], gaps: bool) -> Report:
    takes = sorted(predicted.glob(f"*{SUFFIX}"))
    if not takes or not truth.is_dir():
        raise BadInputError(
            f"{predicted} has {len(takes)} takes, {truth} is {'a' if truth.is_dir() else 'no'} folder.",
            "Give two files, or two folders with the same names in them.",
        )
    reports = [evaluate_files(path, _partner(path, truth), protocol, options, gaps) for path in takes]
    return Report(
        predicted=predicted.name,
        truth=truth.name,
        protocol=reports[0].protocol,
        frames=tuple(map(sum, zip(*(r.frames for r in reports), strict=True))),  # type: ignore[arg-type]
        joint_names=reports[0].joint_names,
        lacking=reports[0].lacking,
        people=(),
        missing_people=tuple(f"{r.predicted}: {p}" for r in reports for p in r.missing_people),
        extra_people=tuple(f"{r.predicted}: {p}" for r in reports for p in r.extra_people),
        overall=weighted([r.overall for r in reports]),
        notes=tuple(dict.fromkeys(note for r in reports for note in r.notes)),
        parts=tuple(reports),
    )


def _partner(take: Path, folder: Path) -> Path:
    name = take.name.removesuffix(SUFFIX)
    exact = [folder / f"{name}.truth{SUFFIX}", folder / take.name, folder / name]
    near = [path for path in sorted(folder.iterdir()) if path.name.split(".")[0] == name]
    for path in (*exact, *near):
        if path.exists():
            return path
    raise BadInputError(f"{folder} has nothing named {name} for {take}.", "Name takes as the truth is named.")


def _prediction(path: Path) -> Take | Annotation:
    return read(_MOTION[path.suffix], path) if path.suffix in _MOTION else _take(path)


def _take(path: Path) -> Take:
    if path.is_dir():
        raise BadInputError(f"{path} is a folder.", "Give a take, or --protocol NAME for a data set.")
    return take_file.load(path)


def _option(text: str) -> tuple[str, Any]:
    """KEY=VALUE; numbers, true, false, null and JSON are read as such, anything else is text, and a path if one."""
    key, mark, value = text.partition("=")
    if not mark or not key:
        raise BadInputError(f"The option {text!r} is not KEY=VALUE.", "Write for example subject=S9.")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, Path(value) if Path(value).exists() else value
