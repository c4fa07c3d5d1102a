"""One person's motion in camera axes, frame by frame: filter, closed form, place, refine, smooth.

Where the whole motion is solved from (``trajectory``), with the evidence for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_quaternion, quaternion_to_matrix
from ..skeleton import JOINT_INDEX
from ..smooth.filter import smooth, smooth_rotations
from .evidence import Filtered
from .hold import HandHold, hand_motion
from .ik import body_pose
from .observation import Observation
from .refine import refine
from .rig import BODY, Rig, attached, forward
from .root import locate
from .terms import Evidence, Pose
from .unmeasured import complete

Array = NDArray[np.floating]

# Cutoffs in Hz, of what the whole motion is started from; depth is the noisiest by far.
_TRUNK_CUTOFF, _LIMB_CUTOFF = 5.0, 8.0
_LATERAL_CUTOFF, _DEPTH_CUTOFF = 6.0, 2.0
_TRUNK = ("pelvis", "spine1", "spine2", "spine3", "neck", "head", "left_collar", "right_collar")


@dataclass(frozen=True)
class CameraMotion:
    """Local rotations (T, 52, 3, 3) and transl (T, 3) m in camera axes; the evidence used; how the hands are held."""

    rotations: Array
    transl: Array
    evidence: Evidence
    hold: HandHold


def solve_in_camera(seen: Observation, timestamps: Array, camera: Array, rig: Rig) -> CameraMotion:
    """Poses and places one person in every frame. timestamps (T,) s, camera (3, 3)."""
    found = Filtered.of(seen, timestamps, camera)
    evidence = found.evidence(seen, camera, rig)
    body_points = np.nan_to_num(complete(found.body_points, rig))
    hands = [hand_motion(side, found, body_points, timestamps, camera, rig) for side in ("left", "right")]
    palm = np.stack([h.palm for h in hands], axis=1)
    palm_weight = np.stack([h.weight for h in hands], axis=1)

    start = body_pose(body_points, palm, palm_weight, rig)
    weight = ((found.body_confidence > 0.1).sum(1) >= 4) * found.body_confidence.mean(1)
    posed = attached(*forward(start, rig.rest[:BODY], np.zeros(3)), rig.rest, rig.landmark_joints, rig.landmark_rest)
    transl = locate(posed, evidence.rays, evidence.confidence, 3 * evidence.image_error)
    transl = _smooth_root(transl, timestamps, weight)
    first = refine(Pose(start, transl), evidence, rig)
    rotations = _smooth_pose(first.rotations, timestamps, weight)
    transl = _smooth_root(first.transl, timestamps, weight)
    hold = HandHold(palm, np.stack([h.share for h in hands], axis=1))
    rotations = hold.onto(Pose(rotations, transl), timestamps, rig)
    return CameraMotion(
        rotations=np.concatenate([rotations, hands[0].fingers, hands[1].fingers], axis=1),
        transl=transl,
        evidence=evidence,
        hold=hold,
    )


def _smooth_pose(rotations: Array, timestamps: Array, weight: Array) -> Array:
    cutoffs = np.full(BODY, _LIMB_CUTOFF)
    cutoffs[[JOINT_INDEX[name] for name in _TRUNK]] = _TRUNK_CUTOFF
    quaternions = smooth_rotations(matrix_to_quaternion(rotations), timestamps, cutoffs, _frames(weight, BODY))
    return quaternion_to_matrix(quaternions)


def _smooth_root(transl: Array, timestamps: Array, weight: Array) -> Array:
    """Depth along the line of sight is smoothed on its own, and the body kept on its pixels meanwhile."""
    depth = np.maximum(transl[:, 2:], 0.2)
    sight = smooth((transl[:, :2] / depth)[:, None], timestamps, _LATERAL_CUTOFF, _frames(weight))[:, 0]
    # Apparent size is proportional to 1 / depth, so the logarithm has an even error near and far.
    depth = np.exp(smooth(np.log(depth)[:, None], timestamps, _DEPTH_CUTOFF, _frames(weight))[:, 0])
    return np.concatenate([sight * depth, depth], axis=-1)


def _frames(weight: Array, channels: int = 1) -> Array:
    return np.repeat(np.asarray(weight, np.float64)[:, None], channels, axis=1)
