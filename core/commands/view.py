"""``understudy view``: a take as an interactive web page, and drawn over its footage."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, BadInputError
from .console import ProgressReport, print_json

if TYPE_CHECKING:
    from ..take import Take


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("view", help="look at takes in a browser or over their footage", description=__doc__)
    parser.add_argument(
        "takes", type=Path, nargs="*", metavar="X.take.npz", help="several takes of one footage are laid over the first"
    )
    parser.add_argument("--image", type=Path, metavar="PICTURE", help="in place of a take: a single picture, captured")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.html", help="a self-contained 3D page")
    parser.add_argument("--footage", action=argparse.BooleanOptionalAction, default=True,
                        help="pictures of the footage in the page (default)")  # fmt: skip
    parser.add_argument("--overlay", type=Path, metavar="OUT.png", help="frames with the solve drawn on them")
    add_measured_outputs(parser)
    parser.add_argument("--json", action="store_true", help="print the files made as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    if all(option is None for option in (options.output, options.overlay, options.skeleton, options.openpose)):
        hint = "Give -o OUT.html, --overlay OUT.png, --skeleton OUT.png or --openpose DIR."
        raise BadInputError("There is nothing to write.", hint)
    if bool(options.takes) == (options.image is not None):
        raise BadInputError("view looks at takes, or at one picture.", "Give X.take.npz, or --image PICTURE.")
    with tempfile.TemporaryDirectory(prefix="understudy-") as folder:
        files = _write(options, options.takes or [_captured(options.image, Path(folder))])
    if options.json:
        print_json({"files": [str(path) for path in files]})
    else:
        print("\n".join(str(path) for path in files))
    return EXIT_DONE


def _write(options: argparse.Namespace, paths: list[Path]) -> list[Path]:
    from .. import take_file

    first, *others = [take_file.load(path) for path in paths]
    files: list[Path] = []
    if options.output is not None:
        from ..view.page import write_page

        names = _names(paths)
        files += write_page(
            first, options.output, paths[0] if options.footage else None,
            list(zip(names[1:], others, strict=True)), names[0],
        )  # fmt: skip
    if options.overlay is not None:
        from ..view.overlay import write_contact_sheet

        write_contact_sheet(first, paths[0], options.overlay)
        files.append(options.overlay)
    return files + write_measured(first, paths[0], options.skeleton, options.openpose)


def _names(paths: list[Path]) -> list[str]:
    """What the takes are called on a page: their files, with the folders where two files have one name."""
    short = [path.name.removesuffix(".take.npz") for path in paths]
    return short if len(set(short)) == len(short) else [str(path) for path in paths]


def _captured(picture: Path, folder: Path) -> Path:
    """The take of a single picture, in ``folder``."""
    from ..pipeline import capture
    from ..settings import CaptureSettings

    if not picture.is_file():
        raise BadInputError(f"There is no picture at {picture}.", "Give a .jpg or .png file.")
    pictures = folder / "picture"
    pictures.mkdir()
    shutil.copyfile(picture, pictures / picture.name)
    with ProgressReport() as report:
        settings = CaptureSettings(pictures, folder / f"{picture.stem}.take.npz")
        return capture(settings, report.update, warn=report.warn).path


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
