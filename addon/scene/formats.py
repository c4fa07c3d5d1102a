"""The formats that a character's animation leaves in; each writes one file, whole or not at all."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.errors import BadInputError
from ...core.whole_file import write_whole
from ...retarget.amass import amass_bytes, on_free_body
from ...retarget.mapping import BoneMap
from ...retarget.matching.guess import map_rig
from ...retarget.motion import RigMotion
from ...retarget.write_bvh import bvh_text
from ...retarget.write_vrma import human_bones, vrma_bytes
from . import fbx, glb_fill, staging
from .clock import scene_fps
from .format_list import Format
from .glb import put_right
from .poses import action_range, read_motion
from .rigs import read_rig
from .sampling import Sampled, sample
from .verification import Expected, expected_bones, expected_points


@dataclass(frozen=True)
class Choice:
    """``stack`` names the animation; ``skins``: whether the character's visible meshes go into the file; ``sampled``:
    what the armature does from its first to its last key, where that is known: long animations are written sooner;
    ``bone_map``: for formats that know the parts of a person, found by names and structure where not given."""

    stack: str
    skins: bool = True
    sampled: Sampled | None = None
    bone_map: BoneMap | None = None


Writer = Callable[[bpy.types.Object, Path, Choice, bpy.types.Scene], None]


def write_format(name: str, armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> None:
    """Writes what the armature plays as a file of the format ``name``. Raises BadInputError, CannotWriteError."""
    _WRITERS[name](armature, path, choice, scene)


def _fbx(preset: str) -> Writer:
    def write(armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> None:
        first, last = action_range(armature)
        with staging.range_of(scene, first, last):
            fbx.export_actor(armature, path, fbx.preset(preset), choice.stack, choice.skins, choice.sampled)

    return write


GLTF_OPTIONS: dict[str, Any] = {
    "export_format": "GLB",
    "use_selection": True,
    # Other scenes of the file are none of this file's.
    "use_active_scene": True,
    "export_yup": True,
    "export_animation_mode": "ACTIVE_ACTIONS",
    # Where there is one armature, Blender 4.2 would mix every action that fits it into one animation.
    "export_anim_single_armature": False,
    "export_frame_range": True,
    "export_force_sampling": True,
    # Keys that say nothing new are kept: readers then need not guess where the animation ends.
    "export_optimize_animation_size": False,
    "export_rest_position_armature": True,
    "export_def_bones": False,
}


def _write_gltf(armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> None:
    meshes = staging.skins_of(armature) if choice.skins else []
    first, last = action_range(armature)
    with (
        staging.exporter_enabled("io_scene_gltf2"),
        staging.whole_rate(scene) as stretch,
        staging.whole_file(path) as target,
        staging.object_mode(),
        staging.selected([armature, *meshes]),
    ):
        sampled, options = choice.sampled, {"filepath": str(target), **GLTF_OPTIONS}
        if sampled is not None and sampled.frame_count > glb_fill.WRITTEN and staging.all_still(meshes):
            with staging.range_of(scene, first, first + glb_fill.WRITTEN - 1):
                bpy.ops.export_scene.gltf(**options)
            if glb_fill.fill(target, sampled, armature.name, scene.render.fps / stretch):
                put_right(target, choice.stack, 1.0)
                return
        with staging.range_of(scene, first, last), staging.from_time_zero(scene, armature):
            bpy.ops.export_scene.gltf(**options)
        put_right(target, choice.stack, stretch)


def _write_usd(armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> None:
    with _staged(armature, path, choice, scene) as target:
        bpy.ops.wm.usd_export(
            filepath=str(target),
            check_existing=False,
            selected_objects_only=True,
            export_animation=True,
            export_armatures=True,
            only_deform_bones=False,
            root_prim_path="/root",
        )


def _write_alembic(armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> None:
    if not staging.skins_of(armature):
        raise BadInputError(f"{armature.name} has no visible mesh.", "Show its mesh, or choose another format.")
    first, last = action_range(armature)
    with (
        staging.whole_file(path) as target,
        staging.object_mode(),
        staging.selected(staging.skins_of(armature)),
        staging.range_of(scene, first, last),
    ):
        bpy.ops.wm.alembic_export(
            filepath=str(target),
            check_existing=False,
            start=first,
            end=last,
            selected=True,
            flatten=True,
            evaluation_mode="VIEWPORT",
            export_hair=False,
            export_particles=False,
            as_background_job=False,
        )


def _write_bvh(armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> None:
    text = bvh_text(read_motion(read_rig(armature), scene, *action_range(armature)))
    write_whole(path, lambda stream: stream.write(text.encode()))


def _write_vrma(armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> None:
    rig = read_rig(armature)
    bone_map = choice.bone_map or map_rig(rig.rig)
    content = vrma_bytes(read_motion(rig, scene, *action_range(armature)), bone_map, choice.stack)
    write_whole(path, lambda stream: stream.write(content))


def _write_amass(armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> None:
    content = amass_bytes(_on_body(armature, choice, scene))
    write_whole(path, lambda stream: stream.write(content))


def _on_body(armature: bpy.types.Object, choice: Choice, scene: bpy.types.Scene) -> RigMotion:
    """The free body performing the character's motion."""
    rig = read_rig(armature)
    motion = read_motion(rig, scene, *action_range(armature))
    return on_free_body(motion, choice.bone_map or map_rig(rig.rig))


@contextlib.contextmanager
def _staged(armature: bpy.types.Object, path: Path, choice: Choice, scene: bpy.types.Scene) -> Iterator[Path]:
    """The scene shows the animation from frame 0 on, and nothing but the character is selected."""
    first, last = action_range(armature)
    with (
        staging.whole_file(path) as target,
        staging.object_mode(),
        staging.selected([armature, *(staging.skins_of(armature) if choice.skins else [])]),
        staging.range_of(scene, first, last),
        staging.from_time_zero(scene, armature),
    ):
        yield target


def expected_of(armature: bpy.types.Object, chosen: Format, choice: Choice, scene: bpy.types.Scene) -> Expected:
    """What a file of the format should hold of what the armature plays."""
    first, last = action_range(armature)
    fps = float(scene_fps(scene))
    if chosen.compares == "points":
        return expected_points(staging.skins_of(armature), scene, first, last, fps)
    if chosen.compares == "body":
        performed = _on_body(armature, choice, scene)
        matrices = np.tile(np.eye(4), (*performed.heads.shape[:2], 1, 1))
        matrices[..., :3, :3], matrices[..., :3, 3] = performed.rotations, performed.heads
        return Expected(performed.rig.names, matrices, fps)
    names = None
    if chosen.needs_map:
        human = human_bones(choice.bone_map or map_rig(read_rig(armature).rig))
        names = tuple(bone.name for bone in armature.data.bones if bone.name in human)
    sampled = choice.sampled or sample(armature, scene, first, last)
    return expected_bones(armature, sampled, fps, names, chosen.compares == "turns")


_WRITERS: dict[str, Writer] = {
    **{name: _fbx(name) for name in ("generic", "unreal_skeleton", "unreal", "unity", "godot")},
    "gltf": _write_gltf,
    "vrma": _write_vrma,
    "bvh": _write_bvh,
    "usd": _write_usd,
    "alembic": _write_alembic,
    "amass": _write_amass,
}
