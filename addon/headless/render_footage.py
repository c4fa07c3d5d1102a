"""Renders the pictures of a planned shot, in a Blender process of its own.

    python render_footage.py --job FOLDER --out FOLDER [--depth]
    python render_footage.py --version

FOLDER holds ``scene.npz`` and ``actor_I.npy`` (see core/synth/scene.py) and ``missing.npy`` (N,2): camera and frame of
each picture to render, to ``OUT/camNN/FRAME.png`` and ``OUT/depthNN/FRAME.png``, written whole and renamed. JSON lines
on stdout: ``{"type": "progress", "done", "total", "seconds", "cpu_seconds"}`` after each picture, last ``{"type":
"result"}`` or ``{"type": "error", "message", "hint"}``; Blender's own lines go to stderr. Exit codes of core/errors.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
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

import bpy  # noqa: E402
import numpy as np  # noqa: E402

from understudy.addon.headless.footage import cameras, cast, lights, places, settings  # noqa: E402
from understudy.addon.headless.footage.depth import DepthPass  # noqa: E402
from understudy.core.errors import EXIT_BAD_INPUT, EXIT_DONE, EXIT_INTERNAL  # noqa: E402


def main(arguments: list[str]) -> int:
    """Runs the script; returns the exit code."""
    options = _parser().parse_args(arguments)
    report = _Report()
    if options.version:
        report.write(blender=f"{bpy.app.version_string} {bpy.app.build_hash.decode()}")
        return EXIT_DONE
    try:
        run(options.job, options.out, options.depth, report)
    except OSError as error:
        report.write(type="error", message=f"Cannot write the pictures: {error}.", hint="Free space or give --cache.")
        return EXIT_BAD_INPUT
    except Exception as error:  # noqa: BLE001  the parent must hear of it, the traceback is for the log
        traceback.print_exc()
        report.write(type="error", message=f"{type(error).__name__}: {error}", hint="")
        return EXIT_INTERNAL
    report.write(type="result")
    return EXIT_DONE


def run(job: Path, out: Path, depth: bool, report: _Report) -> None:
    """Builds the scene once and renders what is missing, frame by frame."""
    with np.load(job / "scene.npz", allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    meta: dict[str, Any] = json.loads(str(arrays["meta"]))
    missing = np.load(job / "missing.npy", allow_pickle=False)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    settings.apply(meta)
    if meta["markers"]:
        people: cast.Cast | cast.Markers = cast.Markers(job, meta)
    else:
        lights.build(meta["light"])
        places.build(meta["place"])
        places.build_props(meta["props"], meta["place"]["seed"])
        people = cast.Cast(job, arrays, meta)
    deep = DepthPass()
    rig = cameras.Rig(arrays["camera/K"], arrays["camera/world_from_camera"], tuple(meta["size"]))
    shown = None
    for done, (camera, frame) in enumerate(missing.tolist()):
        began, cpu = time.perf_counter(), time.process_time()
        if frame != shown:
            people.pose(frame, with_speed=bpy.context.scene.render.use_motion_blur)
            cameras.show_frame(frame)
            shown = frame
        rig.use(camera)
        target = out / f"cam{camera + 1:02d}" / f"{frame:06d}.png"
        if not target.is_file():
            render_to(target)
        if depth:
            with deep.active():
                render_to(out / f"depth{camera + 1:02d}" / f"{frame:06d}.png")
        report.write(
            type="progress", done=done + 1, total=len(missing), seconds=round(time.perf_counter() - began, 4),
            cpu_seconds=round(time.process_time() - cpu, 4),
        )  # fmt: skip


def render_to(target: Path) -> None:
    """One picture, whole or not at all."""
    partial = target.with_name(f".{target.stem}.{os.getpid()}.png")
    bpy.context.scene.render.filepath = str(partial)
    try:
        bpy.ops.render.render(write_still=True)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


class _Report:
    """JSON lines on the real stdout; whatever else prints to it, Blender's C code included, goes to stderr."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._stream = os.fdopen(os.dup(1), "w", encoding="ascii")
        os.dup2(2, 1)

    def write(self, **event: Any) -> None:
        self._stream.write(json.dumps(event) + "\n")
        self._stream.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="render_footage.py", description="Render the pictures of a planned shot.")
    parser.add_argument("--job", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--depth", action="store_true")
    parser.add_argument("--version", action="store_true")
    return parser


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    sys.exit(main(own))
