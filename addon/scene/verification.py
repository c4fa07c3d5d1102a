"""What an exported file should hold, and what it does: every bone of every frame held against the scene."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...retarget.comparison import Difference, compare
from .read_back import point_rows, world_points
from .sampling import Sampled, played

MOST_MM, MOST_DEGREES = 0.1, 0.05
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
    """What came back from ``file``: deviations, rate, and what else an engine would stumble over, as ``problems``.

    ``godot``: what Godot found, as a line for the user, empty where it was not asked.
    """

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
    godot: str = ""

    @property
    def good(self) -> bool:
        return not self.problems

    @property
    def line(self) -> str:
        """For the user."""
        found = f"{self.millimetres:.3f} mm and {self.degrees:.3f}° at most, {self.frames} frames at {self.fps:g} fps"
        found = "; ".join([found, *([self.godot] if self.godot else []), *self.warnings])
        return f"{self.file}: {found}" if self.good else f"{self.file}: {'; '.join(self.problems)} ({found})"


def expected_bones(
    armature: bpy.types.Object, sampled: Sampled, fps: float, names: tuple[str, ...] | None = None, turns: bool = False
) -> Expected:
    """Every bone, or those of ``names``, as sampled; ``turns``: the file keeps no axes of bones."""
    names = names or sampled.names
    rest = None
    if turns:
        local = np.array([armature.data.bones[name].matrix_local for name in names], np.float64)
        rest = np.array(armature.matrix_world, np.float64) @ local
    return Expected(names, sampled.in_world(names), fps, rest)


def expected_points(
    meshes: list[bpy.types.Object], scene: bpy.types.Scene, first: int, last: int, fps: float
) -> Expected:
    """Vertices of meshes in the world as bones without axes, ``MESH_0``, ``MESH_17``, …: some of every mesh."""
    names: list[str] = []
    parts = []
    for mesh in meshes:
        rows = point_rows(len(mesh.data.vertices))
        names += [f"{mesh.name}_{row}" for row in rows]
        parts.append(np.stack([world_points(posed)[rows] for posed in played(mesh, scene, first, last)]))
    matrices = np.tile(np.eye(4), (last - first + 1, len(names), 1, 1))
    matrices[..., :3, 3] = np.concatenate(parts, axis=1)
    return Expected(tuple(names), matrices, fps)


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
