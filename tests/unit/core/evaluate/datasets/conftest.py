"""Projection written apart from the readers, and a stick figure of numbers."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.evaluate.annotation import Annotation


def points(*shape: int, seed: int = 0) -> np.ndarray:
    """Random numbers with four decimals, so that text files hold them exactly."""
    return np.random.default_rng(seed).normal(size=shape).round(4)


def turn(x: float, y: float, z: float) -> np.ndarray:
    return Rotation.from_euler("xyz", [x, y, z]).as_matrix()


def project(annotation: Annotation, camera: int) -> np.ndarray:
    """Pixels (P,T,J,2) of the joints in one camera, without distortion: through the world, as a metric would."""
    lens = annotation.cameras
    assert lens is not None
    pose = np.broadcast_to(
        lens.world_from_camera if lens.world_from_camera.ndim == 4 else lens.world_from_camera[:, None],
        (len(lens.K), len(annotation.timestamps), 4, 4),
    )
    world = annotation.joints
    if annotation.frame == "camera":
        world = np.einsum("tij,ptnj->ptni", pose[0, :, :3, :3], world) + pose[0, :, None, :3, 3]
    inverse = np.linalg.inv(pose[camera])
    x = np.einsum("tij,ptnj->ptni", inverse[:, :3, :3], world) + inverse[:, None, :3, 3]
    image = x @ lens.K[camera].T
    return image[..., :2] / image[..., 2:]


class Attack:
    """Pickles into a command that makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, Any]:
        return os.system, (f"touch {self.marker}",)


@pytest.fixture
def write_pickle(tmp_path: Path):
    def write(name: str, content: Any, protocol: int = 2) -> Path:
        path = tmp_path / name
        path.write_bytes(pickle.dumps(content, protocol=protocol))
        return path

    return write
