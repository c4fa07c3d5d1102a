"""An annotation's joints in the axes of any of its cameras, or in the world of its cameras."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import BadInputError
from ...take import TakeCameras
from ..annotation import Annotation

Array = NDArray[np.floating]


def joints_in_world(annotation: Annotation) -> Array:
    """Joints (P,T,J,3) m in the world of ``cameras.world_from_camera``: Z up where ``frame`` is 'world', else the data
    set's own, which scores that align the world (W-MPJPE, RTE) do not mind. Raises BadInputError without cameras."""
    if annotation.frame == "world":
        return annotation.joints
    pose = _pose(_cameras(annotation), 0, len(annotation.timestamps))
    return np.einsum("tij,ptnj->ptni", pose[:, :3, :3], annotation.joints) + pose[:, None, :3, 3]


def joints_in_camera(annotation: Annotation, camera: int = 0) -> Array:
    """Joints (P,T,J,3) m in one camera's axes (OpenCV: x right, y down, z forward). Raises BadInputError."""
    if annotation.frame == "camera" and camera == 0:
        return annotation.joints
    world, pose = joints_in_world(annotation), _pose(_cameras(annotation), camera, len(annotation.timestamps))
    return np.einsum("tji,ptnj->ptni", pose[:, :3, :3], world - pose[:, None, :3, 3])


def _cameras(annotation: Annotation) -> TakeCameras:
    if annotation.cameras is None:
        raise BadInputError(f"{annotation.name} has no cameras.", "Read it with its calibration.")
    return annotation.cameras


def _pose(cameras: TakeCameras, camera: int, frames: int) -> Any:
    if not 0 <= camera < len(cameras.K):
        raise BadInputError(f"There is no camera {camera}.", f"The data set has {len(cameras.K)}.")
    return np.broadcast_to(cameras.world_from_camera[camera], (frames, 4, 4))
