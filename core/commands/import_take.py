"""``understudy import``: a take becomes a .blend with rigged, keyed actors, and an FBX.

The work is done by ``addon/headless/import_take.py`` in a Blender process of its own; only files and JSON lines cross.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from ..client import clean_environment
from ..errors import EXIT_BAD_INPUT, EXIT_DONE, EXIT_INTERNAL, BadInputError, CannotWriteError
from .blender import ROOT, script_command
from .console import ProgressReport, print_json

SCRIPT = ROOT / "addon" / "headless" / "import_take.py"


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "import", help="make a .blend and FBX of a take (needs Blender)", description=__doc__
    )
    parser.add_argument("take", type=Path, metavar="X.take.npz")
    parser.add_argument("--blend", type=Path, required=True, metavar="OUT.blend")
    parser.add_argument("--fbx", type=Path, metavar="OUT.fbx")
    parser.add_argument("--preset", default="generic", metavar="generic", help="flavour of the FBX")
    for side in ("left", "right"):
        parser.add_argument(f"--{side}-hand", type=Path, metavar="FILE", help=f"your own MANO model of the {side} hand")
    parser.add_argument("--json", action="store_true", help="print a summary as one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    from .. import take_file

    take_file.load(options.take)  # a bad take is refused before Blender starts
    for target in (options.blend, options.fbx):
        if target is not None and not target.absolute().parent.is_dir():
            raise CannotWriteError(f"There is no folder {target.absolute().parent}.", "Make it first.")
    arguments = ["--take", str(options.take.absolute()), "--blend", str(options.blend.absolute())]
    if options.fbx is not None:
        arguments += ["--fbx", str(options.fbx.absolute()), "--preset", options.preset]
    for name in ("left_hand", "right_hand"):
        if (file := getattr(options, name)) is not None:
            arguments += [f"--{name.replace('_', '-')}", str(file.absolute())]
    command = script_command(SCRIPT, arguments)
    with ProgressReport() as report:
        code, last, tail = _run_script(command, report)
    if code == EXIT_BAD_INPUT:
        raise BadInputError(str(last.get("message", "Blender refused the take.")), str(last.get("hint", "")))
    if code != EXIT_DONE:
        reason = last.get("message", f"exit code {code}")
        print("\n".join([*tail, f"understudy: Blender stopped with an error: {reason}"]), file=sys.stderr)
        return EXIT_INTERNAL
    if options.json:
        print_json({key: value for key, value in last.items() if key != "type"})
    else:
        print("\n".join([last["blend"], *last["fbx"]]))
    return EXIT_DONE


def _run_script(command: list[str], report: ProgressReport) -> tuple[int, dict[str, Any], list[str]]:
    """Exit code, the last JSON line of stdout, and the last lines of what is not JSON (Blender prints there too)."""
    last: dict[str, Any] = {}
    tail: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8", errors="replace", env=clean_environment(),
    ) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        drain = threading.Thread(target=_collect, args=(process.stderr, tail), daemon=True)
        drain.start()
        for line in process.stdout:
            event = _json_object(line)
            if event is None:
                tail.append(line.rstrip())
                continue
            last = event
            if isinstance(event.get("stage"), str) and isinstance(event.get("done"), int):
                report.update(event["stage"], event["done"], event.get("total"), None)
            elif event.get("type") == "warning":
                report.warn(str(event.get("message", "")))
        code = process.wait()
        drain.join(1.0)
    return code, last, tail[-20:]


def _collect(stream: IO[str], lines: list[str]) -> None:
    lines.extend(line.rstrip() for line in stream)


def _json_object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
