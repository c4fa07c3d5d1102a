"""BVH files are read back with a reader of their own and their forward kinematics compared with the take's joints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.errors import CannotWriteError
from understudy.core.files.bvh import rest_offsets, write_bvh
from understudy.core.skeleton import SMPLH_JOINTS

BVH_TO_WORLD = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


class Bvh:
    """A plain reader: joints with parent, offset and channels; motion; positions and rotations by the file alone."""

    def __init__(self, path: Path) -> None:
        head, motion = path.read_text().split("MOTION")
        self.names, self.parents, self.offsets, self.channels = [], [], [], []
        stack: list[int] = []
        tokens = iter(head.split())
        for token in tokens:
            if token in ("ROOT", "JOINT"):
                self.names.append(next(tokens))
                self.parents.append(stack[-1] if stack else -1)
                self.channels.append([])
                pending = len(self.names) - 1
            elif token == "End":
                next(tokens)
                pending = -2
            elif token == "{":
                stack.append(pending)
            elif token == "}":
                stack.pop()
            elif token == "OFFSET":
                offset = [float(next(tokens)) for _ in range(3)]
                if stack[-1] >= 0:
                    self.offsets.append(offset)
            elif token == "CHANNELS":
                self.channels[stack[-1]] = [next(tokens) for _ in range(int(next(tokens)))]
        lines = motion.strip().splitlines()
        self.frame_time = float(lines[1].split(":")[1])
        self.motion = np.array([[float(v) for v in line.split()] for line in lines[2:]])
        assert len(self.motion) == int(lines[0].split(":")[1])

    def forward(self) -> tuple[np.ndarray, np.ndarray]:
        n = len(self.motion)
        positions, rotations = np.zeros((n, len(self.names), 3)), np.zeros((n, len(self.names), 3, 3))
        column = 0
        for j, parent in enumerate(self.parents):
            move, turn = np.tile(self.offsets[j], (n, 1)).astype(float), np.tile(np.eye(3), (n, 1, 1))
            for channel in self.channels[j]:
                values, axis = self.motion[:, column], channel[0].lower()
                column += 1
                if channel.endswith("position"):
                    move[:, "xyz".index(axis)] += values
                else:
                    turn = turn @ Rotation.from_euler(axis, values[:, None], degrees=True).as_matrix()
            above = rotations[:, parent] if parent >= 0 else np.eye(3)
            base = positions[:, parent] if parent >= 0 else 0
            positions[:, j] = base + np.einsum("...ij,...j->...i", above, move)
            rotations[:, j] = above @ turn
        return positions, rotations


def test_forward_kinematics_of_the_file_are_the_takes_joints(make_take, tmp_path):
    take = make_take(frames=20)
    bvh = Bvh(write_bvh(take, tmp_path / "a.bvh")[0])
    positions, _ = bvh.forward()
    order = [bvh.names.index(name) for name in SMPLH_JOINTS]
    world = positions[:, order] / 100 @ BVH_TO_WORLD.T
    error = np.linalg.norm(world - take.people[0].joints_world[:, :52], axis=-1)
    assert error.max() < 1e-4
    assert bvh.frame_time == pytest.approx(1 / 30)
    assert sorted(bvh.names) == sorted(SMPLH_JOINTS)
    assert [len(c) for c in bvh.channels] == [6] + [3] * 51


def test_channels_do_not_jump(make_take, tmp_path):
    take = make_take(frames=60)
    turns = Rotation.from_euler("zx", [[a, 90] for a in np.linspace(0, 720, 60)], degrees=True)
    object.__setattr__(take.people[0].smpl, "global_orient", turns.as_rotvec())
    motion = Bvh(write_bvh(take, tmp_path / "a.bvh")[0]).motion
    assert np.abs(np.diff(motion[:, 3:], axis=0)).max() < 20


def test_one_file_per_person(make_take, tmp_path):
    files = write_bvh(make_take(people=2), tmp_path / "crowd.bvh")
    assert [f.name for f in files] == ["crowd_1.bvh", "crowd_2.bvh"]
    assert all(f.is_file() for f in files)


def test_variable_rate_is_resampled(make_take, tmp_path):
    # a frame is missing in the middle and the rest is late: 8 stamps over 9 intervals
    t = np.array([0, 1, 2, 3.4, 5.2, 6, 7.3, 9]) / 30
    take = make_take(frames=8, timestamps=t)
    bvh = Bvh(write_bvh(take, tmp_path / "v.bvh")[0])
    assert len(bvh.motion) == 10
    positions, _ = bvh.forward()
    root = positions[:, 0] / 100 @ BVH_TO_WORLD.T
    # the pelvis moves at constant speed, so resampling must put it on the line
    assert np.allclose(root[:, 0], 0.3 * np.arange(10) / 30, atol=1e-5)


def test_one_frame(make_take, tmp_path):
    assert len(Bvh(write_bvh(make_take(frames=1), tmp_path / "one.bvh")[0]).motion) == 1


def test_offsets_are_the_skeletons(make_take):
    take = make_take(frames=30)
    lengths = np.linalg.norm(rest_offsets(take, take.people[0]), axis=-1)
    elbow = take.joint_names.index("left_elbow")
    assert lengths[elbow] == pytest.approx(0.26, abs=1e-5)
    assert lengths[0] == 0


def test_missing_folder_is_named(make_take, tmp_path):
    with pytest.raises(CannotWriteError, match="nowhere"):
        write_bvh(make_take(), tmp_path / "nowhere" / "a.bvh")
