"""The solved camera: its lens, its place, and their keys when it moves."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

from ...core.rotation import continuous_quaternions, matrix_to_quaternion
from ...core.take import TakeCameras
from ...core.timebase import Timing
from .. import compat

SENSOR_MM = 36.0

# OpenCV looks along +z with y down, Blender along −z with y up.
_BLENDER_FROM_OPENCV = np.diag([1.0, -1.0, -1.0])


def build_camera(
    name: str, cameras: TakeCameras, index: int, timing: Timing, collection: bpy.types.Collection
) -> bpy.types.Object:
    """Camera ``index`` of a take as an object in ``collection``; keyed when the take's cameras move."""
    data = bpy.data.cameras.new(name)
    camera = bpy.data.objects.new(name, data)
    collection.objects.link(camera)
    set_lens(data, cameras.K[index], cameras.size[index])
    pose = np.asarray(cameras.world_from_camera[index], np.float64)
    if pose.ndim == 2:
        camera.matrix_world = _world_matrix(pose)
        return camera
    camera.rotation_mode = "QUATERNION"
    rotations = continuous_quaternions(matrix_to_quaternion(pose[:, :3, :3] @ _BLENDER_FROM_OPENCV))
    action = compat.new_action(name, camera)
    channels = {"location": timing.points(pose[:, :3, 3]), "rotation_quaternion": timing.quaternions(rotations)}
    for path, values in channels.items():
        for component in range(values.shape[1]):
            compat.write_keys(compat.add_curve(action, path, component, "Camera"), timing.frames, values[:, component])
    return camera


def set_lens(data: bpy.types.Camera, K: np.ndarray, size: np.ndarray) -> None:
    """Focal length and principal point of ``K`` (3, 3) px for images of ``size`` (w, h).

    Blender measures both along the longer side. ``K`` counts from the first pixel's centre, Blender from the image's
    corner.
    """
    width, height = (float(v) for v in size)
    aspect = pixel_aspect(K)
    longer = max(width, aspect * height)
    data.sensor_fit = "AUTO"
    data.sensor_width = SENSOR_MM
    data.lens_unit = "MILLIMETERS"
    data.lens = float(K[0, 0]) * SENSOR_MM / longer
    data.shift_x = (width / 2 - 0.5 - float(K[0, 2])) / longer
    data.shift_y = aspect * (float(K[1, 2]) + 0.5 - height / 2) / longer
    data.display_size = 0.3
    data.clip_start = 0.01


def pixel_aspect(K: np.ndarray) -> float:
    """Height of a pixel in widths: fx / fy."""
    return float(K[0, 0]) / float(K[1, 1])


def set_render_size(scene: bpy.types.Scene, K: np.ndarray, size: np.ndarray) -> None:
    """Gives the scene the images' resolution and pixel shape."""
    render = scene.render
    render.resolution_x, render.resolution_y = int(size[0]), int(size[1])
    render.resolution_percentage = 100
    aspect = pixel_aspect(K)
    # Blender takes no aspect below 1.
    render.pixel_aspect_x, render.pixel_aspect_y = max(1.0, 1.0 / aspect), max(1.0, aspect)


def _world_matrix(world_from_camera: np.ndarray) -> Matrix:
    matrix = np.eye(4)
    matrix[:3, :3] = world_from_camera[:3, :3] @ _BLENDER_FROM_OPENCV
    matrix[:3, 3] = world_from_camera[:3, 3]
    return Matrix(matrix.tolist())
