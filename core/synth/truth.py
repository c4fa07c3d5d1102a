"""The exact truth of a shot as a take: what was animated, and what the cameras are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..body.numpy_model import BodyModel
from ..skeleton import JOINT_INDEX, KEYPOINTS, TAKE_JOINTS, TAKE_PARENTS
from ..take import ManoMotion, SmplMotion, Take, TakeCameras, TakePerson

Array = NDArray[Any]

# docs/architecture.md, section 3: within 30 mm of the surface, under 0.15 m/s, for at least 0.1 s.
CONTACT_HEIGHT, CONTACT_SPEED, CONTACT_SECONDS = 0.030, 0.15, 0.1


@dataclass(frozen=True)
class Performance:
    """What one person did: SMPL-H motion in the take's world, and the stature in metres."""

    smpl: SmplMotion
    stature: float


def truth_take(
    times: Array, fps: Fraction, performances: Sequence[Performance], cameras: TakeCameras, body: BodyModel,
    sources: list[dict[str, Any]], settings: dict[str, Any], created_with: str, take_id: str = "",
) -> Take:  # fmt: skip
    """The take of ``times`` (T,) s; 2D landmarks stay empty (only a network has them), confidence is 1 everywhere."""
    people = tuple(_person(str(i + 1), p, times, len(cameras.K), body) for i, p in enumerate(performances))
    return Take(
        timestamps=times,
        fps_nominal=fps,
        cameras=cameras,
        people=people,
        keypoint_names=KEYPOINTS,
        joint_names=TAKE_JOINTS,
        joint_parents=TAKE_PARENTS,
        sources=sources,
        models=[{"name": "free body", "version": "1", "licence": "CC0-1.0", "commercial": True}],
        settings={"truth": True, **settings},
        created_with=created_with,
        take_id=take_id,
    )


def contacts(points: Array, times: Array) -> Array:
    """Which points (T, N, 3) m rest on the floor at ``times`` (T,) s: float32 0 or 1, (T, N)."""
    if len(points) > 1:
        speed = np.linalg.norm(np.gradient(points, times, axis=0), axis=-1)
    else:
        speed = np.zeros(points.shape[:2])
    touching = (points[..., 2] < CONTACT_HEIGHT) & (speed < CONTACT_SPEED)
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    for column in touching.T:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], column.astype(int), [0]])))
        for begin, end in edges.reshape(-1, 2):
            # A run cut off by the clip's ends may have been longer.
            if times[end - 1] - times[begin] + step < CONTACT_SECONDS - 1e-9 and begin > 0 and end < len(column):
                column[begin:end] = False
    return touching.astype(np.float32)


def _person(name: str, performance: Performance, times: Array, cameras: int, body: BodyModel) -> TakePerson:
    smpl, count = performance.smpl, len(times)
    pose = np.concatenate(
        [smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], axis=1
    ).astype(np.float64)
    joints = body.points(smpl.betas, pose, smpl.transl)
    resting, wrists, turns = body.forward(smpl.betas, pose, smpl.transl, vertex_ids=body.contact_vertices)
    small = SmplMotion(**{key: np.asarray(value, np.float32) for key, value in vars(smpl).items()})
    hands = [_hand(side, small, wrists, turns) for side in ("left", "right")]
    return TakePerson(
        id=name,
        present=np.ones(count, bool),
        keypoints2d=np.full((cameras, count, len(KEYPOINTS), 2), np.nan, np.float32),
        keypoints2d_confidence=np.zeros((cameras, count, len(KEYPOINTS)), np.float32),
        keypoints3d=np.full((cameras, count, len(KEYPOINTS), 3), np.nan, np.float32),
        joints_world=joints.astype(np.float32),
        joints_confidence=np.ones((count, len(TAKE_JOINTS)), np.float32),
        contacts=contacts(resting, times),
        smpl=small,
        left_hand=hands[0],
        right_hand=hands[1],
        height=performance.stature,
    )


def _hand(side: str, smpl: SmplMotion, joints: Array, rotations: Array) -> ManoMotion:
    wrist = JOINT_INDEX[f"{side}_wrist"]
    return ManoMotion(
        betas=np.zeros(10, np.float32),
        global_orient=Rotation.from_matrix(rotations[:, wrist]).as_rotvec().astype(np.float32),
        hand_pose=smpl.left_hand_pose if side == "left" else smpl.right_hand_pose,
        transl=joints[:, wrist].astype(np.float32),
        score=np.ones(len(joints), np.float32),
    )
