"""Exports read back: another Blender opens the file, and every bone of every frame is held against the scene.

The other process leaves this one's window alone; ``Verification`` is polled by whoever started it.
"""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...core.errors import BadInputError
from ...core.take import write_whole
from ...retarget.comparison import Difference, compare
from ..headless.read_back import point_rows, world_points
from .clock import scene_fps

MOST_MM, MOST_DEGREES = 0.1, 0.05
_SCRIPT = Path(__file__).resolve().parents[1] / "headless" / "read_back.py"
_FPS = 2e-6  # relative: Blender keeps the rate's base in 32 bits


@dataclass(frozen=True, eq=False)
class Expected:
    """What the scene shows: ``matrices`` (T, B, 4, 4) m of bones ``names`` in the world, ``fps`` frames a second.

    ``rest`` (B, 4, 4), where given, means that the file keeps no axes of bones: turns from rest are compared.
    """

    names: tuple[str, ...]
    matrices: np.ndarray
    fps: float
    rest: np.ndarray | None = None


@dataclass(frozen=True)
class Report:
    """What came back from ``file``: deviations, rate, and what else an engine would stumble over, as ``problems``."""

    file: str
    millimetres: float
    degrees: float
    worst_bone: str
    worst_frame: int
    fps: float
    frames: int
    stacks: int
    bones: int
    problems: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.problems

    @property
    def line(self) -> str:
        """For the user."""
        found = f"{self.millimetres:.3f} mm and {self.degrees:.3f}° at most, {self.frames} frames at {self.fps:g} fps"
        found = "; ".join([found, *self.warnings])
        return f"{self.file}: {found}" if self.good else f"{self.file}: {'; '.join(self.problems)} ({found})"


def expected(
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    first: int,
    last: int,
    names: tuple[str, ...] | None = None,
    turns: bool = False,
) -> Expected:
    """Every bone, or those of ``names``, at the scene's frames ``first`` to ``last``; the scene's frame is put back."""
    names = names or tuple(bone.name for bone in armature.data.bones)
    matrices = np.empty((last - first + 1, len(names), 4, 4))
    order = [armature.pose.bones.find(name) for name in names]
    flat = np.empty(16 * len(armature.pose.bones), np.float32)
    for i, posed in enumerate(_played(armature, scene, first, last)):
        posed.pose.bones.foreach_get("matrix", flat)
        # Blender hands matrices out column by column.
        local = flat.reshape(-1, 4, 4).transpose(0, 2, 1)[order]
        matrices[i] = np.array(posed.matrix_world, np.float64) @ local
    rest = None
    if turns:
        local = np.array([armature.data.bones[name].matrix_local for name in names], np.float64)
        rest = np.array(armature.matrix_world, np.float64) @ local
    return Expected(names, matrices, float(scene_fps(scene)), rest)


def expected_points(meshes: list[bpy.types.Object], scene: bpy.types.Scene, first: int, last: int) -> Expected:
    """Vertices of meshes in the world as bones without axes, ``MESH_0``, ``MESH_17``, …: some of every mesh."""
    names: list[str] = []
    parts = []
    for mesh in meshes:
        rows = point_rows(len(mesh.data.vertices))
        names += [f"{mesh.name}_{row}" for row in rows]
        parts.append(np.stack([world_points(posed)[rows] for posed in _played(mesh, scene, first, last)]))
    matrices = np.tile(np.eye(4), (last - first + 1, len(names), 1, 1))
    matrices[..., :3, 3] = np.concatenate(parts, axis=1)
    return Expected(tuple(names), matrices, float(scene_fps(scene)))


def _played(ob: bpy.types.Object, scene: bpy.types.Scene, first: int, last: int) -> Iterator[bpy.types.Object]:
    before = scene.frame_current
    try:
        for frame in range(first, last + 1):
            scene.frame_set(frame)
            yield ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    finally:
        scene.frame_set(before)


class Verification:
    """A file being read back by another Blender."""

    def __init__(self, path: Path, wanted: Expected) -> None:
        self.path, self.wanted = path, wanted
        self._folder = tempfile.TemporaryDirectory(prefix="understudy-verify-")
        self._out = Path(self._folder.name) / "bones.npz"
        self._log = (Path(self._folder.name) / "log.txt").open("w+")
        script, given = str(_SCRIPT), [str(path), str(self._out), repr(wanted.fps)]
        command = (
            [bpy.app.binary_path, "--background", "--factory-startup", "--python", script, "--", *given]
            if bpy.app.binary_path
            else [sys.executable, script, *given]
        )
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL)

    def poll(self) -> bool:
        """Whether the other process has come to its end."""
        return self._process.poll() is not None

    def wait(self, timeout_s: float = 300.0) -> Report:
        """Waits for the end; see ``finish``."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.cancel()
            raise BadInputError(f"{self.path.name} was not read back within {timeout_s:g} s.", "Try again.") from None
        return self.finish()

    def finish(self) -> Report:
        """The report, also written beside the file. Raises BadInputError where the file could not be read back."""
        try:
            if not self._out.is_file():
                self._log.seek(0)
                said = [line for line in self._log.read().splitlines() if line.strip()]
                raise BadInputError(
                    f"{self.path.name} could not be read back: {said[-1] if said else 'Blender came to a sudden end'}.",
                    "Export again; if it stays so, the file is not to be relied on.",
                )
            with np.load(self._out, allow_pickle=False) as data:
                report = judge(self.path.name, self.wanted, {key: data[key] for key in data.files})
        finally:
            self.cancel()
        text = json.dumps(dataclasses.asdict(report), indent=1)
        write_whole(report_path(self.path), lambda stream: stream.write(text.encode()))
        return report

    def cancel(self) -> None:
        """Ends the other process and takes its files away."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._folder.cleanup()


def report_path(path: Path) -> Path:
    """Where the report of an exported file lies."""
    return path.with_name(f"{path.name}.report.json")


def judge(name: str, wanted: Expected, found: dict[str, np.ndarray]) -> Report:
    """Holds what was read back against what the scene showed."""
    matrices, warnings = found["matrices"], []
    names = _as_wanted([str(n) for n in found["names"]], wanted.names)
    problems = []
    missing, more = set(wanted.names) - set(names), set(names) - set(wanted.names)
    if missing:
        problems.append(f"{len(missing)} bones are missing, such as {min(missing)}")
    if more:
        problems.append(f"{len(more)} bones too many, such as {min(more)}")
    shared = tuple(n for n in wanted.names if n in names)
    if len(matrices) != len(wanted.matrices):
        problems.append(f"{len(matrices)} frames instead of {len(wanted.matrices)}")
    if int(found["stacks"]) != 1:
        problems.append(f"{int(found['stacks'])} animations instead of one")
    fps = float(found["fps"])
    if np.isnan(fps):
        fps = wanted.fps
        warnings.append("Blender does not read the rate of this format back")
    if abs(fps - wanted.fps) > _FPS * wanted.fps:
        problems.append(f"{fps:g} frames a second instead of {wanted.fps:g}")
    count = min(len(matrices), len(wanted.matrices))
    rows = [wanted.names.index(n) for n in shared], [names.index(n) for n in shared]
    pair = [wanted.matrices[:count, rows[0]], matrices[:count, rows[1]]]
    if wanted.rest is not None:
        pair = [_turns(pair[0], wanted.rest[rows[0]]), _turns(pair[1], found["rest"][rows[1]])]
    difference = compare(shared, *pair)
    problems += _too_far(difference)
    return Report(
        file=name,
        millimetres=difference.millimetres.value,
        degrees=difference.degrees.value,
        worst_bone=difference.millimetres.bone,
        worst_frame=difference.millimetres.frame,
        fps=fps,
        frames=len(matrices),
        stacks=int(found["stacks"]),
        bones=len(names),
        problems=tuple(problems),
        warnings=tuple(warnings),
    )


def _as_wanted(found: list[str], wanted: tuple[str, ...]) -> list[str]:
    """Names as the scene has them: some formats know letters, digits and underscores only."""
    plain = {re.sub(r"\W", "_", name): name for name in wanted}
    return [name if name in wanted else plain.get(name, name) for name in found]


def _turns(matrices: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The same places, and how far each bone is turned from its rest in world axes; scale is left out."""
    out = matrices.copy()
    pose, still = (m[..., :3, :3] / np.linalg.norm(m[..., :3, :3], axis=-2, keepdims=True) for m in (matrices, rest))
    out[..., :3, :3] = pose @ np.swapaxes(still, -1, -2)
    return out


def _too_far(difference: Difference) -> list[str]:
    found = []
    for worst, most, unit in (
        (difference.millimetres, MOST_MM, " mm"),
        (difference.degrees, MOST_DEGREES, "°"),
    ):
        if worst.value > most:
            found.append(f"{worst.bone} is {worst.value:.2f}{unit} off in frame {worst.frame}")
    return found
