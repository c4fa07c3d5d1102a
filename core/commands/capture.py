"""``understudy capture``: a video, a folder of pictures or 2D keypoints of another program become a take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..checks import DEVICES, PRECISIONS, Height, Profile
from ..errors import EXIT_DONE
from ..picks import Pick, parse_pick
from ..settings import CaptureSettings
from .console import CancelOnInterrupt, ProgressReport, print_json
from .view import add_measured_outputs, write_measured


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("capture", help="capture a video into a take", description=__doc__)
    parser.add_argument(
        "source", type=Path, nargs="?", metavar="VIDEO|FOLDER",
        help="a video file, or a folder of pictures; not needed with --keypoints",
    )  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="X.take.npz")
    parser.add_argument("--people", type=parse_people, default=None, metavar="all|N", help="keep the N most visible")
    parser.add_argument("--hands", action=argparse.BooleanOptionalAction, default=True, help="with fingers (default)")
    add_body_and_lens(parser)
    parser.add_argument("--start", type=float, metavar="S", help="seconds into the video")
    parser.add_argument("--end", type=float, metavar="S", help="seconds into the video")
    parser.add_argument("--fps", type=float, metavar="N", help="rate of a folder of pictures, or of keypoints alone")
    parser.add_argument("--device", default="auto", metavar="|".join(DEVICES))
    parser.add_argument(
        "--precision", default="full", metavar="|".join(PRECISIONS),
        help="of the networks; half is faster and less exact: float16 on GPUs, bfloat16 on processors that have it",
    )  # fmt: skip
    parser.add_argument("--method", default="default", metavar="NAME", help="pipeline (default: default)")
    parser.add_argument(
        "--keypoints", type=Path, metavar="DIR", help="2D joints found elsewhere: OpenPose's JSON, COCO keypoints"
    )
    parser.add_argument(
        "--keypoints-format", metavar="NAME",
        help="BODY_25, BODY_25B, COCO-18, MPI-15, COCO-17 or COCO-WholeBody (default: told from the files)",
    )  # fmt: skip
    parser.add_argument("--size", type=parse_size, metavar="WxH", help="of the pictures the keypoints were found in")
    parser.add_argument(
        "--pick", type=pick, action="append", default=[], dest="picks", metavar="S:LEFT,TOP,RIGHT,BOTTOM",
        help="keep the person in this box (pixels) at S seconds; once for each person to keep",
    )  # fmt: skip
    parser.add_argument("--step", type=int, default=1, metavar="N", help="measure every N-th frame only")
    add_measured_outputs(parser)
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    fields = {key: value for key, value in vars(options).items() if key not in ("run", "json", "skeleton", "openpose")}
    fields["picks"] = tuple(options.picks)
    settings = CaptureSettings(**fields)
    from ..pipeline import capture

    with CancelOnInterrupt() as interrupt, ProgressReport() as report:
        result = capture(settings, report.update, interrupt.cancelled, report.warn)
    files: list[Path] = []
    if options.skeleton is not None or options.openpose is not None:
        from ..take_file import load

        files = write_measured(load(result.path), result.path, options.skeleton, options.openpose)
    if options.json:
        print_json(result.summary | ({"files": [str(path) for path in files]} if files else {}))
    else:
        people, frames = result.summary["people"], result.summary["frames"]
        who = "1 person" if len(people) == 1 else f"{len(people)} people"
        print(f"{result.path}: {who}, {frames} frame{'' if frames == 1 else 's'}, {lens_text(result.summary)}")
    return EXIT_DONE


def lens_text(summary: dict[str, Any]) -> str:
    """The lens of a capture's or a solve's summary, where it comes from and how sure it is."""
    source, spread, told_by = summary["focal_source"], summary["focal_spread"], summary["focal_told_by"]
    source += f" from {' and '.join(told_by)}" if told_by else ""
    sure = "" if spread is None else f", give or take {100 * spread:.0f} %"
    return f"focal length {summary['focal_px']:.0f} px ({source}{sure})"


def add_body_and_lens(parser: argparse.ArgumentParser) -> None:
    """Options of what a solve cannot see: how people are built, and through which lens they were filmed."""
    parser.add_argument(
        "--height",
        type=parse_height,
        metavar="M|1=M,2=M",
        help="body height in metres, which sets the scale: one for all, or per id (default 1.70)",
    )
    parser.add_argument(
        "--actor", type=parse_actor, metavar="FILE|1=FILE,2=FILE",
        help="a profile that 'understudy actor' saved, whose body is kept: for all or per id",
    )  # fmt: skip
    parser.add_argument(
        "--body", type=Path, metavar="FILE",
        help="your own SMPL-H file (.npz or .pkl) to solve on; 'free' is the body that comes with Understudy",
    )  # fmt: skip
    lens = parser.add_mutually_exclusive_group()
    lens.add_argument("--fov", type=float, metavar="DEG", help="field of view along the longer image side")
    lens.add_argument("--focal", type=float, metavar="PX", help="focal length in pixels of the upright picture")


def parse_size(text: str) -> tuple[int, int]:
    """``1920x1080``."""
    width, mark, height = text.lower().partition("x")
    if not (mark and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a size as 1920x1080")
    return int(width), int(height)


def pick(text: str) -> Pick:
    """``1.5:100,50,300,600``."""
    try:
        return parse_pick(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not seconds and a box as in 1.5:100,50,300,600") from None


def parse_people(text: str) -> int | None:
    """``all`` is None."""
    if text == "all":
        return None
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"'{text}' is neither 'all' nor a number")
    return int(text)


def parse_height(text: str) -> Height:
    """Metres, or ``1=1.82,2=1.65``."""
    try:
        if "=" not in text:
            return float(text)
        return {key.strip(): float(value) for key, value in (item.split("=") for item in text.split(","))}
    except ValueError:
        message = f"'{text}' is neither metres nor ids with metres as in 1=1.82,2=1.65"
        raise argparse.ArgumentTypeError(message) from None


def parse_actor(text: str) -> Profile:
    """A file, or ``1=anna.actor.json,2=ben.actor.json``."""
    items = [item.partition("=") for item in text.split(",")]
    if not all(mark and key.strip() and path for key, mark, path in items):
        return Path(text)
    return {key.strip(): Path(path) for key, _, path in items}
