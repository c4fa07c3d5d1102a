"""``understudy train``: trains lifting networks, and the one that finds contacts, on motion capture before random
cameras."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import EXIT_CANCELLED, EXIT_DONE, BadInputError
from .console import CancelOnInterrupt, ProgressReport, print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("train", help="train a network", description=__doc__)
    add = parser.add_argument
    add("network", metavar="NAME", help="lifter (the default one), videopose, martinez, gan, contacts or prior")
    add("--data", type=Path, required=True, metavar="FILE", help="motion capture, .npz as docs describe it")
    budget = parser.add_mutually_exclusive_group(required=True)
    budget.add_argument("--steps", type=_positive, metavar="N", help="steps in all; the same every time for a seed")
    budget.add_argument("--minutes", type=float, metavar="M", help="wall time in all; schedules end with it")
    add("--out", type=Path, required=True, metavar="DIR", help="checkpoint, event files for TensorBoard, weights")
    add("--resume", action="store_true", help="go on from the checkpoint in DIR")
    add("--seed", type=int, default=0, metavar="N")
    add("--device", default="cpu", metavar="cpu|cuda")
    add("--threads", type=_positive, metavar="N", help="default: all cores but one")
    add("--evaluate-every", type=_positive, default=2000, metavar="N", help="steps between held-out figures")
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the training; may be repeated")
    add("--json", action="store_true", help="print a summary as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        from ..train.loop import Budget
        from ..train.start import TrainRequest, choose_threads, start
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.endswith(".train"):
            raise
        raise BadInputError("The extension cannot train.", "Install the package with pip.") from None
    choose_threads(options.threads)
    request = TrainRequest(options.network, options.data, options.out, Budget(options.steps, options.minutes),
                           options.seed, options.resume, options.device, options.evaluate_every,
                           tuple(options.set))  # fmt: skip
    with CancelOnInterrupt() as interrupt, ProgressReport() as report:
        summary = start(request, report.update, interrupt.cancelled)
    if options.json:
        print_json(summary)
    else:
        print(f"{summary['weights']}: step {summary['steps']}, {summary['held_out'] or 'not evaluated'}")
    return EXIT_CANCELLED if interrupt.cancelled() else EXIT_DONE


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number above 0")
    return int(text)
