"""``understudy motion``: a motion file becomes a take, for clean-up, retarget and export."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE, BadInputError, CannotWriteError
from .blender import ROOT, script_command
from .console import print_json


def add_parser(subparsers: Any) -> None:
    text = (
        "make a take of a motion file: BVH, FBX, TRC, C3D, or SMPL parameters as .npz (AMASS, WHAM, GVHMR, 4D-Humans)"
    )
    parser = subparsers.add_parser("motion", help=text, description=__doc__)
    parser.add_argument("motion", type=Path, metavar="MOTION")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="X.take.npz")
    parser.add_argument("--fps", metavar="N|N/D", help="frames a second of the take; the file's own by default")
    parser.add_argument(
        "--up", choices=("y", "z"), help="the file's axis that points up, where it does not say or errs"
    )
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from .. import take_file
    from ..motion_take import motion_take

    if not options.output.name.endswith(take_file.SUFFIX):
        raise BadInputError(f"{options.output.name} is no name of a take.", f"Let it end in {take_file.SUFFIX}.")
    if not options.output.absolute().parent.is_dir():
        raise CannotWriteError(f"There is no folder {options.output.absolute().parent}.", "Make it first.")
    up = f"+{options.up}" if options.up else None
    if options.motion.suffix.lower() == ".fbx":
        with tempfile.TemporaryDirectory() as folder:
            read = _through_blender(options.motion, Path(folder) / f"{options.motion.stem}.bvh")
            made = motion_take(read, _fps(options.fps), up)
        made = replace(made, settings={**made.settings, "motion": options.motion.name})
    else:
        made = motion_take(options.motion, _fps(options.fps), up)
    take_file.save(made, options.output)
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


def _through_blender(source: Path, target: Path) -> Path:
    """The performer of an FBX file on the free body, as BVH. Raises BadInputError."""
    if not source.is_file():
        raise BadInputError(f"There is no motion file at {source}.", "Check the path.")
    command = script_command(ROOT / "addon" / "headless" / "read_fbx.py", [str(source.resolve()), str(target)])
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode or not target.is_file():
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise BadInputError(said[-1] if said else f"Blender cannot read {source}.")
    return target


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
