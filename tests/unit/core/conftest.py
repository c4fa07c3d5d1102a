"""A small take made of nothing but numbers: a stick person with SMPL-H's joints, swaying and sliding sideways."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from understudy.core.rotation import axis_angle_to_matrix
from understudy.core.skeleton import KEYPOINTS, TAKE_JOINTS, TAKE_PARENTS
from understudy.core.take import ManoMotion, SmplMotion, Take, TakeCameras, TakePerson

# Rest pose, metres, Y up, facing +Z, the person's left at +X; centre line and left side, mirrored below.
_CENTRE = {"pelvis": (0, 0.93, 0), "spine1": (0, 1.04, 0), "spine2": (0, 1.17, 0), "spine3": (0, 1.28, 0),
           "neck": (0, 1.46, 0), "head": (0, 1.55, 0.02), "nose": (0, 1.58, 0.12)}  # fmt: skip
_LEFT = {"hip": (0.09, 0.88, 0), "knee": (0.1, 0.48, 0), "ankle": (0.1, 0.08, -0.02), "foot": (0.11, 0.03, 0.11),
         "collar": (0.05, 1.4, 0), "shoulder": (0.17, 1.41, 0), "elbow": (0.43, 1.41, 0), "wrist": (0.68, 1.41, 0),
         "eye": (0.03, 1.62, 0.1), "ear": (0.075, 1.6, 0.02), "heel": (0.1, 0.01, -0.06),
         "big_toe": (0.1, 0.01, 0.2)}  # fmt: skip
_FINGER_ROWS = {"index": 0.03, "middle": 0.01, "ring": -0.01, "pinky": -0.03, "thumb": 0.05}


def rest_joints() -> np.ndarray:
    """(71, 3) m."""
    rest = dict(_CENTRE)
    left = dict(_LEFT)
    for finger, z in _FINGER_ROWS.items():
        start = 0.72 if finger == "thumb" else 0.77
        for k, part in enumerate((f"{finger}1", f"{finger}2", f"{finger}3", f"{finger}_tip")):
            left[part] = (start + 0.03 * k, 1.41, z)
    for name, (x, y, z) in left.items():
        rest[f"left_{name}"], rest[f"right_{name}"] = (x, y, z), (-x, y, z)
    return np.array([rest[name] for name in TAKE_JOINTS], float)


def _forward(rest: np.ndarray, pose: np.ndarray, pelvis: np.ndarray) -> np.ndarray:
    """Joints (T, 71, 3) of pose (T, 52, 3): written apart from the product's skinning, as a reference."""
    joints = np.zeros((len(pose), len(rest), 3))
    rotation = np.zeros((len(pose), len(rest), 3, 3))
    local = axis_angle_to_matrix(pose)
    for j, parent in enumerate(TAKE_PARENTS):
        own = local[:, j] if j < 52 else np.eye(3)
        if parent < 0:
            joints[:, j], rotation[:, j] = pelvis, own
        else:
            rotation[:, j] = rotation[:, parent] @ own
            joints[:, j] = joints[:, parent] + rotation[:, parent] @ (rest[j] - rest[parent])
    return joints


@pytest.fixture(scope="session")
def make_take():
    """``make_take(frames=…, people=…, timestamps=…)`` returns a Take in which every joint sways in its own rhythm."""

    def build(frames: int = 12, people: int = 1, timestamps: np.ndarray | None = None, seed: int = 0) -> Take:
        rng = np.random.default_rng(seed)
        t = np.arange(frames) / 30 if timestamps is None else np.asarray(timestamps, float)
        rest = rest_joints()
        persons = []
        for i in range(people):
            amplitude, phase = rng.normal(0, 0.15, (52, 3)), rng.uniform(0, 6.28, (52, 3))
            pose = amplitude * np.sin(2 * np.pi * 0.5 * t[:, None, None] + phase)
            upright = np.array([np.pi / 2, 0, 0])  # Y up to Z up; she faces -Y, towards the camera
            pose[:, 0] = upright
            pelvis = np.stack([i + 0.3 * t, np.full(len(t), 4.0), np.full(len(t), 0.95)], axis=-1)
            joints = _forward(rest, pose, pelvis).astype(np.float32)
            n = len(t)
            pose = pose.astype(np.float32)
            smpl = SmplMotion(np.zeros(10, np.float32), pose[:, 0], pose[:, 1:22], pose[:, 22:37], pose[:, 37:52],
                              (pelvis - rest[0]).astype(np.float32))  # fmt: skip
            hand = ManoMotion(np.zeros(10), np.zeros((n, 3)), np.zeros((n, 15, 3)), np.zeros((n, 3)), np.zeros(n))
            persons.append(
                TakePerson(
                    id=str(i + 1),
                    present=np.ones(n, bool),
                    keypoints2d=np.full((1, n, len(KEYPOINTS), 2), np.nan, np.float32),
                    keypoints2d_confidence=np.zeros((1, n, len(KEYPOINTS)), np.float32),
                    keypoints3d=np.full((1, n, len(KEYPOINTS), 3), np.nan, np.float32),
                    joints_world=joints,
                    joints_confidence=rng.uniform(0.2, 1, (n, len(TAKE_JOINTS))).astype(np.float32),
                    contacts=np.zeros((n, 6), np.float32),
                    smpl=smpl,
                    left_hand=hand,
                    right_hand=hand,
                    height=1.7,
                )
            )
        pose = np.eye(4)
        pose[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])  # level, looking along +Y
        pose[2, 3] = 1.2
        return Take(
            timestamps=t,
            fps_nominal=Fraction(30),
            cameras=TakeCameras(
                timestamps=t[None],
                K=np.array([[[600.0, 0, 319.5], [0, 600, 239.5], [0, 0, 1]]]),
                distortion=np.zeros((1, 4)),
                size=np.array([[640, 480]]),
                world_from_camera=pose[None],
            ),
            people=tuple(persons),
            keypoint_names=KEYPOINTS,
            joint_names=TAKE_JOINTS,
            joint_parents=TAKE_PARENTS,
        )

    return build
