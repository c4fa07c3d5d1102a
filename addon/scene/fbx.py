"""Actors as FBX files: one file per actor, with its skinned body, one animation stack, and a clean rest pose."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import addon_utils
import bpy

from ...core.errors import BadInputError, CannotWriteError
from .. import compat

_EXPORTER = "io_scene_fbx"

_OPTIONS: dict[str, Any] = {
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


@contextlib.contextmanager
def range_of(scene: bpy.types.Scene, first: int, last: int) -> Iterator[None]:
    """Lets the scene be from ``first`` to ``last``: exporters write its whole range."""
    before = scene.frame_start, scene.frame_end
    scene.frame_start, scene.frame_end = first, last
    try:
        yield
    finally:
        scene.frame_start, scene.frame_end = before


def export_actor(armature: bpy.types.Object, path: Path, chosen: Preset, stack: str) -> Path:
    """Writes an actor of the current scene, with its visible meshes, whole or not at all.

    The animation is called ``stack`` and begins at time 0. The scene is left as it was.
    """
    scene: Any = bpy.context.scene
    partial = path.with_name(f".{path.name}.part")
    skins = [ob for ob in armature.children if ob.type == "MESH" and not ob.hide_viewport]
    with contextlib.ExitStack() as stack_of_changes:
        stack_of_changes.enter_context(_exporter_enabled())
        stack_of_changes.enter_context(_object_mode())
        stack_of_changes.enter_context(_selected([armature, *skins]))
        stack_of_changes.enter_context(_names(scene, stack, armature, chosen.armature_name))
        stack_of_changes.enter_context(_from_time_zero(scene, armature))
        stack_of_changes.enter_context(_rest_before_start(scene, armature))
        try:
            bpy.ops.export_scene.fbx(filepath=str(partial), check_existing=False, **_OPTIONS, **chosen.options)
            partial.replace(path)
        except (OSError, RuntimeError) as error:
            raise CannotWriteError(
                f"Cannot write {path}: {error}.", "Choose a folder with space to write to."
            ) from error
        finally:
            partial.unlink(missing_ok=True)
    return path


@contextlib.contextmanager
def _exporter_enabled() -> Iterator[None]:
    _, loaded = addon_utils.check(_EXPORTER)
    if not loaded:
        addon_utils.enable(_EXPORTER)
    try:
        yield
    finally:
        if not loaded:
            addon_utils.disable(_EXPORTER)


@contextlib.contextmanager
def _object_mode() -> Iterator[None]:
    active = bpy.context.view_layer.objects.active
    mode: Any = active.mode if active is not None else "OBJECT"
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    try:
        yield
    finally:
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode=mode)


@contextlib.contextmanager
def _selected(objects: list[bpy.types.Object]) -> Iterator[None]:
    layer = bpy.context.view_layer
    before, active = [ob for ob in layer.objects if ob.select_get()], layer.objects.active
    hidden = [ob for ob in objects if ob.hide_get()]
    try:
        for ob in before:
            ob.select_set(False)
        for ob in objects:
            ob.hide_set(False)
            ob.select_set(True)
        layer.objects.active = objects[0]
        yield
    finally:
        for ob in objects:
            ob.select_set(False)
        for ob in hidden:
            ob.hide_set(True)
        for ob in before:
            ob.select_set(True)
        layer.objects.active = active


@contextlib.contextmanager
def _names(scene: bpy.types.Scene, stack: str, armature: bpy.types.Object, node: str | None) -> Iterator[None]:
    """The exporter calls the stack after the scene, and nodes after their objects."""
    scene_name, armature_name = scene.name, armature.name
    other = bpy.data.objects.get(node) if node else None
    try:
        scene.name = stack
        if node and other is not armature:
            if other is not None:
                other.name = f"{node} (other)"
            armature.name = node
        yield
    finally:
        scene.name = scene_name
        armature.name = armature_name
        if node and other is not None and other is not armature:
            other.name = node


@contextlib.contextmanager
def _from_time_zero(scene: bpy.types.Scene, armature: bpy.types.Object) -> Iterator[None]:
    """Plays a copy of the action whose first frame is 0: the exporter keeps the scene's frame numbers as times."""
    start, end, current = scene.frame_start, scene.frame_end, scene.frame_current
    original = armature.animation_data.action if armature.animation_data else None
    moved = None
    try:
        if original is not None:
            moved = original.copy()
            compat.shift_keys(moved, -start)
            compat.assign_action(armature, moved)
        scene.frame_start, scene.frame_end = 0, end - start
        yield
    finally:
        if original is not None:
            compat.assign_action(armature, original)
        if moved is not None:
            bpy.data.actions.remove(moved)
        scene.frame_start, scene.frame_end = start, end
        scene.frame_set(current)


@contextlib.contextmanager
def _rest_before_start(scene: bpy.types.Scene, armature: bpy.types.Object) -> Iterator[None]:
    """Stands at frame −1 in rest pose: engines read the skeleton's rest from the nodes' transforms at export."""
    data, before = armature.data, armature.data.pose_position

    def pose_or_rest(changed: bpy.types.Scene, *_: object) -> None:
        if changed == scene:
            data.pose_position = "POSE" if scene.frame_current >= 0 else "REST"

    handlers = bpy.app.handlers.frame_change_pre
    handlers.append(pose_or_rest)
    try:
        scene.frame_set(-1)
        yield
    finally:
        handlers.remove(pose_or_rest)
        data.pose_position = before
