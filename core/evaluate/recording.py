"""People through time in one joint set, from a take or from a data set: what the protocols compare."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..take import Take, TakeCameras
from .annotation import Annotation
from .joint_sets import convert, joint_names, missing
from .masks import known
from .multiview import project, to_camera
from .timing import FrameMatch, match_frames

Array = NDArray[Any]
JointSet = str | tuple[str, ...]


@dataclass(frozen=True)
class Recording:
    """P people over T frames, J joints of one set.

    camera (P,T,J,3) m in the axes of camera 0, or None where no camera is known; world (P,T,J,3) m in one still world;
    pixels (P,T,J,2) of camera 0 or None; score (P,T) how sure each person is; hands (P,T,2) probability of the right
    and the left hand, or None. NaN is the mask. ``lacking`` are joints of the set that the source does not have.
    """

    name: str
    joint_names: tuple[str, ...]
    lacking: tuple[str, ...]
    timestamps: Array
    people: tuple[str, ...]
    camera: Array | None
    world: Array
    pixels: Array | None
    score: Array
    hands: Array | None

    def at(self, frames: Array) -> Recording:
        """The same at some frames."""

        def cut(array: Array | None) -> Array | None:
            return None if array is None else array[:, frames]

        return Recording(
            self.name, self.joint_names, self.lacking, self.timestamps[frames], self.people, cut(self.camera),
            self.world[:, frames], cut(self.pixels), self.score[:, frames], cut(self.hands),
        )  # fmt: skip


def recording_of_take(
    take: Take, joint_set: JointSet, name: str = "prediction", derive: Iterable[str] = (), gaps: bool = False
) -> Recording:
    """A take's people; frames in which a person was not measured are NaN unless ``gaps``. Raises BadInputError."""
    if not take.people:
        raise BadInputError(f"{name} has no people.", "Choose a take in which somebody was found.")
    source, derive = tuple(take.joint_names), _possible(take.joint_names, derive)
    keep = np.array([np.asarray(p.present, bool) | gaps for p in take.people])
    world = np.array([convert(np.asarray(p.joints_world, np.float64), source, joint_set, derive) for p in take.people])
    world = np.where(keep[..., None, None], world, np.nan)
    pose, lens = np.asarray(take.cameras.world_from_camera[0], np.float64), take.cameras
    sure = np.array([np.mean(p.joints_confidence, axis=-1) for p in take.people], np.float64)
    scores = [np.stack([p.right_hand.score, p.left_hand.score], axis=-1) for p in take.people]
    return Recording(
        name=name,
        joint_names=joint_names(joint_set),
        lacking=missing(source, joint_set, derive),
        timestamps=np.asarray(take.timestamps, np.float64),
        people=tuple(p.id for p in take.people),
        camera=np.array([to_camera(person, pose) for person in world]),
        world=world,
        pixels=np.array([project(person, lens.K[0], pose, lens.distortion[0]) for person in world]),
        score=np.where(keep, sure, np.nan),
        hands=np.where(keep[..., None], np.array(scores, np.float64), np.nan),
    )


def recording_of_annotation(annotation: Annotation, joint_set: JointSet, derive: Iterable[str] = ()) -> Recording:
    """What a data set says. Hands are there where any of their joints is annotated."""
    source, derive = annotation.joint_names, _possible(annotation.joint_names, derive)
    joints = convert(np.asarray(annotation.joints, np.float64), source, joint_set, derive)
    names = joint_names(joint_set)
    world = annotation.extra.get("joints_file_world")
    camera: Array | None = joints
    if annotation.frame == "world":
        camera, world = _in_camera(joints, annotation.cameras), joints
    elif world is None:
        world = joints
    else:
        # The file's world goes on where the camera's joints are masked: the mask is one.
        world = convert(np.asarray(world, np.float64), source, joint_set, derive)
        world = np.where(np.isfinite(joints), world, np.nan)
    flat = None if annotation.joints2d is None else convert(annotation.joints2d[0], source, joint_set, derive)
    there = known(joints)
    sides = [[i for i, n in enumerate(names) if n.startswith(f"{s}_") and _is_hand(n)] for s in ("right", "left")]
    hands = np.stack([there[..., side].any(-1) for side in sides], axis=-1).astype(np.float64) if all(sides) else None
    if hands is not None and annotation.hand_type is not None:
        hands = np.where((np.asarray(annotation.hand_type) == "")[..., None], np.nan, hands)
    return Recording(
        name=annotation.name,
        joint_names=names,
        lacking=missing(source, joint_set, derive),
        timestamps=np.asarray(annotation.timestamps, np.float64),
        people=annotation.people,
        camera=camera,
        world=np.asarray(world),
        pixels=flat,
        score=np.ones(there.shape[:2]),
        hands=hands,
    )


def matched_frames(predicted: Array, truth: Array, tolerance: float | None = None) -> FrameMatch:
    """Frames that belong together. Times are matched as times; pictures that the truth numbers 0, 1, … are matched with
    the prediction's frames of those numbers.

    Raises BadInputError where the prediction has too few frames for the numbers.
    """
    numbers = np.round(truth).astype(int)
    numbered = len(truth) > 1 and np.array_equal(numbers, truth)
    if not numbered or np.array_equal(np.round(predicted), predicted):
        return match_frames(predicted, truth, tolerance)
    if numbers[-1] >= len(predicted):
        raise BadInputError(
            f"The truth numbers its pictures up to {numbers[-1]}; the prediction has {len(predicted)} frames.",
            "Capture the whole folder of pictures or the whole video.",
        )
    return FrameMatch(numbers, np.arange(len(truth)), len(predicted) - len(truth), 0)


def _in_camera(joints: Array, cameras: TakeCameras | None) -> Array | None:
    if cameras is None:
        return None
    pose = np.asarray(cameras.world_from_camera[0], np.float64)
    return np.array([to_camera(person, pose) for person in joints])


def _possible(source: Iterable[str], derive: Iterable[str]) -> tuple[str, ...]:
    """What need be derived: joints that the source does not have itself."""
    have = set(source)
    return tuple(name for name in derive if name not in have)


def _is_hand(name: str) -> bool:
    return any(finger in name for finger in ("thumb", "index", "middle", "ring", "pinky"))
