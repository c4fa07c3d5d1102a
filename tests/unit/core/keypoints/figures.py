"""Imaginary detections: the free body before a camera, seen by a detector of any joint set."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from understudy.core.body.numpy_model import load_free_body
from understudy.core.keypoints.detections import NAMES
from understudy.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle
from understudy.core.skeleton import JOINT_INDEX, TAKE_JOINTS

SIZE, FOCAL = (1280, 720), 1000.0
_JOINT = {"mid_shoulder": ("left_shoulder", "right_shoulder"), "mid_hip": ("left_hip", "right_hip"),
          "upper_neck": ("neck", "neck"), "chest": ("spine2", "spine2")}  # fmt: skip


def walk(frames: int, x: float = 0.0, speed: float = 0.0, facing: float = 0.4, fps: float = 30.0) -> np.ndarray:
    """(T, 71, 3) m, axes of a camera 4.5 m away: somebody at ``x`` m swings the arms, moving at ``speed`` m/s."""
    body = load_free_body()
    t = np.arange(frames) / fps
    pose = np.zeros((frames, 52, 3))
    turn = axis_angle_to_matrix(np.array([np.pi, 0, 0])) @ axis_angle_to_matrix(np.array([0, facing, 0]))
    pose[:, 0] = matrix_to_axis_angle(turn)
    swing = np.sin(2 * np.pi * 0.8 * t)
    pose[:, JOINT_INDEX["left_shoulder"], 2], pose[:, JOINT_INDEX["right_shoulder"], 2] = -1.1 + 0.2 * swing, 1.1
    pose[:, JOINT_INDEX["left_elbow"], 1] = -0.6 - 0.4 * swing
    pose[:, JOINT_INDEX["right_knee"], 0] = 0.4 + 0.3 * swing
    joints = body.points(body.betas_for_height(1.7), pose, np.zeros((frames, 3)))
    return joints + np.stack([x + speed * t, np.full(frames, 0.0), np.full(frames, 4.5)], axis=-1)[:, None]


def project(joints: np.ndarray) -> np.ndarray:
    """(…, 2) px."""
    return FOCAL * joints[..., :2] / joints[..., 2:] + (np.array(SIZE) - 1) / 2


def named(joints: np.ndarray, names) -> np.ndarray:
    """(T, J, 3) of any detector's joints."""
    columns = []
    for name in names:
        side, _, part = name.partition("_")
        if name == "head_top":
            head, neck = (joints[:, TAKE_JOINTS.index(n)] for n in ("head", "neck"))
            columns.append(head + 1.8 * (head - neck))
            continue
        if part == "small_toe":
            name = f"{side}_big_toe"
        parts = _JOINT.get(name, (name, name))
        columns.append(np.mean([joints[:, TAKE_JOINTS.index(n)] for n in parts], axis=0))
    return np.stack(columns, axis=1)


def hand(joints: np.ndarray, side: str) -> np.ndarray:
    """(T, 21, 2) px: wrist, then each finger from the palm out, thumb first."""
    names = [f"{side}_wrist"]
    for finger in ("thumb", "index", "middle", "ring", "pinky"):
        names += [f"{side}_{finger}{part}" for part in ("1", "2", "3", "_tip")]
    return project(joints[:, [TAKE_JOINTS.index(name) for name in names]])


def detect(joints: np.ndarray, joint_set: str, score: float = 0.7, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """(T, J, 3) x, y, score."""
    pixels = project(named(joints, NAMES[joint_set]))
    pixels = pixels + np.random.default_rng(seed).normal(0, noise, pixels.shape)
    return np.concatenate([pixels, np.full((*pixels.shape[:2], 1), score)], axis=-1)


def write_openpose(folder: Path, people: list[np.ndarray], first: int = 0, **parts) -> Path:
    """One file per frame; ``people`` (T, J, 3) each, NaN: written as 0, 0, 0; a person who is all NaN is left out.
    ``parts``: arrays (T, n, 3) of the first person by OpenPose's keys, and ``ids``."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = parts.pop("ids", [-1] * len(people))
    for t in range(len(people[0])):
        rows = []
        for n, person in enumerate(people):
            if np.isnan(person[t]).all():
                continue
            row = {"person_id": [ids[n]], "pose_keypoints_2d": np.nan_to_num(person[t]).reshape(-1).tolist()}
            for key, values in parts.items():
                row[key] = np.nan_to_num(values[t]).reshape(-1).tolist() if n == 0 else []
            rows.append(row)
        name = f"clip_{first + t:012d}_keypoints.json"
        (folder / name).write_text(json.dumps({"version": 1.3, "people": rows}))
    return folder
