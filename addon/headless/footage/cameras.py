"""Cameras from K and world_from_camera: keyed for every frame, so that a moving camera blurs the world as it should."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

Array = NDArray[np.floating]

_SENSOR_MM = 36.0


class Rig:
    """Blender's cameras for (C,3,3) K, (C,T,4,4) world_from_camera and one picture size (width, height) px."""

    def __init__(self, K: Array, world_from_camera: Array, size: tuple[int, int]) -> None:
        render = bpy.context.scene.render
        render.resolution_x, render.resolution_y = size
        render.resolution_percentage = 100
        pairs = zip(K, world_from_camera, strict=True)
        self._objects = [_camera(k, poses, size, c) for c, (k, poses) in enumerate(pairs)]

    def use(self, camera: int) -> None:
        bpy.context.scene.camera = self._objects[camera]


def show_frame(frame: int) -> None:
    """Frame 0 of the job is Blender's frame 1."""
    bpy.context.scene.frame_set(frame + 1)


def _camera(K: Array, poses: Array, size: tuple[int, int], index: int) -> bpy.types.Object:
    width, height = size
    data = bpy.data.cameras.new(f"camera_{index}")
    data.sensor_fit = "HORIZONTAL" if width >= height else "VERTICAL"
    data.sensor_width = data.sensor_height = _SENSOR_MM
    data.lens = _SENSOR_MM * float(K[0, 0]) / max(size)
    data.clip_start, data.clip_end = 0.05, 200.0
    # Blender shifts by shares of the longer side; its axis meets (w/2, h/2) counted from the picture's corner.
    data.shift_x = ((width - 1) / 2 - float(K[0, 2])) / max(size)
    data.shift_y = (float(K[1, 2]) - (height - 1) / 2) / max(size)
    camera = bpy.data.objects.new(f"camera_{index}", data)
    bpy.context.collection.objects.link(camera)
    camera.rotation_mode = "QUATERNION"
    moving = bool(np.any(poses != poses[:1]))
    before = None
    for frame, pose in enumerate(poses if moving else poses[:1]):
        # Blender's camera looks along -Z with Y up.
        place = Matrix((pose @ np.diag([1.0, -1, -1, 1])).tolist())
        turn = place.to_quaternion()
        if before is not None and turn.dot(before) < 0:
            turn.negate()
        before = turn.copy()
        camera.location, camera.rotation_quaternion = place.to_translation(), turn
        if moving:
            camera.keyframe_insert("location", frame=frame + 1)
            camera.keyframe_insert("rotation_quaternion", frame=frame + 1)
    return camera
