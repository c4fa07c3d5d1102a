"""The exact truth of a sample clip as a take: what was animated, and what the ideal camera sees of it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scenes import Scene
from scipy.spatial.transform import Rotation

from understudy.core.body.numpy_model import BodyModel
from understudy.core.skeleton import JOINT_INDEX, KEYPOINTS, TAKE_JOINTS, TAKE_PARENTS
from understudy.core.take import ManoMotion, SmplMotion, Take, TakeCameras, TakePerson

# docs/architecture.md, section 3: within 30 mm of the surface, under 0.15 m/s, for at least 0.1 s.
CONTACT_HEIGHT, CONTACT_SPEED, CONTACT_SECONDS = 0.030, 0.15, 0.1


def truth_take(scene: Scene, motions: list[dict[str, np.ndarray]], body: BodyModel, clip: str, digest: str) -> Take:
    """One take; 2D landmarks are left empty (only a network has them), confidence is 1 everywhere."""
    count = len(motions[0]["transl"])
    times = np.arange(count) / scene.fps
    width, height = scene.size
    focal = scene.focal_px
    # Blender's optical axis meets the middle of the picture; (0, 0) is the centre of the first pixel.
    K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])
    people = tuple(
        _person(str(i + 1), person.height, motion, body, scene.fps)
        for i, (person, motion) in enumerate(zip(scene.people, motions, strict=True))
    )
    return Take(
        timestamps=times,
        fps_nominal=Fraction(scene.fps),
        cameras=TakeCameras(
            timestamps=times[None],
            K=K[None],
            distortion=np.zeros((1, 4)),
            size=np.array([[width, height]]),
            world_from_camera=scene.world_from_camera[None],
        ),
        people=people,
        keypoint_names=KEYPOINTS,
        joint_names=TAKE_JOINTS,
        joint_parents=TAKE_PARENTS,
        sources=[{"path": clip, "sha256": digest, "size": [width, height], "rotation": 0}],
        models=[{"name": "free body", "version": "1", "licence": "CC0-1.0", "commercial": True}],
        settings={"truth": True},
        created_with="tools/build_sample.py",
    )


def _person(name: str, height: float, motion: dict[str, np.ndarray], body: BodyModel, fps: int) -> TakePerson:
    count = len(motion["transl"])
    parts = [motion["global_orient"][:, None], *(motion[k] for k in ("body_pose", "left_hand_pose", "right_hand_pose"))]
    pose = np.concatenate(parts, axis=1)
    joints = body.points(motion["betas"], pose, motion["transl"])
    small = {key: value.astype(np.float32) for key, value in motion.items()}
    _, wrists, turns = body.forward(motion["betas"], pose, motion["transl"], vertex_ids=body.contact_vertices)
    hands = [_hand(side, small, wrists, turns) for side in ("left", "right")]
    return TakePerson(
        id=name,
        present=np.ones(count, bool),
        keypoints2d=np.full((1, count, len(KEYPOINTS), 2), np.nan, np.float32),
        keypoints2d_confidence=np.zeros((1, count, len(KEYPOINTS)), np.float32),
        keypoints3d=np.full((1, count, len(KEYPOINTS), 3), np.nan, np.float32),
        joints_world=joints.astype(np.float32),
        joints_confidence=np.ones((count, len(TAKE_JOINTS)), np.float32),
        contacts=_contacts(body, motion, pose, fps),
        smpl=SmplMotion(**small),
        left_hand=hands[0],
        right_hand=hands[1],
        height=height,
    )


def _hand(side: str, motion: dict[str, np.ndarray], joints: np.ndarray, rotations: np.ndarray) -> ManoMotion:
    wrist = JOINT_INDEX[f"{side}_wrist"]
    return ManoMotion(
        betas=np.zeros(10, np.float32),
        global_orient=Rotation.from_matrix(rotations[:, wrist]).as_rotvec().astype(np.float32),
        hand_pose=motion[f"{side}_hand_pose"],
        transl=joints[:, wrist].astype(np.float32),
        score=np.ones(len(joints), np.float32),
    )


def _contacts(body: BodyModel, motion: dict[str, np.ndarray], pose: np.ndarray, fps: int) -> np.ndarray:
    points, _, _ = body.forward(motion["betas"], pose, motion["transl"], vertex_ids=body.contact_vertices)
    speed = np.linalg.norm(np.gradient(points, 1 / fps, axis=0), axis=-1)
    touching = (points[..., 2] < CONTACT_HEIGHT) & (speed < CONTACT_SPEED)
    shortest = round(CONTACT_SECONDS * fps)
    for column in touching.T:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], column.astype(int), [0]])))
        for begin, end in edges.reshape(-1, 2):
            # A run cut off by the clip's ends may have been longer.
            if end - begin < shortest and begin > 0 and end < len(column):
                column[begin:end] = False
    return touching.astype(np.float32)
