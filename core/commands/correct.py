"""``understudy correct``: solves some frames of a take again with corrections, into a file of their own."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE, BadInputError
from ..settings import CorrectSettings
from .console import print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("correct", help="solve some frames again with corrections", description=__doc__)
    add = parser.add_argument
    add("take", type=Path, metavar="X.take.npz")
    add("-o", "--output", type=Path, required=True, metavar="X.npz", help="SMPL-H arrays of the frames")
    add("--person", default="1", metavar="ID")
    add("--begin", type=int, required=True, metavar="FRAME", help="first frame, counted from 0")
    add("--end", type=int, required=True, metavar="FRAME", help="last frame")
    add("--corrections", type=Path, required=True, metavar="FILE", help="JSON, as docs/solve.md describes it")
    add("--json", action="store_true", help="print a summary as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    settings = CorrectSettings(
        options.take, options.output, options.person, options.begin, options.end, _read(options.corrections)
    )
    from ..correct import correct

    result = correct(settings)
    if options.json:
        print_json(result.summary)
    else:
        print(f"{result.path}: frames {result.summary['begin']} to {result.summary['end']}")
    return EXIT_DONE


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInputError(f"{path} is not readable JSON: {error}.", "See docs/solve.md.") from None
    if not isinstance(found, dict):
        raise BadInputError(f"{path} does not hold a JSON object.", "See docs/solve.md.")
    return found
