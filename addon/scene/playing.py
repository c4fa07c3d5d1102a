"""The scene played frame by frame, in short pieces of work: between two of them it stands where it stood."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from typing import Any

import bpy

from ...core.errors import BadInputError

# One frame is Blender's own work, and cannot be divided.
PIECE_S = 0.08


def played_steps(
    armature: bpy.types.Object,
    scene: bpy.types.Scene,
    frames: Iterable[int],
    read: Callable[[int, bpy.types.Object], None],
) -> Generator[None, None, None]:
    """Calls ``read(i, armature as evaluated)`` at frame i of the whole ``frames``.

    Raises BadInputError where the scene does not show the armature, or somebody edits its bones meanwhile.
    """
    layer, numbers, i = _layer_of(armature, scene), [int(frame) for frame in frames], 0
    while i < len(numbers):
        if armature.mode == "EDIT":
            raise BadInputError(f"{armature.name} does not move while its bones are edited.", "Leave edit mode first.")
        here, between, until = scene.frame_current, scene.frame_subframe, time.monotonic() + PIECE_S
        try:
            while True:
                scene.frame_set(numbers[i])
                read(i, armature.evaluated_get(layer.depsgraph))
                i += 1
                if i == len(numbers) or time.monotonic() >= until:
                    break
        finally:
            scene.frame_set(here, subframe=between)
        yield


def _layer_of(armature: bpy.types.Object, scene: bpy.types.Scene) -> Any:
    """The view layer that shows an armature, the window's own before others."""
    own: Any = bpy.context.view_layer
    layers: list[Any] = sorted(scene.view_layers, key=lambda layer: layer != own)
    for layer in layers:
        layer.update()  # what was linked or unlinked is not in its list before
        if armature.name in layer.objects:
            return layer
    raise BadInputError(f"{armature.name} is not shown in {scene.name}.", "Show its collection in the Outliner.")
