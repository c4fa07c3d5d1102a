"""The exact truth of a shot as a take: what was animated, and what the cameras are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..body.numpy_model import BodyModel
from ..skeleton import BODY_JOINTS, JOINT_INDEX, KEYPOINTS, TAKE_JOINTS, TAKE_PARENTS
from ..take import ManoMotion, SmplMotion, Take, TakeCameras, TakePerson
from ..take_file import load, save
from ..whole_file import write_whole
from .props import Box
from .visibility import box_triangles, flesh, seen

Array = NDArray[Any]

# docs/architecture.md, section 3: within 30 mm of the surface, under 0.15 m/s, for at least 0.1 s.
CONTACT_HEIGHT, CONTACT_SPEED, CONTACT_SECONDS = 0.030, 0.15, 0.1
PRESENT_JOINTS = 6
VISIBLE = "joints_visible"


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


def visibility(
    take: Take, body: BodyModel, boxes: tuple[Box, ...], progress: Callable[[int, int], None] = lambda done, total: None
) -> dict[str, NDArray[np.bool_]]:
    """Which joints each camera sees, (C, T, J) by person: in the picture, and behind no body nor furniture.

    See ``visibility.seen``: a joint is seen where nothing stands farther in front of it than its flesh is thick.
    """
    cameras, count = take.cameras, take.frame_count
    poses = cameras.world_from_camera
    still = box_triangles(boxes)
    covers = [flesh(body, person.smpl.betas) for person in take.people]
    result = {p.id: np.zeros((len(cameras.K), count, len(TAKE_JOINTS)), bool) for p in take.people}
    for t in range(count):
        skins = [body.forward(p.smpl.betas, _pose(p.smpl, t), p.smpl.transl[t])[0] for p in take.people]
        triangles = np.concatenate([still, *(skin[body.faces] for skin in skins)])
        for c in range(len(cameras.K)):
            pose = poses[c, t] if poses.ndim == 4 else poses[c]
            R, at = pose[:3, :3], pose[:3, 3]
            local = (triangles - at) @ R
            for person, cover in zip(take.people, covers, strict=True):
                points = (person.joints_world[t] - at) @ R
                size = (int(cameras.size[c, 0]), int(cameras.size[c, 1]))
                result[person.id][c, t] = seen(points, cover, local, cameras.K[c], size)
        progress(t + 1, count)
    return result


def with_presence(take: Take, visible: dict[str, NDArray[np.bool_]]) -> Take:
    """The take with ``present`` where a camera sees at least six of a person's 22 body joints."""
    people = []
    for person in take.people:
        body_joints = visible[person.id][..., : len(BODY_JOINTS)]
        people.append(replace(person, present=(body_joints.sum(axis=-1) >= PRESENT_JOINTS).any(axis=0)))
    return replace(take, people=tuple(people))


def save_truth(take: Take, visible: dict[str, NDArray[np.bool_]], path: Path) -> Path:
    """A take with ``person/<id>/joints_visible`` (C, T, J) bool added, written whole. Raises CannotWriteError."""
    save(take, path)
    with np.load(path, allow_pickle=False) as archive:
        arrays: dict[str, Any] = {key: archive[key] for key in archive.files}
    arrays |= {f"person/{name}/{VISIBLE}": value for name, value in visible.items()}
    return write_whole(path, lambda stream: np.savez_compressed(stream, allow_pickle=False, **arrays))


def load_visibility(path: Path) -> dict[str, NDArray[np.bool_]]:
    """``joints_visible`` by person of a truth take; empty for takes that have none."""
    load(path)  # refuses what is no take
    with np.load(path, allow_pickle=False) as archive:
        names = [key for key in archive.files if key.endswith(f"/{VISIBLE}")]
        return {name.split("/")[1]: archive[name] for name in names}


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
    pose = _pose(smpl, slice(None)).astype(np.float64)
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


def _pose(smpl: SmplMotion, frames: int | slice) -> Array:
    """(…, 52, 3) axis-angle."""
    parts = (smpl.global_orient[..., None, :], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose)
    return np.concatenate([part[frames] for part in parts], axis=-2)


def _hand(side: str, smpl: SmplMotion, joints: Array, rotations: Array) -> ManoMotion:
    wrist = JOINT_INDEX[f"{side}_wrist"]
    return ManoMotion(
        betas=np.zeros(10, np.float32),
        global_orient=Rotation.from_matrix(rotations[:, wrist]).as_rotvec().astype(np.float32),
        hand_pose=smpl.left_hand_pose if side == "left" else smpl.right_hand_pose,
        transl=joints[:, wrist].astype(np.float32),
        score=np.ones(len(joints), np.float32),
    )
