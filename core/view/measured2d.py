"""What a camera of a take saw and what the solve should look like in it, packed for the page."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..take import Take, TakePerson
from .packing import pack_bytes, pack_whole
from .rasterise import project

Array = NDArray[Any]

# Sixteen bits over four picture widths: a fifteenth of a pixel in Full HD, and room for what lies outside the picture.
_STEPS = 16_000


def pixel_unit(size: Array) -> float:
    """Pixels per step in which places in a picture of ``size`` (w, h) are packed."""
    return float(max(size)) / _STEPS


def pack_landmarks(person: TakePerson, chosen: Array, camera: int, rows: Array, unit: float) -> dict[str, str]:
    """The measured landmarks ``rows`` (n,) at the frames ``chosen``: ``points`` (T, n, 2) in ``unit`` px,
    ``confidence`` (T, n) in hundredths."""
    points = np.asarray(person.keypoints2d[camera], np.float64)[chosen][:, rows]
    confidence = np.asarray(person.keypoints2d_confidence[camera], np.float64)[chosen][:, rows]
    return {"points": pack_whole(points / unit), "confidence": pack_bytes(confidence * 100)}


def pack_reprojection(take: Take, person: TakePerson, chosen: Array, camera: int, unit: float) -> str:
    """Where ``camera`` sees the solved joints: (T, J, 2) in ``unit`` px, missing behind the camera."""
    K, distortion = take.cameras.K[camera], take.cameras.distortion[camera]
    poses = np.asarray(take.cameras.world_from_camera[camera], np.float64)
    joints = np.asarray(person.joints_world, np.float64)[chosen]
    pose = poses[chosen] if poses.ndim == 3 else np.broadcast_to(poses, (len(chosen), 4, 4))
    local = (joints - pose[:, None, :3, 3]) @ pose[:, :3, :3]
    pixels = project(local.reshape(-1, 3), K, distortion).reshape(*joints.shape[:2], 2)
    return pack_whole(pixels / unit)
