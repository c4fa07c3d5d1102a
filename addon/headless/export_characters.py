"""Exports characters, in a Blender process of its own: writes each file, reads it back and compares.

    python export_characters.py JOBS.json EVENTS
    blender --background --factory-startup --python export_characters.py -- JOBS.json EVENTS

JOBS.json is a list of file_job.FileJob's fields. A JSON object per line goes to the file EVENTS: ``{"type":
"progress", "job", "stage"}``, and for each job ``{"type": "report", "job", …}`` or ``{"type": "error", "job", "code",
"message", "hint"}``. The exit code is 0 once every job has had its line.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import traceback
import types
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "understudy"
if PACKAGE not in sys.modules:
    # As core/launch.py does: the package is this repository, wherever it lies and whatever else is installed.
    _package = types.ModuleType(PACKAGE)
    _package.__path__ = [str(ROOT)]
    sys.modules[PACKAGE] = _package

from understudy.addon.scene.file_job import FileJob, run  # noqa: E402
from understudy.core.errors import UnderstudyError  # noqa: E402


def main(arguments: list[str]) -> int:
    """Runs the script; returns the exit code."""
    jobs = json.loads(Path(arguments[0]).read_text("utf-8"))
    with Path(arguments[1]).open("w", encoding="utf-8") as stream:

        def tell(**event: Any) -> None:
            stream.write(json.dumps(event) + "\n")
            stream.flush()

        for number, fields in enumerate(jobs):
            try:
                report = run(FileJob(**fields), lambda stage, n=number: tell(type="progress", job=n, stage=stage))
            except UnderstudyError as error:
                tell(type="error", job=number, code=error.code, message=error.message, hint=error.hint)
            except Exception as error:  # noqa: BLE001  the parent must hear of it, the traceback is for the log
                traceback.print_exc()
                tell(type="error", job=number, code="internal", message=f"{type(error).__name__}: {error}", hint="")
            else:
                tell(type="report", job=number, report=dataclasses.asdict(report))
    return 0


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    code = main(own)
    sys.stdout.flush()
    sys.stderr.flush()
    # Nothing is left to do, and Blender as a module does not always end well.
    os._exit(code)
