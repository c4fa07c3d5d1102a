"""A person from camera axes into the world, with confidences and contacts: the take's own form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel, load_free_hand
from ..rotation import matrix_to_axis_angle
from ..skeleton import EXTRA_JOINTS, JOINT_INDEX, KEYPOINTS, SMPLH_JOINTS, TAKE_JOINTS
from ..take import ManoMotion, SmplMotion
from .confidence import joint_confidence
from .ground import Grounded
from .rig import forward
from .root import project
from .standing import CameraPerson

Array = NDArray[np.floating]


def person_in_world(
    person: CameraPerson, grounded: Grounded, world_from_camera: Array, camera: Array, body: BodyModel
) -> tuple[SmplMotion, ManoMotion, ManoMotion, Array, Array, Array]:
    """SMPL-H motion, both MANO motions, joints_world (T, 71, 3), joints_confidence (T, 71), contacts (T, 6).

    world_from_camera (T, 4, 4), camera (3, 3) px.
    """
    rotations, transl = grounded.pose.rotations, grounded.pose.transl
    pose = matrix_to_axis_angle(rotations)
    smpl = SmplMotion(
        betas=person.betas.astype(np.float32),
        global_orient=pose[:, 0].astype(np.float32),
        body_pose=pose[:, 1:22].astype(np.float32),
        left_hand_pose=pose[:, 22:37].astype(np.float32),
        right_hand_pose=pose[:, 37:52].astype(np.float32),
        transl=transl.astype(np.float32),
    )
    joints = body.points(person.betas, pose, transl)
    turned, placed = forward(rotations, person.rig.rest, transl)
    in_camera = (joints - world_from_camera[:, None, :3, 3]) @ world_from_camera[:, :3, :3]
    residual = _residuals(in_camera, person, camera)
    confidence = joint_confidence(person.seen.confidence, residual)
    hands = [
        _mano(side, turned, placed, pose, person.seen.hand_score[:, i]) for i, side in enumerate(("left", "right"))
    ]
    return (smpl, hands[0], hands[1], joints.astype(np.float32), confidence.astype(np.float32),
            np.clip(grounded.contacts, 0, 1).astype(np.float32))  # fmt: skip


def _mano(side: str, turned: Array, placed: Array, pose: Array, score: Array) -> ManoMotion:
    wrist, first = JOINT_INDEX[f"{side}_wrist"], JOINT_INDEX[f"{side}_index1"]
    at_rest = load_free_hand(side).joints()[0]
    return ManoMotion(
        betas=np.zeros(10, np.float32),
        global_orient=matrix_to_axis_angle(turned[:, wrist]).astype(np.float32),
        hand_pose=pose[:, first : first + 15].astype(np.float32),
        transl=(placed[:, wrist] - at_rest).astype(np.float32),
        score=np.nan_to_num(score).astype(np.float32),
    )


def _residuals(joints: Array, person: CameraPerson, camera: Array) -> Array:
    """(T, 75) image distance of each keypoint from its joint, as a share of the box's longer side; NaN without one."""
    pixels = project(joints, camera)
    residual = np.full(person.seen.confidence.shape, np.nan)
    side = person.seen.box_side[:, None]
    rows, columns = _pairs()
    residual[:, rows] = np.linalg.norm(pixels[:, columns] - person.seen.keypoints2d[:, rows], axis=-1) / side
    return residual


def _pairs() -> tuple[list[int], list[int]]:
    """Keypoint and take joint that name the same point."""
    pairs = []
    for row, name in enumerate(KEYPOINTS):
        side, _, part = name.partition("_")
        if part == "foot_index":
            name = f"{side}_big_toe"
        elif part.startswith("hand_") and part != "hand_wrist":
            finger, segment = part.removeprefix("hand_").split("_")
            order = ("cmc", "mcp", "ip") if finger == "thumb" else ("mcp", "pip", "dip")
            name = f"{side}_{finger}_tip" if segment == "tip" else f"{side}_{finger}{order.index(segment) + 1}"
        if name in SMPLH_JOINTS or name in EXTRA_JOINTS:
            pairs.append((row, TAKE_JOINTS.index(name)))
    return [r for r, _ in pairs], [c for _, c in pairs]
