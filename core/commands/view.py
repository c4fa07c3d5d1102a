"""``understudy view``: a take as an interactive web page, and drawn over its footage."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, BadInputError
from .console import print_json

if TYPE_CHECKING:
    from ..take import Take


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("view", help="look at a take in a browser or over its footage", description=__doc__)
    parser.add_argument("take", type=Path, metavar="X.take.npz")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.html", help="a self-contained 3D page")
    parser.add_argument("--overlay", type=Path, metavar="OUT.png", help="frames with the solve drawn on them")
    add_measured_outputs(parser)
    parser.add_argument("--json", action="store_true", help="print the files made as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if all(option is None for option in (options.output, options.overlay, options.skeleton, options.openpose)):
        hint = "Give -o OUT.html, --overlay OUT.png, --skeleton OUT.png or --openpose DIR."
        raise BadInputError("There is nothing to write.", hint)
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
    files += write_measured(loaded, options.take, options.skeleton, options.openpose)
    if options.json:
        print_json({"files": [str(path) for path in files]})
    else:
        print("\n".join(str(path) for path in files))
    return EXIT_DONE


def add_measured_outputs(parser: argparse.ArgumentParser) -> None:
    """Options of what was measured in 2D, for every command that has a take in hand."""
    parser.add_argument("--skeleton", type=Path, metavar="OUT.png", help="frames with the 2D landmarks drawn on them")
    parser.add_argument("--openpose", type=Path, metavar="DIR", help="the 2D landmarks as OpenPose's JSON files")


def write_measured(take: Take, path: Path, skeleton: Path | None, openpose: Path | None) -> list[Path]:
    """Writes what these options ask for of the take at ``path``; returns the files and folders made."""
    files: list[Path] = []
    if skeleton is not None:
        from ..view.skeleton2d import write_skeleton_sheet

        files.append(write_skeleton_sheet(take, path, skeleton))
    if openpose is not None:
        from ..files.write_openpose import write_openpose

        files += write_openpose(take, openpose)
    return files
