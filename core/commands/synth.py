"""``understudy synth``: films people who do not exist, and writes the exact truth of what was filmed."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE
from .console import CancelOnInterrupt, ProgressReport, print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "synth", help="render test footage with exact truth (needs Blender)", description=__doc__
    )
    add = parser.add_argument
    add("--seed", type=int, required=True, metavar="N", help="the same seed gives the same footage")
    add("--motion", nargs="+", default=[], metavar="FILE", help="authored by name, or .npz#clip, .bvh, AMASS, take")
    add("--people", type=int, default=1, metavar="P", help="1 to 4")
    add("--cameras", type=int, default=1, metavar="C", help="1 to 6")
    add("--frames", type=int, default=60, metavar="F")
    add("--fps", type=parse_rate, default=Fraction(30), metavar="R", help="frames per second, 30 or 30000/1001")
    add("--size", type=parse_size, default=(640, 640), metavar="WxH", help="upright pixels, default 640x640")
    add("-o", "--output", type=Path, required=True, metavar="DIR")
    add("--mode", default="fast", metavar="fast|full", help="full has motion blur and soft light")
    add("--depth", action="store_true", help="also depth in millimetres, 16 bit lossless")
    add("--camera-motion", default="static", metavar="static|handheld|dolly|pan|mixed")
    add("--hands-close-up", action="store_true", help="cameras film the first person's hands")
    add("--occluders", type=int, default=0, metavar="N", help="pieces of furniture before the people, up to 4")
    add("--leave", action="store_true", help="the first person leaves the picture and comes back")
    add("--rotation", type=int, default=0, metavar="DEG", help="store the pictures turned, as phones do: 90, 180, 270")
    add("--variable-rate", action="store_true", help="leave out frames, as phones do in the dark")
    add("--markers", action="store_true", help="dots at the joints instead of people")
    add("--cache", type=Path, metavar="DIR", help="where pictures are kept, so that a second run renders nothing")
    add("--json", action="store_true", help="print a summary as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from ..synth.plan import Request
    from ..synth.shoot import film_request

    others = ("run", "json", "output", "cache", "motion")
    fields = {key: value for key, value in vars(options).items() if key not in others}
    request = Request(motions=tuple(options.motion), **fields)
    with CancelOnInterrupt() as interrupt, ProgressReport() as report:
        footage = film_request(request, options.output, options.cache, report.update, interrupt.cancelled)
        for warning in footage.shot.warnings:
            report.warn(warning)
    if options.json:
        print_json(footage.summary)
    else:
        print("\n".join(str(path) for path in (*footage.videos, *footage.depths, footage.calibration, footage.truth)))
    return EXIT_DONE


def parse_rate(text: str) -> Fraction:
    """``30``, ``29.97`` or ``30000/1001``."""
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"'{text}' is neither a number nor a fraction") from None


def parse_size(text: str) -> tuple[int, int]:
    """``WxH``."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"'{text}' is not WIDTHxHEIGHT")
    return int(width), int(height)
