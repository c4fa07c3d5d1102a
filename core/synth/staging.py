"""Where people stand: each turned and moved on the floor so that nobody walks through anybody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..skeleton import JOINT_INDEX
from .motions import Motion, placed

Array = NDArray[np.floating]

_APART = 0.75  # m between pelvises
_CLEAR = 0.22  # m between wrists and ankles of two people
_LIMBS = [JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("wrist", "ankle", "elbow", "knee")]


def full_pose(motion: Motion) -> Array:
    """(T, 52, 3) axis-angle."""
    smpl = motion.smpl
    return np.concatenate(
        [smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], axis=1
    )


def world_points(motion: Motion, body: BodyModel) -> Array:
    """Joints and surface points (T, 71, 3) m."""
    return body.points(motion.smpl.betas, full_pose(motion).astype(np.float64), motion.smpl.transl)


def stage(motions: list[Motion], body: BodyModel, rng: np.random.Generator) -> list[Motion]:
    """The motions placed on one floor around the origin, each facing its own way, none through another."""
    done: list[Motion] = []
    tracks: list[Array] = []
    for motion in motions:
        points = world_points(motion, body)[..., :2]
        middle = (points[:, 0].min(axis=0) + points[:, 0].max(axis=0)) / 2
        radius = 0.0 if not done else 0.5
        while True:
            # Somewhere in a disc that grows until there is room.
            heading, angle = rng.uniform(-np.pi, np.pi, 2)
            spot = radius * np.sqrt(rng.uniform()) * np.array([np.cos(angle), np.sin(angle)])
            turn = np.array([[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]])
            shift = spot - turn @ middle
            track = points @ turn.T + shift
            if all(_clear(track, other) for other in tracks):
                break
            radius += 0.02
        done.append(placed(motion, body, float(heading), (float(shift[0]), float(shift[1]))))
        tracks.append(track)
    return done


def _clear(a: Array, b: Array) -> bool:
    if np.linalg.norm(a[:, 0] - b[:, 0], axis=-1).min() < _APART:
        return False
    limbs = np.linalg.norm(a[:, _LIMBS, None] - b[:, None, _LIMBS], axis=-1)
    return bool(limbs.min() > _CLEAR)
