"""Godot as a second reader: it imports an exported file in a project of its own, without a window, and tells where
every bone is in every frame."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.errors import BadInputError
from ...retarget.comparison import Difference, compare
from .verification import Expected, Report

MOST_MM, MOST_DEGREES = 0.5, 0.05
_SCRIPT = Path(__file__).resolve().parents[1] / "headless" / "read_in_godot.gd"
_FORMATS = (".fbx", ".glb")
_LONGEST_S = 600.0
_PROJECT = """config_version=5
[application]
config/name="Understudy"
[rendering]
renderer/rendering_method="gl_compatibility"
"""
# The optimizer drops keys, and an import resamples at a rate of its own unless told the file's.
_OPTIONS = {
    "animation/fps": "{fps!r}",
    "_subresources": '{{"nodes": {{"PATH:AnimationPlayer": {{"optimizer/enabled": false}}}}}}',
}
# From Blender's axes to Godot's: x, y, z becomes x, z, −y.
_TO_GODOT: np.ndarray = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])


@dataclass(frozen=True, eq=False)
class Found:
    """What Godot ``version`` has: ``matrices`` (T, B, 4, 4) m of bones ``names`` in Blender's world; ``animations``;
    ``length`` of the one there is, s."""

    version: str
    names: tuple[str, ...]
    matrices: np.ndarray
    animations: tuple[str, ...]
    length: float


def reads(path: Path) -> bool:
    """Whether Godot reads files of that kind."""
    return path.suffix.lower() in _FORMATS


def verified(report: Report, path: Path, wanted: Expected, program: Path) -> Report:
    """The report with what Godot found, a problem where it is not the same."""
    try:
        found = read(path, wanted.fps, len(wanted.matrices), program)
        problems, difference = differences(wanted, found)
    except BadInputError as error:
        return dataclasses.replace(report, problems=(*report.problems, str(error)), godot="not read in Godot")
    line = f"Godot {found.version.split('-')[0]}"
    if difference is not None:
        line += f": {difference.millimetres.value:.3f} mm and {difference.degrees.value:.3f}°"
    return dataclasses.replace(report, problems=(*report.problems, *problems), godot=line)


def read(path: Path, fps: float, frames: int, program: Path) -> Found:
    """Imports the file and plays it. Raises BadInputError where Godot does not start or does not read it."""
    with tempfile.TemporaryDirectory(prefix="understudy-godot-") as name:
        folder = Path(name)
        model = f"model{path.suffix.lower()}"
        shutil.copyfile(path, folder / model)
        shutil.copyfile(_SCRIPT, folder / _SCRIPT.name)
        (folder / "project.godot").write_text(_PROJECT, "utf-8")
        _godot(program, folder, "--import")
        # The first import writes all its options down; with two of them changed it is made again.
        _set_options(folder / f"{model}.import", fps)
        shutil.rmtree(folder / ".godot", ignore_errors=True)
        _godot(program, folder, "--import")
        said = _godot(program, folder, "--script", _SCRIPT.name, "--", model, repr(fps), str(frames))
        table = folder / "bones.bin"
        if not table.is_file():
            last = [line for line in said.splitlines() if line.strip()]
            raise BadInputError(f"Godot does not read {path.name}: {last[-1] if last else 'it says nothing'}.")
        about = json.loads((folder / "bones.json").read_text("utf-8"))
        numbers = np.fromfile(table, "<f4").reshape(-1, len(about["names"]), 4, 3).astype(np.float64)
    matrices = np.tile(np.eye(4), (*numbers.shape[:2], 1, 1))
    matrices[..., :3, :] = numbers.transpose(0, 1, 3, 2)
    animations = tuple(str(animation) for animation in about["animations"])
    return Found(about["version"], tuple(about["names"]), _TO_GODOT.T @ matrices, animations, float(about["length"]))


def differences(wanted: Expected, found: Found) -> tuple[list[str], Difference | None]:
    """What is wrong, and how far bones are apart where they can be compared."""
    plain = {name: name.replace(":", "_").replace("/", "_") for name in wanted.names}
    missing = [name for name in wanted.names if plain[name] not in found.names]
    problems = [f"Godot lacks {len(missing)} bones, such as {missing[0]}"] if missing else []
    more = set(found.names) - set(plain.values())
    if more:
        problems.append(f"Godot has {len(more)} bones too many, such as {min(more)}")
    if len(found.animations) != 1:
        problems.append(f"Godot has {len(found.animations)} animations instead of one")
    if missing or len(found.matrices) != len(wanted.matrices):
        return problems, None
    span = (len(wanted.matrices) - 1) / wanted.fps
    if abs(found.length - span) > 0.5 / wanted.fps:
        problems.append(f"Godot's animation lasts {found.length:.3f} s instead of {span:.3f} s")
    rows = [found.names.index(plain[name]) for name in wanted.names]
    difference = compare(wanted.names, wanted.matrices, found.matrices[:, rows])
    for worst, most, unit in ((difference.millimetres, MOST_MM, " mm"), (difference.degrees, MOST_DEGREES, "°")):
        if worst.value > most:
            problems.append(f"in Godot {worst.bone} is {worst.value:.2f}{unit} off in frame {worst.frame}")
    return problems, difference


def _set_options(path: Path, fps: float) -> None:
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    changed = []
    for line in lines:
        key = line.partition("=")[0]
        changed.append(f"{key}={_OPTIONS[key].format(fps=fps)}" if key in _OPTIONS else line)
    path.write_text("\n".join(changed) + "\n", "utf-8")


def _godot(program: Path, folder: Path, *arguments: str) -> str:
    command = [str(program), "--headless", "--path", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_LONGEST_S, stdin=subprocess.DEVNULL,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadInputError(f"Godot does not run: {error}.", "Set its program in the preferences.") from error
    return done.stdout + done.stderr
