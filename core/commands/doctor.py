"""``understudy doctor``: does the engine work on this machine?"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..checks import DEVICES
from ..doctor import run_checks
from ..errors import EXIT_DONE, EXIT_INTERNAL
from .console import print_json


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="check the engine on this machine", description=__doc__)
    parser.add_argument("--device", default="auto", choices=DEVICES)
    parser.add_argument("--folder", type=Path, help="where takes go, for its free room (default: the current folder)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    checks = []
    for check in run_checks(options.device, options.folder):
        checks.append(check)
        if not options.json:
            print(f"{'ok  ' if check.ok else 'FAIL'} {check.name:<20} {check.detail}", flush=True)
    good = all(check.ok for check in checks)
    if options.json:
        print_json({"ok": good, "checks": [asdict(check) for check in checks]})
    return EXIT_DONE if good else EXIT_INTERNAL
