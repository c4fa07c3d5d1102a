"""Joints in every camera's axes, with standing and moving cameras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.annotation import Annotation
from understudy.core.evaluate.datasets.frames import joints_in_camera, joints_in_world
from understudy.core.evaluate.datasets.reading import cameras

from .conftest import points, turn

T = np.arange(3.0)
STANDING = (np.array([turn(0.1, 0.2, 0.3), turn(-1.5, 0.4, 0)]), points(2, 3))
MOVING = (np.array([[turn(0.1 * t, c, 0.3) for t in range(3)] for c in range(2)]), points(2, 3, 3))


@pytest.mark.parametrize(("R", "t"), [STANDING, MOVING], ids=["standing", "moving"])
def test_through_the_world_into_every_camera(R: np.ndarray, t: np.ndarray) -> None:
    """x_cam = R x_world + t, written out."""
    world = points(2, 3, 4, 3, seed=5)
    rig = cameras(T, np.tile(np.eye(3), (2, 1, 1)), R, t)
    annotation = Annotation("a", ("a", "b", "c", "d"), T, ("1", "2"), world, "world", cameras=rig)
    np.testing.assert_array_equal(joints_in_world(annotation), world)
    seen = []
    for c in range(2):
        turned = [R[c] if R.ndim == 3 else R[c, k] for k in range(3)]
        shift = [t[c] if t.ndim == 2 else t[c, k] for k in range(3)]
        seen.append(np.array([[world[p, k] @ turned[k].T + shift[k] for k in range(3)] for p in range(2)]))
        np.testing.assert_allclose(joints_in_camera(annotation, c), seen[c])
    own = replace(annotation, joints=seen[0], frame="camera")
    np.testing.assert_allclose(joints_in_world(own), world)
    np.testing.assert_array_equal(joints_in_camera(own), seen[0])
    np.testing.assert_allclose(joints_in_camera(own, 1), seen[1])


def test_without_cameras() -> None:
    annotation = Annotation("MPII", ("a",), T, ("1",), np.zeros((1, 3, 1, 3)), "camera")
    assert joints_in_camera(annotation).shape == (1, 3, 1, 3)
    with pytest.raises(BadInputError, match="MPII has no cameras"):
        joints_in_world(annotation)
    rig = cameras(T, np.eye(3)[None], np.eye(3)[None], np.zeros((1, 3)))
    with pytest.raises(BadInputError, match="no camera 1"):
        joints_in_camera(replace(annotation, cameras=rig), 1)
