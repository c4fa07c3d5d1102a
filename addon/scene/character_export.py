"""Characters' animations as files for other programs, written and read back by another Blender while this one goes on.

This Blender only copies the characters to a file for temporary use, which changes nothing in it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import BadInputError, CannotWriteError, UnderstudyError
from ...retarget import presets
from . import bone_maps, controls, staging
from .file_job import FileJob
from .format_list import export_format
from .poses import action_range
from .retargeting import motion_name
from .sampling import shown
from .snapshot import write_snapshot
from .verification import Report

_SCRIPT = Path(__file__).resolve().parents[1] / "headless" / "export_characters.py"


@dataclass(frozen=True)
class Wanted:
    """A file to be made of what ``armature`` plays; ``skins``: with its visible meshes; ``mirrored``: left and right
    exchanged."""

    armature: bpy.types.Object
    path: Path
    preset: str
    skins: bool = True
    mirrored: bool = False


class Export:
    """Files being made. ``blocked_s``: seconds that this Blender was held up for."""

    def __init__(self, wanted: list[Wanted], scene: bpy.types.Scene, godot: str = "") -> None:
        """Raises BadInputError for rigs with controls, whose many helper bones no engine wants, for characters that
        play nothing and for unknown presets, CannotWriteError where a file cannot be made."""
        began = time.perf_counter()
        for one in wanted:
            _check(one)
        self.wanted, self.stage = wanted, "Starting"
        self._results: list[Report | UnderstudyError | None] = [None] * len(wanted)
        self._folder = tempfile.TemporaryDirectory(prefix="understudy-export-")
        folder = Path(self._folder.name)
        self._events, self._read = folder / "events", 0
        self._log = (folder / "log.txt").open("w+")
        try:
            write_snapshot([one.armature for one in wanted], folder / "characters.blend")
            jobs = [dataclasses.asdict(job_of(one, folder / "characters.blend", scene, godot)) for one in wanted]
            (folder / "jobs.json").write_text(json.dumps(jobs), "utf-8")
            self._process = subprocess.Popen(
                _command(folder), stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL
            )
        except BaseException:
            self._log.close()
            self._folder.cleanup()
            raise
        self.blocked_s = time.perf_counter() - began

    @property
    def done(self) -> int:
        """How many files are made, or have failed."""
        return sum(result is not None for result in self._results)

    def poll(self) -> bool:
        """Takes up what the other process says; whether it has come to its end."""
        ended = self._process.poll() is not None
        if self._events.is_file():
            with self._events.open(encoding="utf-8") as stream:
                stream.seek(self._read)
                for line in stream.read().splitlines(keepends=True):
                    if line.endswith("\n"):
                        self._read += len(line.encode())
                        self._take(json.loads(line))
        return ended

    def wait(self, timeout_s: float = 600.0) -> list[Report | UnderstudyError]:
        """Waits for the end; see ``finish``."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.cancel()
            raise BadInputError(f"The export was not over within {timeout_s:g} s.", "Try again.") from None
        return self.finish()

    def finish(self) -> list[Report | UnderstudyError]:
        """For each wanted file its report, also written beside it, or why there is none."""
        try:
            self.poll()
            self._log.seek(0)
            said = [line for line in self._log.read().splitlines() if line.strip()]
        finally:
            self.cancel()
        last = said[-1] if said else "it came to a sudden end"
        return [
            result or BadInputError(f"{one.path.name} was not made: {last}.", "Export again.")
            for one, result in zip(self.wanted, self._results, strict=True)
        ]

    def cancel(self) -> None:
        """Ends the other process and takes its files away, half written ones too."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            for one in self.wanted:
                with contextlib.suppress(OSError):
                    staging.partial(one.path).unlink(missing_ok=True)
        self._log.close()
        self._folder.cleanup()

    def _take(self, event: dict[str, Any]) -> None:
        job = event["job"]
        if event["type"] == "progress":
            self.stage = f"{self.wanted[job].path.name}: {event['stage']}"
        elif event["type"] == "report":
            fields = event["report"]
            for name in ("problems", "warnings"):
                fields[name] = tuple(fields[name])
            self._results[job] = Report(**fields)
        else:
            kind = CannotWriteError if event["code"] == CannotWriteError.code else BadInputError
            self._results[job] = kind(event["message"], event["hint"])


def export_character(
    armature: bpy.types.Object, path: Path, preset: str, scene: bpy.types.Scene, **options: Any
) -> Report:
    """One file, waited for; ``options`` as in ``Wanted``, and ``godot``. Raises what ``Export`` does, and what went
    wrong with the file."""
    godot = options.pop("godot", "")
    [result] = Export([Wanted(armature, path, preset, **options)], scene, godot).wait()
    if isinstance(result, UnderstudyError):
        raise result
    return result


def _check(one: Wanted) -> None:
    chosen = export_format(one.preset)
    kept = bone_maps.read_map(one.armature)
    if (kept is not None and kept.controls) or controls.guide_of(one.armature) is not None:
        raise BadInputError(
            f"{one.armature.name} is moved by controls.", "Retarget onto its game skeleton and export that instead."
        )
    action_range(one.armature)
    if chosen.compares == "points" and not staging.skins_of(one.armature):
        raise BadInputError(f"{one.armature.name} has no visible mesh.", "Show its mesh, or choose another format.")
    if not one.path.parent.is_dir():
        raise CannotWriteError(f"There is no folder {one.path.parent}.", "Make it first.")
    if one.path.is_dir():
        raise CannotWriteError(f"{one.path} is a folder.", "Choose another name.")
    try:
        with tempfile.TemporaryFile(dir=one.path.parent):
            pass
    except OSError as error:
        raise CannotWriteError(
            f"Cannot write to {one.path.parent}: {error.strerror}.", "Choose a folder that you may write to."
        ) from error


def job_of(one: Wanted, snapshot: Path, scene: bpy.types.Scene, godot: str) -> FileJob:
    """What the other process is told; ``snapshot`` holds the character."""
    kept = bone_maps.read_map(one.armature)
    render = scene.render
    needs_skins = export_format(one.preset).compares == "points"
    first, last = action_range(one.armature)
    within = first <= scene.frame_current <= last
    return FileJob(
        snapshot=str(snapshot),
        armature=one.armature.name,
        meshes=[ob.name for ob in staging.skins_of(one.armature)] if one.skins or needs_skins else [],
        path=str(one.path),
        preset=one.preset,
        stack=motion_name(one.armature),
        fps=render.fps,
        fps_base=render.fps_base,
        bones=presets.to_json(kept) if kept is not None else "",
        mirrored=one.mirrored,
        godot=godot,
        frame=scene.frame_current,
        shown=shown(one.armature).tolist() if within else [],
    )


def _command(folder: Path) -> list[str]:
    given = [str(folder / "jobs.json"), str(folder / "events")]
    if bpy.app.binary_path:
        own = [bpy.app.binary_path, "--background", "--factory-startup", "--python", str(_SCRIPT), "--"]
        return [*own, *given]
    return [sys.executable, str(_SCRIPT), *given]
