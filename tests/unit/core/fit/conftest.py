"""A synthetic shot with exact truth: the free body moves, a pinhole camera sees it, networks' errors are imitated."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.fit.rig import BODY, forward, mark_offset
from understudy.core.fit.root import project, to_rays
from understudy.core.rotation import axis_angle_to_matrix, matrix_to_axis_angle, rotation_between
from understudy.core.skeleton import JOINT_INDEX, KEYPOINTS, TAKE_JOINTS

SIZE = (1280, 720)
K = np.array([[1000.0, 0, 639.5], [0, 1000, 359.5], [0, 0, 1]])


@dataclass(frozen=True)
class Shot:
    """One person's truth and track: joints_world (T, 71, 3), pose (T, 52, 3), timestamps, camera, world_from_camera."""

    track: SimpleNamespace
    timestamps: np.ndarray
    camera: np.ndarray
    world_from_camera: np.ndarray
    joints_world: np.ndarray
    pose: np.ndarray
    height: float

    @property
    def joints_camera(self) -> np.ndarray:
        return (self.joints_world - self.world_from_camera[:3, 3]) @ self.world_from_camera[:3, :3]


def camera_pose(pitch: float = 0.15, roll: float = 0.0, height: float = 1.4) -> np.ndarray:
    """(4, 4) world-from-camera of a camera over the origin that looks along +Y, tilted down and rolled, rad."""
    level = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # columns: image right, down, forwards
    matrix = np.eye(4)
    matrix[:3, :3] = (
        level @ axis_angle_to_matrix(np.array([-pitch, 0, 0])) @ axis_angle_to_matrix(np.array([0, 0, roll]))
    )
    matrix[2, 3] = height
    return matrix


def authored_pose(frames: int, fps: float) -> np.ndarray:
    """(T, 52, 3): arms down and swinging, steps on the spot, a slow turn of the trunk, fingers closing and opening."""
    t = np.arange(frames) / fps
    swing = np.sin(2 * np.pi * 0.8 * t)
    pose = np.zeros((frames, 52, 3))

    def set_joint(
        name: str, x: np.ndarray | float = 0.0, y: np.ndarray | float = 0.0, z: np.ndarray | float = 0.0
    ) -> None:
        pose[:, JOINT_INDEX[name]] = np.stack(np.broadcast_arrays(x + 0 * t, y + 0 * t, z + 0 * t), axis=-1)

    # Each leg steps for half of the time; the standing one stays straight, its foot flat under it.
    for side, lift in (("left", np.maximum(swing, 0)), ("right", np.maximum(-swing, 0))):
        set_joint(f"{side}_hip", x=-0.08 - 0.5 * lift)
        set_joint(f"{side}_knee", x=0.16 + 0.9 * lift)
        set_joint(f"{side}_ankle", x=-0.08 - 0.4 * lift)
    set_joint("spine2", y=0.15 * swing)
    set_joint("neck", y=0.2 * np.sin(t))
    set_joint("left_shoulder", z=-1.1 + 0.2 * swing, y=-0.2)
    set_joint("right_shoulder", z=1.1 + 0.2 * swing, y=0.2)
    set_joint("left_elbow", y=-0.8 - 0.4 * swing)
    set_joint("right_elbow", y=0.8 - 0.4 * swing)
    curl = 0.4 + 0.3 * np.sin(2 * np.pi * 0.5 * t)
    for finger in ("index", "middle", "ring", "pinky"):
        for segment in (1, 2, 3):
            set_joint(f"left_{finger}{segment}", z=-curl * (0.7 if segment == 3 else 1.0))
            set_joint(f"right_{finger}{segment}", z=curl * (0.7 if segment == 3 else 1.0))
    return pose


def marks(pose: np.ndarray, world_from_camera: np.ndarray, height: float) -> np.ndarray:
    """(T, 75, 3) m, camera axes: from what landmarks stand for to where the network marks it."""
    turned, _ = forward(axis_angle_to_matrix(pose[:, :BODY]), np.zeros((BODY, 3)), np.zeros(3))
    offsets = np.zeros((len(pose), len(KEYPOINTS), 3))
    for row, name in enumerate(KEYPOINTS[:33]):
        side, _, part = name.partition("_")
        joint = {"hip": "pelvis", "ankle": f"{side}_ankle", "heel": f"{side}_ankle", "foot_index": f"{side}_foot"}
        if part in joint:
            turn = world_from_camera[:3, :3].T @ turned[:, JOINT_INDEX[joint[part]]]
            offsets[:, row] = turn @ mark_offset(name, height)
    return offsets


def make_shot(
    frames: int = 40,
    fps: float = 30.0,
    *,
    height: float = 1.70,
    place: tuple[float, float] = (0.0, 4.5),
    facing: float = 0.4,
    pixel_noise: float = 0.0,
    depth_noise: float = 0.0,
    person: str = "1",
    camera: np.ndarray | None = None,
    seed: int = 0,
) -> Shot:
    """A person at ``place`` (x, y) m, turned by ``facing`` rad from the camera; noise in px and m."""
    random = np.random.default_rng(seed)
    body = load_free_body()
    betas = body.betas_for_height(height)
    world = camera_pose() if camera is None else camera
    timestamps = np.arange(frames) / fps
    pose = authored_pose(frames, fps)
    # Template (Y up, facing +Z) into the world (Z up), facing the camera at −Y, then turned.
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    pose[:, 0] = matrix_to_axis_angle(axis_angle_to_matrix(np.array([0, 0, facing])) @ upright)
    joints = body.points(betas, pose, np.zeros((frames, 3)))
    vertices, _, _ = body.forward(betas, pose, np.zeros((frames, 3)), vertex_ids=body.contact_vertices[:4])
    pelvis = body.joints(betas)[0]
    shift = np.zeros((frames, 3))
    shift[:, :2] = np.array(place) - pelvis[:2] + 0.02 * np.sin(timestamps)[:, None]
    shift[:, 2] = -vertices[..., 2].min(1)  # the lower foot stands on the floor
    joints = joints + shift[:, None]

    in_camera = (joints - world[:3, 3]) @ world[:3, :3]
    points = in_camera[:, take_rows()]
    points += marks(pose, world, height)
    pixels = project(points, K) + random.normal(0, pixel_noise, (frames, 75, 2))
    body_rows, hips = slice(0, 33), [KEYPOINTS.index("left_hip"), KEYPOINTS.index("right_hip")]
    relative = np.empty_like(points)
    for rows, centre in ((body_rows, hips), (slice(33, 54), [33]), (slice(54, 75), [54])):
        middle = points[:, centre].mean(1)
        ray = to_rays(project(middle, K), K)
        view = rotation_between(
            np.broadcast_to([0.0, 0, 1], middle.shape), np.concatenate([ray, np.ones((frames, 1))], 1)
        )
        # What a network sees: its own axes along the line of sight, a figure of another size.
        relative[:, rows] = 0.95 * (points[:, rows] - middle[:, None]) @ view
    # Errors of one frame resemble those of the next: a slow part and a quick one.
    quick, slow = random.normal(0, 1, (2, frames, 75, 3))
    relative += depth_noise * (0.5 * quick + 0.8 * slow[:1]) * np.array([0.4, 0.4, 1.0]) * _noise_scale()[:, None]
    low, high = pixels[:, :33].min(1), pixels[:, :33].max(1)
    margin = 0.05 * (high - low)
    track = SimpleNamespace(
        id=person,
        present=np.ones(frames, bool),
        boxes=np.concatenate([low - margin, high + margin], axis=1).astype(np.float32),
        keypoints2d=pixels.astype(np.float32),
        confidence=np.full((frames, 75), 0.95, np.float32),
        keypoints3d=relative.astype(np.float32),
    )
    return Shot(track, timestamps, K, world, joints, pose, height)


def take_rows() -> list[int]:
    """The joint of a take that each of the 75 keypoints marks."""
    rows = []
    for name in KEYPOINTS:
        side, _, part = name.partition("_")
        if name.startswith("mouth"):
            joint = "nose"
        elif "_eye" in name:
            joint = f"{side}_eye"
        elif part == "foot_index":
            joint = f"{side}_big_toe"
        elif part in ("index", "pinky"):
            joint = f"{side}_{part}1"
        elif part == "thumb":
            joint = f"{side}_thumb2"
        elif part == "hand_wrist":
            joint = f"{side}_wrist"
        elif part.startswith("hand_"):
            finger, segment = part.removeprefix("hand_").split("_")
            order = ("cmc", "mcp", "ip") if finger == "thumb" else ("mcp", "pip", "dip")
            joint = f"{side}_{finger}_tip" if segment == "tip" else f"{side}_{finger}{order.index(segment) + 1}"
        else:
            joint = name
        rows.append(TAKE_JOINTS.index(joint))
    return rows


def _noise_scale() -> np.ndarray:
    return np.array([1.0] * 33 + [0.15] * 42)  # hands are small: their errors too


@pytest.fixture(scope="session")
def shoot():
    """``make_shot``, as a fixture, since test folders are no packages."""
    return make_shot


@pytest.fixture(scope="session")
def tilted_camera():
    """``camera_pose``."""
    return camera_pose
