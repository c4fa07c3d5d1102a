"""Hands that would sink into trunk or head are kept out, and nothing else is moved."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.fit.rig import BODY, forward
from understudy.core.fit.shape import rig_for
from understudy.core.fit.solids import depths
from understudy.core.fit.terms import Evidence, Pose
from understudy.core.fit.trajectory import Motion, solve_trajectory
from understudy.core.rotation import axis_angle_to_matrix
from understudy.core.skeleton import JOINT_INDEX


@pytest.fixture(scope="module")
def rig():
    body = load_free_body()
    return rig_for(body, body.betas_for_height(1.7), 1.7)


def across_the_belly(frames: int = 12) -> Pose:
    """The left forearm folded through the trunk."""
    pose = np.zeros((frames, BODY, 3))
    pose[:, JOINT_INDEX["left_shoulder"]] = [0, -0.25, -1.25]
    pose[:, JOINT_INDEX["left_elbow"]] = [0, 0, -1.5]
    return Pose(axis_angle_to_matrix(pose), np.zeros((frames, 3)))


def without_evidence(rig, frames: int) -> Evidence:
    count = len(rig.landmarks)
    return Evidence(np.full((frames, count, 2), np.nan), np.zeros((frames, count)), np.full((frames, count, 3), np.nan),
                    np.tile(np.eye(3), (frames, 1, 1)), np.full(frames, 0.01))  # fmt: skip


def deepest(pose: Pose, rig) -> float:
    turned, placed = forward(pose.rotations, rig.rest[:BODY], pose.transl)
    return float(depths(rig.solids, turned, placed, rig.rest)[0].max())


def test_a_body_at_rest_touches_nothing(rig):
    assert deepest(Pose(np.tile(np.eye(3), (1, BODY, 1, 1)), np.zeros((1, 3))), rig) < 0


def test_the_middle_of_the_trunk_is_as_deep_as_the_trunk(rig):
    centre, half = rig.solids.centres[1], rig.solids.axes[1]
    turned, placed = forward(np.tile(np.eye(3), (1, BODY, 1, 1)), rig.rest[:BODY], np.zeros((1, 3)))
    wrist = JOINT_INDEX["left_wrist"]
    placed[:, wrist] = centre + np.array([0, 0, 0.6 * half[2]])
    depth, out, _ = depths(rig.solids, turned, placed, rig.rest)
    assert depth[0, 0, 1] == pytest.approx(0.4 * half[2], rel=1e-6)  # the first point is the wrist itself
    np.testing.assert_allclose(out[0, 0, 1], [0, 0, 1], atol=1e-9)


def test_a_hand_in_the_belly_comes_out(rig):
    start = across_the_belly()
    assert deepest(start, rig) > 0.04
    seen = without_evidence(rig, len(start.transl))
    cameras = np.tile(np.eye(4), (len(start.transl), 1, 1))
    motion = Motion(start, start, seen, cameras, np.arange(len(start.transl)) / 30)
    solved = solve_trajectory(motion, rig, 12)
    assert deepest(solved, rig) < 0.02
    moved = np.linalg.norm(forward(solved.rotations, rig.rest[:BODY], solved.transl)[1]
                           - forward(start.rotations, rig.rest[:BODY], start.transl)[1], axis=-1)  # fmt: skip
    assert moved[:, JOINT_INDEX["right_wrist"]].max() < 0.03
    assert moved[:, JOINT_INDEX["left_ankle"]].max() < 0.03
