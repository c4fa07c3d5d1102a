"""The take: everything measured in a capture and everything solved from it; ``take_file.py`` keeps it on the disk.

Frames, units and meanings are those of docs/architecture.md. The dataclasses check their shapes once, on
construction; code that holds one trusts it. numpy only: Blender holds takes too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import BadInputError
from .skeleton import CONTACT_POINTS

Array = NDArray[Any]

# Shapes by name: T frames, C cameras, K keypoints, J joints; k is any length.
SMPL_SHAPES = {
    "betas": ("10",),
    "global_orient": ("T", "3"),
    "body_pose": ("T", "21", "3"),
    "left_hand_pose": ("T", "15", "3"),
    "right_hand_pose": ("T", "15", "3"),
    "transl": ("T", "3"),
}
MANO_SHAPES = {
    "betas": ("10",),
    "global_orient": ("T", "3"),
    "hand_pose": ("T", "15", "3"),
    "transl": ("T", "3"),
    "score": ("T",),
}
PERSON_SHAPES = {
    "present": ("T",),
    "keypoints2d": ("C", "T", "K", "2"),
    "keypoints2d_confidence": ("C", "T", "K"),
    "keypoints3d": ("C", "T", "K", "3"),
    "joints_world": ("T", "J", "3"),
    "joints_confidence": ("T", "J"),
    "contacts": ("T", str(len(CONTACT_POINTS))),
}


@dataclass(frozen=True)
class SmplMotion:
    """SMPL-H parameters in the world: axis-angle radians, metres. See docs/architecture.md, section 3."""

    betas: Array
    global_orient: Array
    body_pose: Array
    left_hand_pose: Array
    right_hand_pose: Array
    transl: Array


@dataclass(frozen=True)
class ManoMotion:
    """MANO parameters of one hand in the world; ``score`` (T,) is the probability that the hand is there."""

    betas: Array
    global_orient: Array
    hand_pose: Array
    transl: Array
    score: Array


@dataclass(frozen=True)
class TakePerson:
    """One actor over all T frames.

    present (T,) bool; keypoints2d (C,T,K,2) px and keypoints2d_confidence (C,T,K); keypoints3d (C,T,K,3) m, camera
    axes, hip-centred (hands wrist-centred); joints_world (T,J,3) m; joints_confidence (T,J); contacts (T,6)
    probabilities.
    """

    id: str
    present: Array
    keypoints2d: Array
    keypoints2d_confidence: Array
    keypoints3d: Array
    joints_world: Array
    joints_confidence: Array
    contacts: Array
    smpl: SmplMotion
    left_hand: ManoMotion
    right_hand: ManoMotion
    name: str = ""
    height: float = float("nan")


@dataclass(frozen=True)
class TakeCameras:
    """timestamps (C,T) s; K (C,3,3) px; distortion (C,k) OpenCV order; size (C,2) px w,h;
    world_from_camera (C,4,4), or (C,T,4,4) for moving cameras, m."""

    timestamps: Array
    K: Array
    distortion: Array
    size: Array
    world_from_camera: Array


@dataclass(frozen=True)
class Take:
    """A capture. ``timestamps`` (T,) s from the container; ``sources``, ``models`` and ``settings`` are JSON-ready;
    ``evidence``: further arrays that were measured and are kept to solve again, by name."""

    timestamps: Array
    fps_nominal: Fraction
    cameras: TakeCameras
    people: tuple[TakePerson, ...]
    keypoint_names: tuple[str, ...]
    joint_names: tuple[str, ...]
    joint_parents: tuple[int, ...]
    sources: list[dict[str, Any]] = field(default_factory=list)
    models: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    created_with: str = ""
    take_id: str = ""
    evidence: dict[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _validate(self)

    @property
    def frame_count(self) -> int:
        return len(self.timestamps)

    @property
    def commercial(self) -> bool:
        """True when every model that touched the take may be used commercially."""
        return all(model.get("commercial", False) for model in self.models)


def _validate(take: Take) -> None:
    ids = [person.id for person in take.people]
    if len(set(ids)) != len(ids):
        raise BadInputError(f"two people share an id in {ids}.", "Ids must be unique.")
    if len(take.joint_names) != len(take.joint_parents):
        raise BadInputError("joint names and parents differ in length.", "Capture the take again.")
    if take.fps_nominal <= 0:
        raise BadInputError(f"fps_nominal {take.fps_nominal} is not positive.", "Capture the take again.")
    cameras = take.cameras
    _expect("timestamps", take.timestamps, ("T",), {})
    _expect("camera/K", cameras.K, ("C", "3", "3"), {})
    sizes = {
        "T": len(take.timestamps),
        "C": len(cameras.K),
        "K": len(take.keypoint_names),
        "J": len(take.joint_names),
    }
    if not np.all(np.isfinite(take.timestamps)) or np.any(np.diff(take.timestamps) <= 0):
        raise BadInputError("the timestamps do not increase.", "Capture the take again.")
    _expect("camera/timestamps", cameras.timestamps, ("C", "T"), sizes)
    _expect("camera/size", cameras.size, ("C", "2"), sizes)
    _expect("camera/distortion", cameras.distortion, ("C", "k"), sizes)
    moving = cameras.world_from_camera.ndim == 4
    pose = ("C", "T", "4", "4") if moving else ("C", "4", "4")
    _expect("camera/world_from_camera", cameras.world_from_camera, pose, sizes)
    for person in take.people:
        prefix = f"person/{person.id}"
        for key, shape in PERSON_SHAPES.items():
            _expect(f"{prefix}/{key}", getattr(person, key), shape, sizes)
        for key, shape in SMPL_SHAPES.items():
            _expect(f"{prefix}/smpl/{key}", getattr(person.smpl, key), shape, sizes)
        for side, hand in (("left", person.left_hand), ("right", person.right_hand)):
            for key, shape in MANO_SHAPES.items():
                _expect(f"{prefix}/mano/{side}/{key}", getattr(hand, key), shape, sizes)


def _expect(key: str, array: Array, shape: tuple[str, ...], sizes: dict[str, int]) -> None:
    expected = tuple(sizes.get(s, -1) if s.isalpha() else int(s) for s in shape)
    actual = np.shape(array)
    if len(actual) != len(expected) or any(e not in (-1, a) for a, e in zip(actual, expected, strict=True)):
        wanted = "(" + ", ".join("any" if e < 0 else str(e) for e in expected) + ")"
        raise BadInputError(f"the array '{key}' has shape {actual}, expected {wanted}.", "Capture the take again.")
