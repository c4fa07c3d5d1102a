"""Reads an FBX motion in a Blender process of its own and writes the free body performing it, as BVH.

    python read_fbx.py MOTION.fbx OUT.bvh
    blender --background --factory-startup --python read_fbx.py -- MOTION.fbx OUT.bvh

The exit code is 0, or 2 where the file cannot be used, with the reason as the last line on stderr.
"""

from __future__ import annotations

import os
import sys
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

import bpy  # noqa: E402  first: it brings addon_utils
import numpy as np  # noqa: E402

from understudy.addon import compat  # noqa: E402
from understudy.addon.scene import staging  # noqa: E402
from understudy.addon.scene.poses import action_range, read_motion  # noqa: E402
from understudy.addon.scene.rigs import read_rig  # noqa: E402
from understudy.core.errors import BadInputError, UnderstudyError  # noqa: E402
from understudy.core.whole_file import write_whole  # noqa: E402
from understudy.retarget import slots  # noqa: E402
from understudy.retarget.amass import on_free_body  # noqa: E402
from understudy.retarget.matching.guess import map_rig  # noqa: E402
from understudy.retarget.write_bvh import bvh_text  # noqa: E402


def main(arguments: list[str]) -> int:
    """Runs the script; returns the exit code."""
    source, target = Path(arguments[0]), Path(arguments[1])
    try:
        text = performed(source)
        write_whole(target, lambda stream: stream.write(text.encode()))
    except UnderstudyError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def performed(source: Path) -> str:
    """The file's one animated character, performed by the free body, as BVH. Raises BadInputError, naming the file."""
    bpy.ops.wm.read_homefile(use_empty=True)
    with staging.exporter_enabled("io_scene_fbx"):
        _import(source)
    scene: Any = bpy.context.scene
    armatures = [ob for ob in scene.objects if ob.type == "ARMATURE" and ob.animation_data and ob.animation_data.action]
    if len(armatures) != 1:
        raise BadInputError(
            f"{source.name} holds {len(armatures)} animated skeletons.", "Export one character a file, with its motion."
        )
    [armature] = armatures
    _in_whole_frames(armature, scene)
    rig = read_rig(armature)
    bone_map = map_rig(rig.rig)
    if bone_map.missing:
        raise BadInputError(
            f"{source.name}: no bone found for {', '.join(slots.label(slot).lower() for slot in bone_map.missing)}.",
            "Import it in Blender, map its bones in the Retarget panel, and retarget from there.",
        )
    return bvh_text(on_free_body(read_motion(rig, scene, *action_range(armature)), bone_map))


def _import(source: Path) -> None:
    try:
        bpy.ops.import_scene.fbx(filepath=str(source), ignore_leaf_bones=False)
    except (RuntimeError, ValueError, OSError, KeyError, IndexError) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise BadInputError(
            f"{source.name} is no FBX file that Blender reads: {said[-1].removeprefix('Error: ')}.",
            "Export it again as binary FBX, of version 7.1 or later.",
        ) from error


def _in_whole_frames(armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Where the rate is 30/1.001, Blender's importer puts keys 1.001 frames apart."""
    base = scene.render.fps_base
    animation: Any = armature.animation_data
    if abs(base - 1) < 1e-6:
        return
    for curve in compat.curves(animation.action):
        keys = compat.read_keys(curve).astype(np.float64)
        first = keys[0, 0]
        compat.rewrite_keys(curve, np.round(first) + (keys[:, 0] - first) / base, keys[:, 1])


if __name__ == "__main__":
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    code = main(own)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Blender as a module does not always end well
