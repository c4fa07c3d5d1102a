"""Reads an exported file back into an empty Blender and tells where every bone is in every frame.

Formats that count time in seconds are read at the wanted rate where they do not state one. Of Alembic's meshes,
vertices stand for bones.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.errors import BadInputError
from ...retarget.amass import motion_of_amass
from .. import compat

_POINTS = 200
_BESIDE = 0.01  # frames


def read_back(path: Path, wanted: float) -> dict[str, np.ndarray]:
    """``names`` (B,), ``matrices`` (T, B, 4, 4) and ``rest`` (B, 4, 4) in the world, metres, ``fps``, NaN where the
    importer does not tell, and ``stacks``, the number of animations. What was open in this Blender is gone.

    Raises BadInputError, naming the file, for what cannot be read.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".npz":
            return _read_amass(path)
        bpy.ops.wm.read_homefile(use_empty=True)
        fps, step = _READERS[suffix](path, wanted)
        found = _meshes() if suffix == ".abc" else _bones(step)
    except (RuntimeError, OSError, ValueError, KeyError, IndexError, struct.error) as error:
        raise BadInputError(
            f"{path.name} could not be read back: {str(error).strip() or type(error).__name__}.",
            "Export again; if it stays so, the file is not to be relied on.",
        ) from error
    return {**found, "fps": np.array(fps)}


def point_rows(count: int) -> list[int]:
    """Which of a mesh's vertices are compared: all of a small one, some two hundred of a large one."""
    return list(range(0, count, max(1, count // _POINTS)))


def world_points(mesh: bpy.types.Object) -> np.ndarray:
    """(V, 3) m of an evaluated mesh object."""
    flat = np.empty(3 * len(mesh.data.vertices), np.float32)
    mesh.data.vertices.foreach_get("co", flat)
    matrix = np.array(mesh.matrix_world, np.float64)
    return flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]


def _bones(step: float) -> dict[str, np.ndarray]:
    """Of the one armature, or of the empties where a file holds nodes and no skeleton, every ``step`` frames."""
    objects: Any = bpy.context.scene.objects
    armatures = [ob for ob in objects if ob.type == "ARMATURE"]
    nodes = [] if armatures else [ob for ob in objects if ob.type == "EMPTY"]
    animated = [ob for ob in (*armatures, *nodes) if ob.animation_data is not None and ob.animation_data.action]
    if len(armatures) > 1 or not animated:
        raise ValueError(f"{len(armatures)} armatures with an animation, one was expected")
    ranges = np.array([ob.animation_data.action.frame_range for ob in animated])
    first = float(ranges[:, 0].min())
    frames = first + step * np.arange(round((float(ranges[:, 1].max()) - first) / step) + 1)
    frames = _at_keys(frames, animated)
    if armatures:
        names = [bone.name for bone in armatures[0].data.bones]
        rest = [armatures[0].matrix_world @ bone.matrix_local for bone in armatures[0].data.bones]
        order = [armatures[0].pose.bones.find(name) for name in names]
        matrices = _played(frames, lambda: _posed(armatures[0], order))
        actions = len(bpy.data.actions)
    else:
        names = [ob.name for ob in nodes]
        rest = [_at_rest(ob) for ob in nodes]
        matrices = _played(frames, lambda: [np.array(_evaluated(ob).matrix_world) for ob in nodes])
        actions = 1
    return {"names": np.array(names), "matrices": matrices, "rest": np.array(rest), "stacks": np.array(actions)}


def _at_keys(frames: np.ndarray, animated: list[bpy.types.Object]) -> np.ndarray:
    """The frames where keys lie, where these are as many: formats that count 32-bit seconds put late ones a little
    beside whole frames, which is nothing at the keys and something between them."""
    actions: list[Any] = [ob.animation_data.action for ob in animated if ob.animation_data is not None]
    curves = [curve for action in actions for curve in compat.curves(action)]
    keys = compat.read_keys(max(curves, key=lambda curve: len(curve.keyframe_points)))[:, 0].astype(np.float64)
    return keys if len(keys) == len(frames) and np.abs(keys - frames).max() < _BESIDE else frames


def _meshes() -> dict[str, np.ndarray]:
    scene: Any = bpy.context.scene
    meshes = [ob for ob in scene.objects if ob.type == "MESH"]
    rows = {ob.name: point_rows(len(ob.data.vertices)) for ob in meshes}
    names = [f"{ob.name}_{row}" for ob in meshes for row in rows[ob.name]]

    def points() -> list[np.ndarray]:
        places = np.concatenate([world_points(_evaluated(ob))[rows[ob.name]] for ob in meshes])
        matrices = np.tile(np.eye(4), (len(places), 1, 1))
        matrices[:, :3, 3] = places
        return list(matrices)

    matrices = _played(np.arange(scene.frame_start, scene.frame_end + 1.0), points)
    return {"names": np.array(names), "matrices": matrices, "rest": matrices[0], "stacks": np.array(1)}


def _played(frames: np.ndarray, now: Callable[[], Sequence[np.ndarray] | np.ndarray]) -> np.ndarray:
    found = []
    for frame in frames:
        whole = int(np.floor(frame))
        bpy.context.scene.frame_set(whole, subframe=max(0.0, float(frame) - whole))
        found.append(now())
    return np.array(found, np.float64)


def _posed(armature: bpy.types.Object, order: list[int]) -> np.ndarray:
    posed = _evaluated(armature)
    flat = np.empty(16 * len(order), np.float32)
    posed.pose.bones.foreach_get("matrix", flat)
    # Blender hands matrices out column by column.
    return np.array(posed.matrix_world, np.float64) @ flat.reshape(-1, 4, 4).transpose(0, 2, 1)[order]


def _at_rest(node: bpy.types.Object) -> np.ndarray:
    """Nodes have no rest but the turns they were written with: none."""
    matrix = np.eye(4)
    matrix[:3, 3] = np.array(node.matrix_world)[:3, 3]
    return matrix


def _evaluated(ob: bpy.types.Object) -> bpy.types.Object:
    return ob.evaluated_get(bpy.context.evaluated_depsgraph_get())


def _read_fbx(path: Path, wanted: float) -> tuple[float, float]:
    _enable("io_scene_fbx")
    bpy.ops.import_scene.fbx(filepath=str(path), ignore_leaf_bones=False)
    render = bpy.context.scene.render
    # This importer forgets the base: where the rate is 30/1.001, keys lie 1.001 frames apart.
    return render.fps / render.fps_base, render.fps_base


def _read_gltf(path: Path, wanted: float) -> tuple[float, float]:
    """Keys count seconds: the rate is that of the animation's own times."""
    _enable("io_scene_gltf2")
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    document = json.loads(content[20 : 20 + length])
    samplers = [s for animation in document["animations"] for s in animation["samplers"]]
    times = max((document["accessors"][s["input"]] for s in samplers), key=lambda accessor: accessor["count"])
    long = float(times["max"][0]) - float(times["min"][0])
    fps = (times["count"] - 1) / long if long > 0 else wanted
    # Rates are told from 32-bit seconds; what is as near as those can tell is the wanted one.
    fps = wanted if abs(fps - wanted) <= 1e-6 * wanted else fps
    # The importer multiplies by the scene's base where it should divide, so that there must be none.
    render = bpy.context.scene.render
    render.fps, render.fps_base = max(1, round(fps)), 1.0
    file = path
    if path.suffix.lower() == ".vrma":
        file = path.with_name(f".{path.stem}.read.glb")
        file.write_bytes(content)
    try:
        bpy.ops.import_scene.gltf(filepath=str(file), bone_heuristic="BLENDER", disable_bone_shape=True)
    finally:
        if file != path:
            file.unlink()
    return fps, render.fps / fps


def _read_bvh(path: Path, wanted: float) -> tuple[float, float]:
    _enable("io_anim_bvh")
    with path.open(encoding="utf-8", errors="replace") as stream:
        step = next(float(line.split(":")[1]) for line in stream if line.startswith("Frame Time:"))
    fps = 1 / step
    fps = wanted if abs(fps - wanted) <= 1e-6 * wanted else fps
    bpy.ops.import_anim.bvh(
        filepath=str(path), global_scale=0.01, frame_start=0, use_fps_scale=False, rotate_mode="QUATERNION",
        axis_forward="-Z", axis_up="Y",
    )  # fmt: skip
    return fps, 1.0


def _read_amass(path: Path) -> dict[str, np.ndarray]:
    motion = motion_of_amass(path)
    matrices = np.tile(np.eye(4), (*motion.heads.shape[:2], 1, 1))
    matrices[..., :3, :3], matrices[..., :3, 3] = motion.rotations, motion.heads
    rest = np.tile(np.eye(4), (len(motion.rig.names), 1, 1))
    return {"names": np.array(motion.rig.names), "matrices": matrices, "rest": rest, "stacks": np.array(1),
            "fps": np.array(motion.fps)}  # fmt: skip


def _read_usd(path: Path, wanted: float) -> tuple[float, float]:
    bpy.ops.wm.usd_import(filepath=str(path))
    return float("nan"), 1.0


def _read_alembic(path: Path, wanted: float) -> tuple[float, float]:
    """Samples count seconds: at another rate than FPS other vertices would come back."""
    render = bpy.context.scene.render
    render.fps = max(1, round(wanted))
    render.fps_base = render.fps / wanted
    bpy.ops.wm.alembic_import(filepath=str(path), as_background_job=False)
    return wanted, 1.0


def _enable(module: str) -> None:
    import addon_utils  # found only once bpy is there

    addon_utils.enable(module)


# Each returns the rate, and how many of the scene's frames lie between two of the file's.
_READERS: dict[str, Callable[[Path, float], tuple[float, float]]] = {
    ".fbx": _read_fbx,
    ".glb": _read_gltf,
    ".vrma": _read_gltf,
    ".bvh": _read_bvh,
    ".usdc": _read_usd,
    ".abc": _read_alembic,
}
