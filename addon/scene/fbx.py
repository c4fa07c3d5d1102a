"""Actors as FBX files: one file per actor, with its skinned body, one animation stack, and a clean rest pose."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import BadInputError
from . import fbx_fill, staging
from .sampling import Sampled

_EXPORTER = "io_scene_fbx"

OPTIONS: dict[str, Any] = {
    "use_selection": True,
    "object_types": {"ARMATURE", "MESH"},
    "use_armature_deform_only": False,
    "add_leaf_bones": False,
    "mesh_smooth_type": "FACE",
    "bake_anim": True,
    "bake_anim_use_all_bones": True,
    "bake_anim_use_nla_strips": False,
    "bake_anim_use_all_actions": False,
    "bake_anim_force_startend_keying": True,
    "bake_anim_step": 1.0,
    # The default of 1 drops nine keys of ten, and with them contacts and fingers.
    "bake_anim_simplify_factor": 0.0,
}


@dataclass(frozen=True)
class Preset:
    """``armature_name`` renames the armature's node, for engines that take it for a bone unless it has that name."""

    armature_name: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


# FBX_SCALE_ALL writes metres with a node scale of 1, FBX_SCALE_NONE centimetres through a node scale of 100.
PRESETS: dict[str, Preset] = {
    "generic": Preset(options={"apply_scale_options": "FBX_SCALE_ALL"}),
    "godot": Preset("Armature", {"apply_scale_options": "FBX_SCALE_ALL"}),
    "unity": Preset("Armature", {"apply_scale_options": "FBX_SCALE_ALL"}),
    "unreal": Preset("Armature", {"apply_scale_options": "FBX_SCALE_NONE"}),
    # For the mannequin's own skeleton, whose root bone Blender's importers turn into the armature object.
    "unreal_skeleton": Preset("root", {"apply_scale_options": "FBX_SCALE_NONE"}),
}


def preset(name: str) -> Preset:
    """The preset called ``name``. Raises BadInputError naming those that exist."""
    if name not in PRESETS:
        raise BadInputError(f"There is no FBX preset '{name}'.", f"Choose one of {', '.join(PRESETS)}.")
    return PRESETS[name]


def target_paths(path: Path, actors: list[bpy.types.Object]) -> list[Path]:
    """One file per actor: ``path`` itself for a single one, else ``NAME_1.fbx``, ``NAME_2.fbx``, … by person."""
    if len(actors) == 1:
        return [path]
    return [
        path.with_name(f"{path.stem}_{actor.get('person_id', i + 1)}{path.suffix}") for i, actor in enumerate(actors)
    ]


def export_actor(
    armature: bpy.types.Object,
    path: Path,
    chosen: Preset,
    stack: str,
    skins: bool = True,
    sampled: Sampled | None = None,
) -> Path:
    """Writes an actor of the current scene, with its visible meshes, whole or not at all.

    The animation is called ``stack`` and begins at time 0. ``sampled``: what the armature does in the scene's range,
    where that is known; long animations are then written many times faster. The scene is left as it was.
    """
    scene: Any = bpy.context.scene
    with contextlib.ExitStack() as changes:
        target = changes.enter_context(staging.whole_file(path))
        changes.enter_context(staging.exporter_enabled(_EXPORTER))
        changes.enter_context(staging.object_mode())
        meshes = staging.skins_of(armature) if skins else []
        changes.enter_context(staging.selected([armature, *meshes]))
        changes.enter_context(staging.named(scene, stack, armature, chosen.armature_name))
        options = {"filepath": str(target), "check_existing": False, **OPTIONS, **chosen.options}
        if sampled is not None and sampled.frame_count > fbx_fill.WRITTEN and staging.all_still(meshes):
            first, current, fps = scene.frame_start, scene.frame_current, scene.render.fps / scene.render.fps_base
            with staging.range_of(scene, first, first + fbx_fill.WRITTEN - 1):
                with staging.rest_before_start(scene, armature):
                    bpy.ops.export_scene.fbx(**options)
                scene.frame_set(current)
            if fbx_fill.fill(target, sampled, armature.name, first, fps):
                return path
        changes.enter_context(staging.from_time_zero(scene, armature))
        changes.enter_context(staging.rest_before_start(scene, armature))
        bpy.ops.export_scene.fbx(**options)
    return path
