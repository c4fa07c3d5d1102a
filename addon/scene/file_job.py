"""One exported file: written, read back and compared, in a Blender that nobody works in."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.whole_file import write_whole
from ...retarget import presets
from ...retarget.comparison import compare
from ...retarget.mapping import BoneMap
from ...retarget.matching.guess import map_rig
from ...retarget.mirror import mirrored_motion
from . import godot
from .bone_keys import key_motion
from .format_list import export_format
from .formats import Choice, expected_of, write_format
from .poses import action_range, read_motion
from .read_back import read_back
from .rigs import read_rig
from .sampling import Sampled, sample
from .snapshot import open_snapshot
from .verification import Expected, Report, judge, report_path

Progress = Callable[[str], None]
_SAME_MM, _SAME_DEGREES = 0.1, 0.05


@dataclass(frozen=True)
class FileJob:
    """``snapshot`` holds ``armature`` and ``meshes``; ``fps``/``fps_base`` as in the scene; ``bones``: the character's
    map as JSON, empty where it was not mapped; ``mirrored``: left and right are exchanged; ``godot``: the program that
    reads the file too, empty for none. ``shown``: the bones (B, 4, 4) in the world that the scene shows at ``frame``,
    empty where that is not within the motion."""

    snapshot: str
    armature: str
    meshes: list[str]
    path: str
    preset: str
    stack: str
    fps: int
    fps_base: float
    bones: str = ""
    mirrored: bool = False
    godot: str = ""
    frame: int = 0
    shown: list[list[list[float]]] = dataclasses.field(default_factory=list)


def run(job: FileJob, progress: Progress) -> Report:
    """Writes the file and its report. Raises BadInputError and CannotWriteError, naming what is wrong."""
    path = Path(job.path)
    wanted, warnings = make(job, progress)
    progress("Reading back")
    report = judge(path.name, wanted, read_back(path, wanted.fps))
    report = dataclasses.replace(report, warnings=(*report.warnings, *warnings))
    if job.godot and godot.reads(path):
        progress("Reading in Godot")
        report = godot.verified(report, path, wanted, Path(job.godot))
    text = json.dumps(dataclasses.asdict(report), indent=1)
    write_whole(report_path(path), lambda stream: stream.write(text.encode()))
    return report


def make(job: FileJob, progress: Progress) -> tuple[Expected, list[str]]:
    """Writes the file; what it should hold, and what the user should know."""
    path, chosen = Path(job.path), export_format(job.preset)
    progress("Reading the motion")
    armature = open_snapshot(Path(job.snapshot), job.armature, job.meshes, job.fps, job.fps_base)
    scene: Any = bpy.context.scene
    bone_map = presets.from_json(job.bones) if job.bones else None
    if bone_map is None and (job.mirrored or chosen.needs_map):
        bone_map = map_rig(read_rig(armature).rig)
    first, last = action_range(armature)
    scene.frame_start, scene.frame_end = first, last
    if job.mirrored:
        assert bone_map is not None
        _mirror(armature, bone_map, job.stack, scene)
    sampled = _sampled(armature, scene, first, last)
    progress("Writing")
    choice = Choice(job.stack, bool(job.meshes), sampled, bone_map)
    wanted = expected_of(armature, chosen, choice, scene)
    write_format(job.preset, armature, path, choice, scene)
    return wanted, _otherwise(job, sampled, first)


def _otherwise(job: FileJob, sampled: Sampled, first: int) -> list[str]:
    """A line where the scene shows another pose than this Blender: an unkeyed one, or by drivers that need add-ons."""
    if not job.shown or job.mirrored:
        return []
    here = sampled.in_world()[job.frame - first]
    difference = compare(sampled.names, np.array(job.shown)[None], here[None])
    if difference.within(_SAME_MM, _SAME_DEGREES):
        return []
    return [
        f"the scene shows {difference.millimetres.bone} {difference.millimetres.value:.1f} mm elsewhere in frame "
        f"{job.frame}: an unkeyed pose, or drivers that need add-ons"
    ]


def _mirror(armature: bpy.types.Object, bone_map: BoneMap, name: str, scene: bpy.types.Scene) -> None:
    """Keys the armature with its motion mirrored, and nothing else moves it any more."""
    rig, (first, last) = read_rig(armature), action_range(armature)
    motion = mirrored_motion(read_motion(rig, scene, first, last), bone_map)
    for bone in armature.pose.bones:
        bone.rotation_mode = "QUATERNION"
        for constraint in list(bone.constraints):
            bone.constraints.remove(constraint)
    armature.animation_data_clear()
    key_motion(rig, motion, first, name, rig.rig.names)


def _sampled(armature: bpy.types.Object, scene: bpy.types.Scene, first: int, last: int) -> Sampled:
    """Without the meshes, which take most of the time and move nothing."""
    meshes = [ob for ob in scene.objects if ob.type == "MESH"]
    for ob in meshes:
        scene.collection.objects.unlink(ob)
    try:
        return sample(armature, scene, first, last)
    finally:
        for ob in meshes:
            scene.collection.objects.link(ob)
