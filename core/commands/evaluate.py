"""``understudy evaluate``: a take against the truth, by every metric or by a data set's published protocol."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import EXIT_DONE
from .console import print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("evaluate", help="measure a take against the truth", description=__doc__)
    parser.add_argument("predicted", type=Path, metavar="PRED", help="a take, or a folder of takes")
    parser.add_argument("truth", type=Path, metavar="GT", help="the true take; with --protocol a data set's file")
    parser.add_argument("--protocol", metavar="NAME", help="a published protocol, or a reader; a wrong name lists all")
    parser.add_argument(
        "--option", action="append", default=[], metavar="KEY=VALUE", help="for the data set's reader; may be repeated"
    )
    parser.add_argument("--gaps", action="store_true", help="also judge frames in which the person was not measured")
    parser.add_argument("--plot", type=Path, metavar="OUT.html", help="plots as a self-contained page")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from ..evaluate.files import evaluate_files
    from ..evaluate.plot import write_plot

    report = evaluate_files(options.predicted, options.truth, options.protocol, options.option, options.gaps)
    if options.plot is not None:
        write_plot(report, options.plot)
    if options.json:
        print_json(report.to_json() | ({"plot": str(options.plot)} if options.plot is not None else {}))
    else:
        print(report.text())
    return EXIT_DONE
