"""Reads an exported file in a Blender process of its own and writes down where every bone is in every frame.

    python read_back.py FILE OUT.npz
    blender --background --factory-startup --python read_back.py -- FILE OUT.npz

OUT holds ``names`` (B,), ``matrices`` (T, B, 4, 4) in the world, metres, ``fps``, ``stacks`` (number of animations) and
``armatures``. The exit code is 0, or 2 where the file cannot be read, with the reason on stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np


def main(arguments: list[str]) -> int:
    """Runs the script; returns the exit code."""
    source, target = Path(arguments[0]), Path(arguments[1])
    bpy.ops.wm.read_homefile(use_empty=True)
    try:
        _read(source)
    except RuntimeError as error:
        sys.stderr.write(f"{source}: {error}\n")
        return 2
    armatures = [ob for ob in bpy.context.scene.objects if ob.type == "ARMATURE"]
    if len(armatures) != 1 or armatures[0].animation_data is None or armatures[0].animation_data.action is None:
        sys.stderr.write(f"{source}: {len(armatures)} armatures with an animation, one was expected\n")
        return 2
    armature, scene = armatures[0], bpy.context.scene
    first, last = (round(frame) for frame in armature.animation_data.action.frame_range)
    names = [bone.name for bone in armature.data.bones]
    matrices = np.empty((last - first + 1, len(names), 4, 4))
    for i, frame in enumerate(range(first, last + 1)):
        scene.frame_set(frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for j, name in enumerate(names):
            matrices[i, j] = posed.matrix_world @ posed.pose.bones[name].matrix
    with target.open("wb") as stream:
        np.savez(
            stream,
            names=np.array(names),
            matrices=matrices,
            fps=np.array(scene.render.fps / scene.render.fps_base),
            stacks=np.array(len(bpy.data.actions)),
            armatures=np.array(len(armatures)),
        )
    return 0


def _read(path: Path) -> None:
    if path.suffix.lower() == ".fbx":
        import addon_utils  # found only once bpy is there

        addon_utils.enable("io_scene_fbx")
        bpy.ops.import_scene.fbx(filepath=str(path), ignore_leaf_bones=False)
    else:
        raise RuntimeError(f"no reader for {path.suffix} files")


if __name__ == "__main__":
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    sys.exit(main(given))
