"""Finding a Blender without a window: Python with the ``bpy`` module, or the program itself."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

from ..errors import BadInputError

ENVIRONMENT_VARIABLE = "UNDERSTUDY_BPY_PYTHON"
ROOT = Path(__file__).resolve().parents[2]
# Newest first.
LOCAL_ENVIRONMENTS = (".venv-bpy-5.0", ".venv-bpy-4.5", ".venv-bpy-4.2")


def script_command(script: Path, arguments: list[str]) -> list[str]:
    """The command that runs ``script`` where ``import bpy`` works.

    Order: the interpreter named by UNDERSTUDY_BPY_PYTHON, this one if it has bpy, the project's own environments, the
    program ``blender`` on the path. Raises BadInputError with the cure where there is none.
    """
    python = _python_with_bpy()
    if python is not None:
        return [python, "-I", str(script), *arguments]
    program = shutil.which("blender")
    if program is not None:
        options = ["--background", "--factory-startup", "--python-exit-code", "1", "--python", str(script)]
        return [program, *options, "--", *arguments]
    raise BadInputError(
        "There is no Blender here.",
        f"Install Blender so that 'blender' is on the path, or `pip install bpy` in an environment of its own and set "
        f"{ENVIRONMENT_VARIABLE} to its python.",
    )


def _python_with_bpy() -> str | None:
    chosen = os.environ.get(ENVIRONMENT_VARIABLE)
    if chosen:
        if not Path(chosen).is_file():
            raise BadInputError(f"{ENVIRONMENT_VARIABLE} names {chosen}, which is no file.", "Correct or unset it.")
        return chosen
    if importlib.util.find_spec("bpy") is not None:
        return sys.executable
    for name in LOCAL_ENVIRONMENTS:
        for python in (ROOT / name / "bin" / "python", ROOT / name / "Scripts" / "python.exe"):
            if python.is_file():
                return str(python)
    return None
