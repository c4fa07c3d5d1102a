"""What benchmarks/retarget.py measures, in a Blender process of its own: FRAMES FOLDER OUT.json."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests" / "blender"), str(ROOT / "tests")]

import bpy  # noqa: E402
import conftest  # noqa: E402  the package, and Blender's own settings out of the way
import numpy as np  # noqa: E402
from retarget_armatures import armature_of  # noqa: E402

from understudy.addon import registration  # noqa: E402
from understudy.addon.declarations import ROOT_PACKAGE  # noqa: E402
from understudy.addon.scene import builder, fbx, formats, staging  # noqa: E402
from understudy.addon.scene.character_export import Export, Wanted  # noqa: E402
from understudy.addon.scene.poses import read_motion  # noqa: E402
from understudy.addon.scene.retargeting import transfer  # noqa: E402
from understudy.addon.scene.rigs import read_rig  # noqa: E402
from understudy.core.take import save  # noqa: E402
from understudy.retarget.matching.guess import map_rig  # noqa: E402
from understudy.retarget.solve.retarget import retarget  # noqa: E402

ROUNDS = 3
RIG, WITHOUT = "unreal4", ("root",)  # 65 bones, as Blender's importers bring the mannequin in


def main(frames: int, folder: Path, out: Path) -> None:
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.context.preferences.addons.new().module = ROOT_PACKAGE
    registration.register()
    scene: Any = bpy.context.scene
    take = conftest.synthetic_take(frames=frames)
    actor = builder.build(take, save(take, folder / "take.take.npz"), scene).actors[0]
    # The character alone: what else is shown is evaluated too, by Blender's ways, and would count against them.
    for ob in [ob for ob in scene.objects if ob is not actor]:
        bpy.data.objects.remove(ob)
    target, bone_map = armature_of(RIG, drop=WITHOUT)
    seconds: dict[str, float] = {}
    rig = read_rig(actor)
    own = map_rig(rig.rig)
    motion = read_motion(rig, scene, 1, frames)
    seconds["retarget, solve alone"] = _median(lambda: retarget(motion, own, read_rig(target).rig, bone_map))
    seconds["retarget, from the source's curves to the character's"] = _median(
        lambda: transfer(actor, None, target, bone_map, scene)
    )
    blocked = {}
    for name, preset, suffix in (("FBX", "generic", ".fbx"), ("glTF", "gltf", ".glb")):
        export = Export([Wanted(target, folder / f"ours{suffix}", preset)], scene)
        began = time.perf_counter()
        while not (folder / f"ours{suffix}").is_file():
            time.sleep(0.01)
        seconds[f"export {name}"] = export.blocked_s + time.perf_counter() - began
        [report] = export.wait()
        seconds[f"export {name} and read back"] = export.blocked_s + time.perf_counter() - began
        blocked[name] = export.blocked_s
        assert report.good, report
    scene.frame_start, scene.frame_end = 1, frames
    with staging.selected([target]):
        seconds["export FBX, Blender's exporter alone"] = _once(
            lambda: bpy.ops.export_scene.fbx(filepath=str(folder / "plain.fbx"), **fbx.OPTIONS)
        )
        seconds["export glTF, Blender's exporter alone"] = _once(
            lambda: bpy.ops.export_scene.gltf(filepath=str(folder / "plain.glb"), **formats.GLTF_OPTIONS)
        )
        seconds["retarget, rotations copied by constraints, nla.bake"] = _once(lambda: _bake(actor, target, bone_map))
    result = {
        "frames": frames,
        "bones": len(target.data.bones),
        "blender": bpy.app.version_string,
        "seconds": seconds,
        "window_blocked_s": blocked,
        "bytes": {path.name: path.stat().st_size for path in sorted(folder.glob("*.[fg][bl]*"))},
    }
    out.write_text(json.dumps(result))


def _bake(actor: bpy.types.Object, target: bpy.types.Object, bone_map: Any) -> None:
    source = map_rig(read_rig(actor).rig)
    for slot, bone in bone_map.bones.items():
        if slot in source.bones:
            constraint: Any = target.pose.bones[bone].constraints.new("COPY_ROTATION")
            constraint.target, constraint.subtarget = actor, source.bones[slot]
    bpy.context.view_layer.objects.active = target
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.nla.bake(
        frame_start=1, frame_end=bpy.context.scene.frame_end, only_selected=False, visual_keying=True,
        clear_constraints=True, bake_types={"POSE"},
    )  # fmt: skip
    bpy.ops.object.mode_set(mode="OBJECT")


def _once(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _median(work: Callable[[], Any]) -> float:
    return float(np.median([_once(work) for _ in range(ROUNDS)]))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.flush()
    os._exit(0)  # Blender as a module does not always end well
