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
from understudy.addon.scene.character_export import Wanted, job_of  # noqa: E402
from understudy.addon.scene.file_job import make  # noqa: E402
from understudy.addon.scene.poses import read_motion  # noqa: E402
from understudy.addon.scene.read_back import read_back  # noqa: E402
from understudy.addon.scene.retargeting import transfer  # noqa: E402
from understudy.addon.scene.rigs import read_rig  # noqa: E402
from understudy.addon.scene.snapshot import write_snapshot  # noqa: E402
from understudy.addon.scene.verification import judge  # noqa: E402
from understudy.core.take_file import save  # noqa: E402
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
    rig = read_rig(actor)
    own, motion = map_rig(rig.rig), read_motion(rig, scene, 1, frames)
    measured = {
        "retarget, solve alone": _median(lambda: retarget(motion, own, read_rig(target).rig, bone_map)),
        "retarget, from the source's curves to the character's": _median(
            lambda: transfer(actor, None, target, bone_map, scene)
        ),
    }
    snapshot = folder / "characters.blend"
    measured["export, copy of the character: all that holds up the window"] = _median(
        lambda: write_snapshot([target], snapshot)
    )
    jobs = {
        name: job_of(Wanted(target, folder / f"ours{suffix}", preset), snapshot, scene, "")
        for name, preset, suffix in (("FBX", "generic", ".fbx"), ("glTF", "gltf", ".glb"))
    }
    scene.frame_start, scene.frame_end = 1, frames
    with staging.selected([target]):
        measured["export FBX, Blender's exporter alone"] = _once(
            lambda: bpy.ops.export_scene.fbx(filepath=str(folder / "plain.fbx"), **fbx.OPTIONS)
        )
        measured["export glTF, Blender's exporter alone"] = _once(
            lambda: bpy.ops.export_scene.gltf(filepath=str(folder / "plain.glb"), **formats.GLTF_OPTIONS)
        )
        measured["retarget, rotations copied by constraints, nla.bake"] = _once(
            lambda: _bake(actor, target, own, bone_map)
        )
    bones = len(target.data.bones)
    # Last, because each begins with an empty file, as it does in its own process.
    for name, job in jobs.items():
        wanted: list[Any] = []
        measured[f"export {name}"] = _once(
            lambda job=job, wanted=wanted: wanted.append(make(job, lambda stage: None)[0])
        )
        path = Path(job.path)
        found: list[Any] = []
        measured[f"read back {name}"] = _once(
            lambda path=path, wanted=wanted, found=found: found.append(read_back(path, wanted[0].fps))
        )
        report = judge(path.name, wanted[0], found[0])
        assert report.good, report
    result = {
        "frames": frames,
        "bones": bones,
        "blender": bpy.app.version_string,
        "seconds": {name: wall for name, (wall, _) in measured.items()},
        "processor_seconds": {name: spent for name, (_, spent) in measured.items()},
    }
    out.write_text(json.dumps(result))


def _bake(actor: bpy.types.Object, target: bpy.types.Object, source: Any, bone_map: Any) -> None:
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


def _once(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of the processor in all threads."""
    began, spent = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - spent


def _median(work: Callable[[], Any]) -> tuple[float, float]:
    rounds = np.array([_once(work) for _ in range(ROUNDS)])
    return float(np.median(rounds[:, 0])), float(np.median(rounds[:, 1]))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
    sys.stdout.flush()
    os._exit(0)  # Blender as a module does not always end well
