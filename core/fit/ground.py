"""People in the world: their whole motion solved there, the floor found from what stands, and solved again standing."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..contact.detect import SOLES, Contacts, Detector, detect
from ..skeleton import JOINT_INDEX, KEYPOINT_INDEX
from .constraints import Footing
from .floor import world_from_camera
from .levelling import levelling
from .prior import load_prior
from .rig import BODY, Rig, forward
from .standing import CameraPerson
from .terms import Pose
from .trajectory import Motion, soles, solve_trajectory

Array = NDArray[np.floating]

# The landmarks that show the contact points.
_LANDMARKS = [KEYPOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("heel", "foot_index")]
_LANDMARKS += [KEYPOINT_INDEX["left_wrist"], KEYPOINT_INDEX["right_wrist"]]
_SHOULDERS = [JOINT_INDEX["left_shoulder"], JOINT_INDEX["right_shoulder"]]
# Rounds of each solve: alone, with feet held still, and standing on the floor.
_ALONE, _HELD, _STANDING = 2, 1, 3
PASSES = 3
# Nobody's feet are this far (m) from the common floor by mistake.
_OTHER_FLOOR = 0.15


@dataclass(frozen=True)
class Grounded:
    """``pose`` in the world, all 52 joints; ``contacts`` (T, 6) probabilities."""

    pose: Pose
    contacts: Array


def ground(
    people: list[CameraPerson], cameras: Array, timestamps: Array,
    progress: Callable[[int], None] = lambda frames: None, detector: Detector = detect,
) -> tuple[Array, list[Grounded]]:  # fmt: skip
    """Solves everybody's motion in the world, finds what stands, levels the floor under it, and solves it standing.

    cameras (T, 4, 4) to the world, gravity about along −Z and the floor about at z = 0; timestamps (T,) s;
    ``progress(frames)`` is told ``PASSES`` times of every frame of a person. Returns the cameras in the world as
    levelled, and the people in it. ``detector`` finds the contacts.
    """

    def alone(person: CameraPerson) -> tuple[Motion, Contacts, Pose]:
        start = to_world(Pose(person.motion.rotations[:, :BODY], person.motion.transl), person.rig, cameras)
        prior = load_prior()
        motion = Motion(
            start, start, person.motion.evidence, np.linalg.inv(cameras), timestamps, prior=prior
        )  # fmt: skip
        free = solve_trajectory(motion, person.rig, _ALONE, progress)
        found = _contacts(free, person, cameras, timestamps, detector)
        held = Footing(found.standing, np.full_like(found.level, np.nan), -np.inf)
        standing = solve_trajectory(dataclasses.replace(motion, start=free, footing=held), person.rig, _HELD, progress)
        return dataclasses.replace(motion, start=standing), found, free

    def standing(person: CameraPerson, motion: Motion, free: Pose) -> Grounded:
        motion = _moved(motion, level, person.rig)
        # Feet that are held tell nothing of whether they stand.
        found = _contacts(to_world(free, person.rig, level), person, world, timestamps, detector)
        footing = Footing(found.standing, found.level)
        pose = solve_trajectory(dataclasses.replace(motion, footing=footing), person.rig, _STANDING, progress)
        hold = person.motion.hold.turned(world[:, :3, :3])
        body = hold.onto(pose, timestamps, person.rig)
        rotations = np.concatenate([body, person.motion.rotations[:, BODY:]], axis=1)
        return Grounded(Pose(rotations, pose.transl), found.probability)

    # Side by side: linear algebra leaves the interpreter alone.
    with ThreadPoolExecutor(min(len(people), os.cpu_count() or 1)) as pool:
        first = list(pool.map(alone, people))
        motions = [motion for motion, _, _ in first]
        level = _level(motions, [found for _, found, _ in first], people, cameras)
        world = level @ cameras
        return world, list(pool.map(standing, people, motions, [free for _, _, free in first]))


def to_world(pose: Pose, rig: Rig, into: Array) -> Pose:
    """A pose in other axes: ``into`` (T, 4, 4) or (4, 4) brings the present ones there."""
    turn, shift = into[..., :3, :3], into[..., :3, 3]
    rotations = pose.rotations.copy()
    rotations[:, 0] = turn @ rotations[:, 0]
    return Pose(rotations, (turn @ (rig.rest[0] + pose.transl)[..., None])[..., 0] + shift - rig.rest[0])


def _moved(motion: Motion, level: Array, rig: Rig) -> Motion:
    return dataclasses.replace(
        motion,
        start=to_world(motion.start, rig, level),
        expected=to_world(motion.expected, rig, level),
        camera_from_world=motion.camera_from_world @ np.linalg.inv(level),
    )


def _contacts(
    pose: Pose, person: CameraPerson, cameras: Array, timestamps: Array, detector: Detector
) -> Contacts:  # fmt: skip
    points = soles(pose, person.rig)
    shoulders = forward(pose.rotations, person.rig.rest[:BODY], pose.transl)[1][:, _SHOULDERS]
    # Somebody on a box or a stage stands on that: their feet are measured from there, and held there.
    own = _own_floor(points, person)
    confidence = person.seen.confidence[:, _LANDMARKS]
    eye = cameras[:, :3, 3] - [0, 0, own]
    found = detector(
        points - [0, 0, own], shoulders - [0, 0, own], eye, timestamps, confidence, person.rig.height
    )  # fmt: skip
    return dataclasses.replace(found, level=found.level + own)


def _own_floor(points: Array, person: CameraPerson) -> float:
    if not person.feet_seen:
        return 0.0
    lowest = np.where(person.feet > 0, points[:, :SOLES, 2], np.inf).min(1)
    usual = float(np.quantile(lowest[np.isfinite(lowest)], 0.2))
    return usual if abs(usual) > _OTHER_FLOOR else 0.0


def _level(motions: list[Motion], contacts: list[Contacts], people: list[CameraPerson], cameras: Array) -> Array:
    points, weights = [], []
    for motion, found, person in zip(motions, contacts, people, strict=True):
        points.append(soles(motion.start, person.rig)[:, :SOLES].reshape(-1, 3))
        on_floor = np.abs(np.nan_to_num(found.level[:, :SOLES], nan=1.0)) < 1e-9
        weights.append((found.standing[:, :SOLES] * on_floor).reshape(-1))
    level = levelling(np.concatenate(points), np.concatenate(weights), cameras[0, :3, 2]) @ cameras[0]
    # The same plane, with the first camera over the origin again and +Y where it looks.
    return world_from_camera(level[2, :3], -level[2, 3]) @ np.linalg.inv(cameras[0])
