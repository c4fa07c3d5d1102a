"""How a scene is set up for an exporter, and put back afterwards."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import addon_utils
import bpy

from ...core.errors import CannotWriteError
from .. import compat


def skins_of(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """The visible meshes that go with an armature."""
    return [ob for ob in armature.children if ob.type == "MESH" and not ob.hide_viewport]


def all_still(meshes: list[bpy.types.Object]) -> bool:
    """Whether meshes do nothing but what their armature does to them."""
    return not any(
        ob.animation_data is not None
        or len(ob.constraints)
        or (ob.data.shape_keys is not None and ob.data.shape_keys.animation_data is not None)
        for ob in meshes
    )


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to that becomes ``path`` at the end, or is taken away. Raises CannotWriteError."""
    if not path.parent.is_dir():
        raise CannotWriteError(f"There is no folder {path.parent}.", "Choose one that is there.")
    if not os.access(path.parent, os.W_OK):
        raise CannotWriteError(f"The folder {path.parent} cannot be written to.", "Choose another.")
    unfinished = partial(path)
    try:
        yield unfinished
        unfinished.replace(path)
    except (OSError, RuntimeError) as error:
        raise CannotWriteError(f"Cannot write {path}: {error}.", "Choose a folder with space to write to.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def partial(path: Path) -> Path:
    """Where a file is until it is whole."""
    return path.with_name(f".{path.stem}.part{path.suffix}")


@contextlib.contextmanager
def range_of(scene: bpy.types.Scene, first: int, last: int) -> Iterator[None]:
    """Lets the scene be from ``first`` to ``last``: exporters write its whole range."""
    before = scene.frame_start, scene.frame_end
    scene.frame_start, scene.frame_end = first, last
    try:
        yield
    finally:
        scene.frame_start, scene.frame_end = before


@contextlib.contextmanager
def whole_rate(scene: bpy.types.Scene) -> Iterator[float]:
    """Lets the scene have a whole number of frames a second, for exporters that mistake the base; yields by what factor
    times written at that rate are too short."""
    render = scene.render
    before = render.fps_base
    try:
        render.fps_base = 1.0
        yield before
    finally:
        render.fps_base = before


@contextlib.contextmanager
def exporter_enabled(module: str) -> Iterator[None]:
    _, loaded = addon_utils.check(module)
    if not loaded:
        addon_utils.enable(module)
    try:
        yield
    finally:
        if not loaded:
            addon_utils.disable(module)


@contextlib.contextmanager
def object_mode() -> Iterator[None]:
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
def selected(objects: list[bpy.types.Object]) -> Iterator[None]:
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
def named(scene: bpy.types.Scene, stack: str, armature: bpy.types.Object, node: str | None) -> Iterator[None]:
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
def from_time_zero(scene: bpy.types.Scene, armature: bpy.types.Object) -> Iterator[None]:
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
def rest_before_start(scene: bpy.types.Scene, armature: bpy.types.Object) -> Iterator[None]:
    """Stands in rest pose in the frame before the scene's first: engines read the skeleton's rest from the nodes'
    transforms at export."""
    data, before, start = armature.data, armature.data.pose_position, scene.frame_start

    def pose_or_rest(changed: bpy.types.Scene, *_: object) -> None:
        if changed == scene:
            data.pose_position = "POSE" if scene.frame_current >= start else "REST"

    handlers = bpy.app.handlers.frame_change_pre
    handlers.append(pose_or_rest)
    try:
        scene.frame_set(start - 1)
        yield
    finally:
        handlers.remove(pose_or_rest)
        data.pose_position = before
