"""BVH by hand, and the project's own writer read back."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.errors import BadInputError
from understudy.core.files.bvh import WORLD_TO_BVH, global_rotations, write_bvh
from understudy.core.files.read_bvh import read_bvh
from understudy.core.skeleton import SMPLH_JOINTS, SMPLH_PARENTS

ARM = """HIERARCHY
ROOT Hips
{
  OFFSET 1 2 3
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Upper Arm
  {
    OFFSET 0 10 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {
      OFFSET 0 5 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.008333
0 0 0 0 0 0 0 0 0
4 5 6 90 0 0 0 90 0
"""


def written(tmp_path, text: str):
    path = tmp_path / "a.bvh"
    path.write_text(text)
    return path


def test_an_arm_by_hand(tmp_path):
    bvh = read_bvh(written(tmp_path, ARM))
    assert bvh.names == ("Hips", "Upper Arm")
    assert bvh.parents == (-1, 0)
    assert bvh.frame_time == pytest.approx(1 / 120, rel=1e-3)
    # frame 0: the root's channels stand instead of its offset; the arm points up
    assert np.allclose(bvh.positions[0], [[0, 0, 0], [0, 10, 0]])
    # frame 1: a quarter turn about Z lays +Y on −X; then the arm's own quarter about X lays its tip on the turned Z
    assert np.allclose(bvh.positions[1], [[4, 5, 6], [-6, 5, 6]])
    assert np.allclose(bvh.end_positions("Upper Arm"), [[0, 15, 0], [-6, 5, 11]])


def test_rotation_order_is_the_files(tmp_path):
    text = ARM.replace("6 Xposition Yposition Zposition Zrotation Xrotation Yrotation",
                       "6 Xposition Yposition Zposition Yrotation Xrotation Zrotation")  # fmt: skip
    text = text.replace("4 5 6 90 0 0 0 90 0", "0 0 0 30 40 50 10 20 30")
    bvh = read_bvh(written(tmp_path, text))
    root = Rotation.from_euler("YXZ", [30, 40, 50], degrees=True)
    arm = root * Rotation.from_euler("ZXY", [10, 20, 30], degrees=True)
    assert np.allclose(bvh.rotations[1, 0], root.as_matrix())
    assert np.allclose(bvh.rotations[1, 1], arm.as_matrix())


def test_what_the_project_writes_is_read_back(make_take, tmp_path):
    take = make_take(frames=15)
    bvh = read_bvh(write_bvh(take, tmp_path / "a.bvh")[0])
    order = [bvh.names.index(name) for name in SMPLH_JOINTS]
    assert [bvh.parents[j] if bvh.parents[j] < 0 else order.index(bvh.parents[j]) for j in order] == list(SMPLH_PARENTS)
    person = take.people[0]
    joints = bvh.positions[:, order] / 100 @ WORLD_TO_BVH
    assert np.abs(joints - person.joints_world[:, :52]).max() < 1e-4
    turned = WORLD_TO_BVH.T @ bvh.rotations[:, order]
    assert np.abs(turned - global_rotations(person)).max() < 1e-4


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Frames: 2", "Frames: 3", "3 frames promised, 2 found"),
        ("HIERARCHY", "ARCHITECTURE", "not BVH"),
        ("4 5 6 90 0 0 0 90 0", "4 5 6 90 0 0 0 90", "MOTION part is damaged"),
        ("4 5 6 90 0 0 0 90 0", "4 5 6 nan 0 0 0 90 0", "no motion"),
        ("CHANNELS 3", "CHANNELS 4", "line 9"),
        ("OFFSET 0 10 0", "OFFSET 0 ten 0", "line 8"),
        ("Frame Time: 0.008333", "Frame Time: 0", "no motion"),
        ("Upper Arm", "Hips", "share a name"),
    ],
)
def test_what_is_wrong_is_named(old, new, message, tmp_path):
    with pytest.raises(BadInputError, match=message):
        read_bvh(written(tmp_path, ARM.replace(old, new)))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInputError, match=r"gone\.bvh"):
        read_bvh(tmp_path / "gone.bvh")
