"""Shots planned like synthetic footage but never filmed: true motion, and landmarks with a network's errors."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..fit.rig import BODY, forward
from ..lift.default_input import LANDMARKS
from ..rotation import axis_angle_to_matrix
from ..skeleton import JOINT_INDEX, KEYPOINT_INDEX, KEYPOINTS, TAKE_JOINTS
from ..synth.cameras import project
from ..synth.draw import draw_shot
from ..synth.plan import Request
from ..synth.staging import full_pose, world_points
from ..synth.truth import contacts
from ..track.identity import PersonTrack
from .noise import NoiseModel, draw, part_of

Array = NDArray[np.floating]

SIZE = (1280, 720)
# A person's box around the joints, as shares of its sides.
_BOX_ROOM, _BOX_SIDE = 0.1, 1.15
# The joint that a landmark's offset turns with; all others are joints themselves.
_FASTENED = {"nose": "head", "ear": "head", "hip": "pelvis", "heel": "ankle", "foot_index": "foot"}


@dataclass(frozen=True)
class SimulatedShot:
    """One person before one camera. ``track`` as perception gives it, without 3D; ``timestamps`` (T,) s; ``camera``
    (3, 3) px; ``world_from_camera`` (T, 4, 4); ``height`` m; the truth: ``joints_world`` (T, 71, 3) m and ``contacts``
    (T, 6), 0 or 1."""

    track: PersonTrack
    timestamps: Array
    camera: Array
    world_from_camera: Array
    height: float
    joints_world: Array
    contacts: Array


def simulate(
    motion: str, seed: int, frames: int, fps: float, body: BodyModel, noise: NoiseModel, camera_motion: str = "static"
) -> SimulatedShot:
    """A shot of ``motion``, a source as ``synth.motions.load_motion`` takes it; the same arguments give the same shot.

    Raises BadInputError for a motion that is missing or too short.
    """
    request = Request(
        seed=seed, motions=(motion,), frames=frames, fps=Fraction(fps).limit_denominator(1001), size=SIZE,
        camera_motion=camera_motion,
    )  # fmt: skip
    shot = draw_shot(request, body)
    actor, camera = shot.actors[0], shot.cameras[0]
    smpl, pose = actor.motion.smpl, full_pose(actor.motion).astype(np.float64)
    joints = world_points(actor.motion, body)
    marks = _marks(joints, pose, actor.stature, noise)
    pixels, _ = project(marks, camera.K, camera.world_from_camera)
    low, high = pixels.min(axis=1), pixels.max(axis=1)
    side = _BOX_SIDE * (high - low).max(axis=-1)
    error, confidence = draw(np.random.default_rng([seed, 1]), noise, len(shot.times), np.array([1 / fps]))
    rows = [KEYPOINT_INDEX[name] for name in LANDMARKS]
    keypoints = np.full((len(shot.times), len(KEYPOINTS), 2), np.nan)
    keypoints[:, rows] = pixels + error[0] * side[:, None, None]
    seen = np.zeros(keypoints.shape[:2])
    seen[:, rows] = confidence[0]
    room = _BOX_ROOM * (high - low) / 2
    track = PersonTrack(
        id="1",
        present=np.ones(len(shot.times), bool),
        boxes=np.concatenate([low - room, high + room], axis=1),
        keypoints2d=keypoints,
        confidence=seen,
        keypoints3d=np.full((*keypoints.shape[:2], 3), np.nan),
    )
    resting, _, _ = body.forward(smpl.betas, pose, smpl.transl, vertex_ids=body.contact_vertices)
    return SimulatedShot(
        track, shot.times, camera.K, camera.world_from_camera, actor.stature, joints, contacts(resting, shot.times)
    )


def _marks(joints: Array, pose: Array, height: float, noise: NoiseModel) -> Array:
    """(T, L, 3) m, world: where the network's idea of each landmark lies."""
    turned, _ = forward(axis_angle_to_matrix(pose[:, :BODY]), np.zeros((BODY, 3)), np.zeros(3))
    marks = []
    for name, offset in zip(LANDMARKS, noise.offset, strict=True):
        part = part_of(name)
        side = name.removesuffix(part)
        point = TAKE_JOINTS.index(f"{side}big_toe" if part == "foot_index" else name)
        joint = _FASTENED.get(part, part)
        carrier = JOINT_INDEX[joint if joint in ("head", "pelvis") else side + joint]
        outwards = {"left_": 1.0, "right_": -1.0}.get(side, 0.0)
        marks.append(joints[:, point] + turned[:, carrier] @ (height / 1.70 * offset * [outwards, 1, 1]))
    return np.stack(marks, axis=1)
