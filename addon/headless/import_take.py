"""Makes a .blend, and FBX files, of a take, in a Blender process of its own.

    python import_take.py --take X.take.npz --blend OUT.blend [--fbx OUT.fbx --preset generic] [--report OUT.json]
        [--left-hand MANO_LEFT.pkl --right-hand MANO_RIGHT.pkl]
    blender --background --factory-startup --python import_take.py -- --take …

One JSON object per line goes to stdout: ``{"type": "progress", "stage", "done", "total"}``, ``{"type": "warning",
"message"}``, and last ``{"type": "result", …}`` or ``{"type": "error", "code", "message", "hint"}``; Blender's own
lines go to stderr. The exit codes are those of core/errors.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
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

from understudy.addon.scene import builder, fbx, links  # noqa: E402
from understudy.addon.scene.actor import bodies_of  # noqa: E402
from understudy.core.errors import EXIT_DONE, EXIT_INTERNAL, CannotWriteError, UnderstudyError  # noqa: E402
from understudy.core.take_file import load  # noqa: E402
from understudy.core.whole_file import write_whole  # noqa: E402


def main(arguments: list[str]) -> int:
    """Runs the script; returns the exit code."""
    options = _parser().parse_args(arguments)
    report = _Report()
    try:
        result = run(options, report)
    except UnderstudyError as error:
        report.write(type="error", code=error.code, message=error.message, hint=error.hint)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  the parent must hear of it, the traceback is for the log
        traceback.print_exc()
        report.write(type="error", code="internal", message=f"{type(error).__name__}: {error}", hint="See the log.")
        return EXIT_INTERNAL
    if options.report:
        write_whole(options.report, lambda stream: stream.write(json.dumps(result, indent=1).encode()))
    report.write(type="result", **result)
    return EXIT_DONE


def run(options: argparse.Namespace, report: _Report) -> dict[str, Any]:
    """Imports, saves and exports; returns what the last line reports."""
    began = time.perf_counter()
    chosen = fbx.preset(options.preset)
    take = load(options.take)
    for target in (options.blend, options.fbx, options.report):
        if target is not None and not target.absolute().parent.is_dir():
            raise CannotWriteError(f"There is no folder {target.absolute().parent}.", "Make it first.")
    bpy.ops.wm.read_homefile(use_empty=True)
    scene = bpy.context.scene
    bodies = bodies_of(take, (options.left_hand, options.right_hand))
    steps = builder.steps(take, options.take.resolve(), scene, bodies=bodies)
    while True:
        try:
            step = next(steps)
        except StopIteration as stop:
            built: builder.TakeScene = stop.value
            break
        report.progress(step.stage, step.done, step.total)
    for warning in built.warnings:
        report.write(type="warning", message=warning)
    name = built.collection.name
    imported = time.perf_counter()
    save(options.blend.absolute())
    files = []
    if options.fbx is not None:
        targets = fbx.target_paths(options.fbx.absolute(), built.actors)
        for done, (actor, target) in enumerate(zip(built.actors, targets, strict=True)):
            report.progress("fbx", done, len(targets))
            stack = name.removeprefix("Take ") if len(targets) == 1 else f"{name.removeprefix('Take ')} {actor.name}"
            files.append(str(fbx.export_actor(actor, target, chosen, stack)))
    return {
        "blend": str(options.blend.absolute()),
        "fbx": files,
        "actors": [actor.name for actor in built.actors],
        "frames": [scene.frame_start, scene.frame_end],
        "fps": float(take.fps_nominal),
        "seconds": {"import": round(imported - began, 3), "all": round(time.perf_counter() - began, 3)},
        "blender": bpy.app.version_string,
        "warnings": built.warnings,
    }


def save(target: Path) -> None:
    """Writes the .blend beside ``target`` first, then renames it; paths in it are relative to its folder."""
    links.rebase(target.parent)
    look_through_camera()
    try:
        descriptor, partial = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=".blend", dir=target.parent)
        os.close(descriptor)
        Path(partial).unlink()  # Blender would keep it as a backup, .blend1
    except OSError as error:
        raise CannotWriteError(f"Cannot write {target}: {error}.", "Choose a folder you may write to.") from error
    try:
        # In a file that was never saved, relative_remap makes every path relative.
        bpy.ops.wm.save_as_mainfile(filepath=partial, check_existing=False, compress=True, relative_remap=True)
        Path(partial).chmod(0o644)
        Path(partial).replace(target)
    except (OSError, RuntimeError) as error:
        raise CannotWriteError(f"Cannot write {target}: {error}.", "Choose a folder with space to write to.") from error
    finally:
        Path(partial).unlink(missing_ok=True)


def look_through_camera() -> None:
    """The file opens with the actors over their footage."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                area.spaces[0].region_3d.view_perspective = "CAMERA"


class _Report:
    """JSON lines on the real stdout; whatever else prints to it, Blender's C code included, goes to stderr."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._stream = os.fdopen(os.dup(1), "w", encoding="ascii")
        os.dup2(2, 1)
        self._last = ("", 0.0)

    def write(self, **event: Any) -> None:
        self._stream.write(json.dumps(event) + "\n")
        self._stream.flush()

    def progress(self, stage: str, done: int, total: int) -> None:
        """At most ten lines a second within a stage."""
        now = time.monotonic()
        if self._last[0] != stage or now - self._last[1] > 0.1 or done == total:
            self._last = (stage, now)
            self.write(type="progress", stage=stage, done=done, total=total)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="import_take.py", description="Make a .blend and FBX files of a take.")
    parser.add_argument("--take", type=Path, required=True)
    parser.add_argument("--blend", type=Path, required=True)
    parser.add_argument("--fbx", type=Path)
    parser.add_argument("--preset", default="generic")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--left-hand", type=Path)
    parser.add_argument("--right-hand", type=Path)
    return parser


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    sys.exit(main(own))
