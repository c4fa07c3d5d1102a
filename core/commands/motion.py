"""``understudy motion``: a motion file becomes a take, for clean-up, retarget and export."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE, BadInputError, CannotWriteError
from .console import print_json


def add_parser(subparsers: Any) -> None:
    text = "make a take of a motion file: BVH, TRC, C3D, or SMPL parameters as .npz (AMASS, WHAM, GVHMR, 4D-Humans)"
    parser = subparsers.add_parser("motion", help=text, description=__doc__)
    parser.add_argument("motion", type=Path, metavar="MOTION")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="X.take.npz")
    parser.add_argument("--fps", metavar="N|N/D", help="frames a second of the take; the file's own by default")
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from .. import take
    from ..motion_take import motion_take

    if not options.output.name.endswith(take.SUFFIX):
        raise BadInputError(f"{options.output.name} is no name of a take.", f"Let it end in {take.SUFFIX}.")
    if not options.output.absolute().parent.is_dir():
        raise CannotWriteError(f"There is no folder {options.output.absolute().parent}.", "Make it first.")
    made = motion_take(options.motion, _fps(options.fps))
    take.save(made, options.output)
    if options.json:
        print_json(
            {
                "take": str(options.output),
                "frames": made.frame_count,
                "fps": float(made.fps_nominal),
                "fit_error_mm": made.settings["fit_error_mm"],
                "worn_error_mm": made.settings["worn_error_mm"],
            }
        )
    else:
        print(options.output)
    return EXIT_DONE


def _fps(text: str | None) -> Fraction | None:
    if text is None:
        return None
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate <= 0:
        raise BadInputError(f"--fps {text} is no rate.", "Give a number above 0, such as 30 or 30000/1001.")
    return rate
