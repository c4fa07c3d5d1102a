"""``understudy export``: a take in a format that other programs read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE
from .console import print_json


def add_parser(subparsers: Any) -> None:
    text = "write a take as BVH, AMASS's npz, CSV, JSON, a web page or OpenPose's files"
    parser = subparsers.add_parser("export", help=text, description=__doc__)
    parser.add_argument("take", type=Path, metavar="X.take.npz")
    parser.add_argument("--format", required=True, metavar="bvh|amass|csv|trc|c3d|json|html|openpose")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT")
    parser.add_argument("--json", action="store_true", help="print the files made as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from .. import take_file
    from ..files.export import export

    files = export(take_file.load(options.take), options.format, options.output)
    if options.json:
        print_json({"files": [str(path) for path in files]})
    else:
        print("\n".join(str(path) for path in files))
    return EXIT_DONE
