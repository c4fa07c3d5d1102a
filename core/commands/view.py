"""``understudy view``: a take as an interactive web page, and drawn over its footage."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE, BadInputError
from .console import print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("view", help="look at a take in a browser or over its footage", description=__doc__)
    parser.add_argument("take", type=Path, metavar="X.take.npz")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.html", help="a self-contained 3D page")
    parser.add_argument("--overlay", type=Path, metavar="OUT.png", help="frames with the solve drawn on them")
    parser.add_argument("--json", action="store_true", help="print the files made as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if options.output is None and options.overlay is None:
        raise BadInputError("There is nothing to write.", "Give -o OUT.html, --overlay OUT.png, or both.")
    from .. import take

    loaded = take.load(options.take)
    files: list[Path] = []
    if options.output is not None:
        from ..view.page import write_page

        files += write_page(loaded, options.output)
    if options.overlay is not None:
        from ..view.overlay import write_contact_sheet

        write_contact_sheet(loaded, options.take, options.overlay)
        files.append(options.overlay)
    if options.json:
        print_json({"files": [str(path) for path in files]})
    else:
        print("\n".join(str(path) for path in files))
    return EXIT_DONE
