"""``understudy resolve``: solves a take again with another body or lens, from what was measured; no footage needed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..checks import DEVICES
from ..errors import EXIT_DONE
from ..settings import ResolveSettings
from .capture import add_body_and_lens, lens_text
from .console import ProgressReport, print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("resolve", help="solve a take again with other settings", description=__doc__)
    parser.add_argument("take", type=Path, metavar="X.take.npz")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="Y.take.npz")
    add_body_and_lens(parser)
    parser.add_argument("--device", default="auto", metavar="|".join(DEVICES))
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    settings = ResolveSettings(**{key: value for key, value in vars(options).items() if key not in ("run", "json")})
    from ..resolve import resolve

    with ProgressReport() as report:
        result = resolve(settings, report.update, warn=report.warn)
    if options.json:
        print_json(result.summary)
    else:
        heights = ", ".join(f"{person['id']}: {person['height']:.2f} m" for person in result.summary["people"])
        print(f"{result.path}: {heights}, {lens_text(result.summary)}")
    return EXIT_DONE
