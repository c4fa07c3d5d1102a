"""Edited motions as a take of their own, which plays and exports like any other."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.choice import body_of
from ..body.numpy_model import BodyModel, load_free_hand
from ..errors import BadInputError
from ..rotation import quaternion_to_axis_angle
from ..skeleton import JOINT_INDEX
from ..take import ManoMotion, Take, TakePerson
from .motion import Motion

Array = NDArray[Any]

_SAME_S = 1e-4  # times closer than this are one moment


def edited_take(take: Take, motions: Mapping[str, Motion], old_folder: Path, new_folder: Path) -> Take:
    """A take whose people move as ``motions``, by id. Its sources are named from ``new_folder``.

    Frames that show what the footage shows at their time keep what was measured in them; others (after a change of
    speed, a loop, a stitch, a swap of people) have no footage to match: not measured is NaN with confidence 0.
    Everybody must be on one time line. Raises BadInputError where they are not, or where somebody was scaled, which
    SMPL's shapes cannot hold.
    """
    lines = [motion.timestamps for motion in motions.values()]
    if not lines:
        raise BadInputError("the take has no people.")
    times = lines[0]
    if any(len(line) != len(times) or not np.allclose(line, times, atol=1e-6) for line in lines):
        raise BadInputError(
            "the people are no longer on one time line.", "Trim, speed and loops must be for everybody to be saved."
        )
    own = take.timestamps - take.timestamps[0]
    frames = np.clip(np.searchsorted(own, times - 1e-6), 0, len(own) - 1)
    cameras = take.cameras
    world = cameras.world_from_camera
    moved = dataclasses.replace(
        cameras,
        timestamps=cameras.timestamps[:, frames] + (times - own[frames]),
        world_from_camera=world[:, frames] if world.ndim == 4 else world,
    )
    on_a_frame = np.abs(own[frames] - times) < _SAME_S
    body = body_of(take.settings)
    people = tuple(_person(person, motions[person.id], frames, on_a_frame, body) for person in take.people)
    sources = [_source(source, old_folder, new_folder) for source in take.sources]
    return dataclasses.replace(
        take, timestamps=times + take.timestamps[0], cameras=moved, people=people, sources=sources
    )


def _source(source: dict[str, Any], old_folder: Path, new_folder: Path) -> dict[str, Any]:
    path = (old_folder / source["path"]).resolve()
    try:
        return {**source, "path": Path(os.path.relpath(path, new_folder.resolve())).as_posix()}
    except ValueError:  # another drive on Windows
        return {**source, "path": path.as_posix()}


def _person(
    person: TakePerson, motion: Motion, frames: Array, on_a_frame: Array, body: BodyModel
) -> TakePerson:
    measured = on_a_frame & (np.abs(motion.source - motion.timestamps) < _SAME_S)
    if abs(motion.scale - 1) > 1e-6:
        raise BadInputError(
            f"person {person.id} was scaled to another height.", "Switch that step off, or capture with that height."
        )
    smpl = motion.to_smpl(person.smpl.betas)
    pose = np.concatenate(
        [smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], axis=1
    )
    joints = body.points(np.nan_to_num(person.smpl.betas), pose, smpl.transl).astype(np.float32)
    confidence = person.joints_confidence[frames].copy()
    confidence[:, : motion.confidence.shape[1]] = motion.confidence
    return dataclasses.replace(
        person,
        present=motion.present > 0.5,
        keypoints2d=_kept(person.keypoints2d, frames, measured, np.nan),
        keypoints2d_confidence=_kept(person.keypoints2d_confidence, frames, measured, 0.0),
        keypoints3d=_kept(person.keypoints3d, frames, measured, np.nan),
        joints_world=joints,
        joints_confidence=confidence.astype(np.float32),
        contacts=motion.contacts.astype(np.float32),
        smpl=smpl,
        left_hand=_hand(person.left_hand, motion, joints, "left", smpl.left_hand_pose),
        right_hand=_hand(person.right_hand, motion, joints, "right", smpl.right_hand_pose),
    )


def _kept(values: Array, frames: Array, measured: Array, otherwise: float) -> Array:
    """values (C, T, …) at ``frames``, ``otherwise`` where the frame was not measured."""
    out = np.array(values[:, frames], np.result_type(values, np.float32))
    out[:, ~measured] = otherwise
    return out


def _hand(hand: ManoMotion, motion: Motion, joints: Array, side: str, pose: Array) -> ManoMotion:
    """MANO's parameters that follow the body: the wrist's orientation in the world, the wrist in its place."""
    wrist = JOINT_INDEX[f"{side}_wrist"]
    rest = load_free_hand(side).joints(np.nan_to_num(hand.betas))[0]
    orient = quaternion_to_axis_angle(motion.global_rotations()[:, wrist])
    return dataclasses.replace(
        hand,
        global_orient=orient.astype(np.float32),
        hand_pose=pose,
        transl=(joints[:, wrist] - rest).astype(np.float32),
        score=motion.hand_scores[:, 0 if side == "left" else 1].astype(np.float32),
    )
