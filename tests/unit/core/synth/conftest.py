"""A walk as other software would hold it: joint tracks by another rig's names, and a file of such clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.skeleton import JOINT_INDEX
from understudy.core.synth.motions import Motion, load_motion

# The clip file's joints and the body's joint at the same place; tops and hands are points beyond.
CLIP_JOINTS = {
    "pelvis": "pelvis", "spine": "spine1", "chest": "spine3", "neck": "neck", "head": "head", "head_top": "head",
    **{f"{s[0]}_{ours}": f"{s}_{theirs}" for s in ("left", "right") for ours, theirs in (
        ("clavicle", "collar"), ("shoulder", "shoulder"), ("elbow", "elbow"), ("wrist", "wrist"), ("hand", "middle1"),
        ("hip", "hip"), ("knee", "knee"), ("ankle", "ankle"), ("toe", "foot"))},
}  # fmt: skip
BODY = load_free_body()


def whole_pose(smpl) -> np.ndarray:
    """(T, 52, 3)."""
    parts = (smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose)
    return np.concatenate(parts, axis=1).astype(float)


def joints_of(motion: Motion) -> np.ndarray:
    """(T, 52, 3) m."""
    smpl = motion.smpl
    return BODY.forward(smpl.betas, whole_pose(smpl), smpl.transl.astype(float), vertex_ids=np.zeros(0, int))[1]


@pytest.fixture(scope="session")
def walker() -> Motion:
    """Three seconds at 60 a second of somebody 1.83 m tall."""
    return load_motion("walk", BODY, BODY.betas_for_height(1.83), Fraction(60), 180, np.random.default_rng(3))


@pytest.fixture(scope="session")
def tracks(walker) -> dict[str, np.ndarray]:
    """(T, 3) m by the clip file's names, Z up."""
    joints = joints_of(walker)
    found = {name: joints[:, JOINT_INDEX[ours]].copy() for name, ours in CLIP_JOINTS.items()}
    found["head_top"] += 0.18 * (found["head"] - found["neck"]) / 0.1
    return found


@pytest.fixture
def clip_file(tracks, tmp_path) -> Path:
    """The mocap file's layout: clip ``9_01`` of the test split, and its first second as ``9_02`` of the train split."""
    up = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    points = np.stack(list(tracks.values()), axis=1) @ up.T
    points = np.concatenate([points, points[:60]])
    path = tmp_path / "clips.npz"
    np.savez(
        path, root=points[:, 0].astype(np.float32), rel=(points - points[:, :1]).astype(np.float16),
        starts=np.array([0, 180, 240]), clip=np.array(["9_01", "9_02"]), subject=np.array(["9", "9"]),
        rig=np.array(["own", "own"]), source=np.array(["", ""]), note=np.array(["", ""]),
        split=np.array(["test", "train"]), joints=np.array(list(tracks)), parents=np.zeros(24, int), fps=np.array(60),
    )  # fmt: skip
    return path
