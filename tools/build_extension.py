"""Builds and validates the extension's zip: ``python tools/build_extension.py [-o FOLDER]``, with a Python with bpy.

The extension command line of Blender itself does both; it lies in the bpy wheel. Prints the path of the zip.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def extension_tool() -> Path:
    """Blender's ``blender_ext.py``. Raises SystemExit where this Python has no bpy."""
    spec = importlib.util.find_spec("bpy")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    found = sorted(folder.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py")) if folder else []
    if not found:
        raise SystemExit("This Python has no bpy; use one of the .venv-bpy-* environments.")
    return found[0]


def build(output: Path) -> Path:
    """Builds and validates the zip in the folder ``output`` and returns its path; SystemExit tells what went wrong."""
    manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    target = output / f"{manifest['id']}-{manifest['version']}.zip"
    output.mkdir(parents=True, exist_ok=True)
    tool = extension_tool()
    for command in (
        ["build", "--source-dir", str(ROOT), "--output-filepath", str(target)],
        ["validate", str(target)],
    ):
        done = subprocess.run([sys.executable, "-I", str(tool), *command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "dist", help="folder of the zip")
    print(build(parser.parse_args().output))


if __name__ == "__main__":
    main()
