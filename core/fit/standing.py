"""What a solved person shows of the ground: soles, which of them stand, and legs that nobody saw."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..contact.points import SPEED, lasting
from ..rotation import matrix_to_quaternion, normalise, quaternion_to_matrix, slerp
from ..skeleton import JOINT_INDEX, KEYPOINT_INDEX, POSE_LANDMARKS
from ..smooth.filter import smooth
from .observation import Observation
from .person import CameraMotion
from .rig import BODY, CONTACT_JOINTS, Rig, attached, forward

Array = NDArray[np.floating]

_FEET = [KEYPOINT_INDEX[n] for n in ("left_heel", "left_foot_index", "right_heel", "right_foot_index")]
_TORSO = [KEYPOINT_INDEX[n] for n in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")]
_LEG = {side: [KEYPOINT_INDEX[f"{side}_{part}"] for part in ("knee", "ankle")] for side in ("left", "right")}
_LEG_LANDMARKS = {
    side: tuple(f"{side}_{part}" for part in ("knee", "ankle", "heel", "foot_index")) for side in ("left", "right")
}
# A foot counts as seen with this confidence, and a person's feet as ever seen in this share of the frames.
_SEEN, _EVER_SEEN = 0.4, 0.05


@dataclass(frozen=True)
class CameraPerson:
    """One person before the world is known; camera axes, m. joints (T, 22, 3), soles (T, 4, 3) heels and balls."""

    seen: Observation
    betas: Array
    rig: Rig
    motion: CameraMotion
    joints: Array
    soles: Array

    @classmethod
    def of(cls, seen: Observation, betas: Array, rig: Rig, motion: CameraMotion) -> CameraPerson:
        turned, placed = forward(motion.rotations[:, :BODY], rig.rest[:BODY], motion.transl)
        soles = attached(turned, placed, rig.rest, np.array(CONTACT_JOINTS[:4]), rig.contacts[:4])
        return cls(seen, betas, rig, motion, placed, soles)

    def seen_from(self, path: Array) -> CameraPerson:
        """With joints and soles in the first camera's axes; path (T, 4, 4) from each frame's camera to the first's.
        The motion stays in each camera's own."""
        turn, shift = np.swapaxes(path[:, :3, :3], 1, 2), path[:, None, :3, 3]
        return dataclasses.replace(self, joints=self.joints @ turn + shift, soles=self.soles @ turn + shift)

    @property
    def feet(self) -> Array:
        """(T, 4) confidence of heels and balls, 0 where not seen."""
        confidence = self.seen.confidence[:, _FEET]
        return np.where(confidence > _SEEN, confidence, 0.0)

    @property
    def feet_seen(self) -> bool:
        return bool((self.feet > 0).any(1).mean() > _EVER_SEEN)

    @property
    def sight(self) -> Array:
        """(T, 2) confidence of the torso and of the legs."""
        confidence = self.seen.confidence
        legs = np.minimum(confidence[:, _LEG["left"]].mean(1), confidence[:, _LEG["right"]].mean(1))
        return np.stack([confidence[:, _TORSO].mean(1), legs], axis=1)

    def stance(self, timestamps: Array) -> Array:
        """(T, 4) probability that a sole stands still on something, from its own motion."""
        if len(timestamps) < 3:
            return self.feet
        speed = np.linalg.norm(np.gradient(self.soles, timestamps, axis=0), axis=-1)
        return lasting(self.feet / (1 + (speed / (2 * SPEED)) ** 4), timestamps, 0.1)


def hang_legs(person: CameraPerson, up: Array, timestamps: Array) -> CameraPerson:
    """Legs that are out of the picture stand straight down under the pelvis; fades where they come into view.

    up (T, 3): against gravity in each frame's camera axes.
    """
    confidence = person.seen.confidence
    rotations, points = person.motion.rotations.copy(), person.motion.evidence.points.copy()
    changed = False
    for side, rows in _LEG.items():
        unseen = confidence[:, rows].mean(1) < 0.3
        if not unseen.any():
            continue
        changed = True
        share = np.clip(smooth(unseen[:, None].astype(float), timestamps, 1.5)[:, 0], 0, 1)
        turned, _ = forward(rotations[:, :BODY], person.rig.rest[:BODY], person.motion.transl)
        pelvis = turned[:, 0]
        joints = [JOINT_INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle", "foot")]
        straight = np.broadcast_to(np.eye(3), (len(share), 4, 3, 3)).copy()
        straight[:, 0] = np.swapaxes(pelvis, -1, -2) @ _upright(pelvis, up)
        mixed = slerp(matrix_to_quaternion(rotations[:, joints]), matrix_to_quaternion(straight),
                      np.repeat(share[:, None], 4, axis=1))  # fmt: skip
        rotations[:, joints] = quaternion_to_matrix(mixed)
        # What a network made of legs that it did not see is no evidence any more.
        for column, landmark in enumerate(person.rig.landmarks):
            if POSE_LANDMARKS[landmark] in _LEG_LANDMARKS[side]:
                points[share > 0.5, column] = np.nan
    if not changed:
        return person
    evidence = dataclasses.replace(person.motion.evidence, points=points)
    motion = dataclasses.replace(person.motion, rotations=rotations, evidence=evidence)
    return CameraPerson.of(person.seen, person.betas, person.rig, motion)


def _upright(pelvis: Array, up: Array) -> Array:
    """(T, 3, 3) rotations of a body that stands along ``up`` and faces where the pelvis faces."""
    left = pelvis[:, :, 0] - up * np.sum(pelvis[:, :, 0] * up, axis=-1, keepdims=True)
    left = normalise(left)
    return np.stack([left, up, np.cross(left, up)], axis=-1)
