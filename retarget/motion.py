"""A rig in motion, and what the bones of an animation program store for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BadInputError
from ..core.rotation import continuous_quaternions, matrix_to_quaternion, quaternion_to_matrix
from .rig import Rig

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class RigMotion:
    """Every bone of ``rig`` in every frame, in the world: ``rotations`` (T, B, 3, 3), ``heads`` (T, B, 3) m.

    ``fps`` frames a second. Contacts, where they were measured, are (T, 6) probabilities in the take's order.
    """

    rig: Rig
    rotations: Array
    heads: Array
    fps: float
    contacts: Array | None = None

    def __post_init__(self) -> None:
        frames, bones = len(self.rotations), len(self.rig.names)
        for name, shape in (("rotations", (frames, bones, 3, 3)), ("heads", (frames, bones, 3))):
            actual = getattr(self, name).shape
            if actual != shape:
                raise BadInputError(f"Motion: {name} has shape {actual}, expected {shape}.")
            if not np.isfinite(getattr(self, name)).all():
                raise BadInputError(f"Motion: {name} holds values that are not numbers.", "Fill the gaps first.")
        if self.contacts is not None and self.contacts.shape != (frames, 6):
            raise BadInputError(f"Motion: contacts has shape {self.contacts.shape}, expected {(frames, 6)}.")
        if not self.fps > 0:
            raise BadInputError(f"Motion: {self.fps} frames a second.", "Give a frame rate above 0.")

    @property
    def frame_count(self) -> int:
        return len(self.rotations)

    def deltas(self, bone: int) -> Array:
        """(T, 3, 3): how far a bone is turned from its rest, in world axes."""
        return self.rotations[:, bone] @ self.rig.rotations[bone].T


@dataclass(frozen=True, eq=False)
class BoneTracks:
    """What bones store: ``quaternions`` (T, B, 4) and ``locations`` (T, B, 3) m relative to the rest pose, along each
    bone's own rest axes. Neighbouring quaternions lie in one hemisphere."""

    quaternions: Array
    locations: Array


def bone_by_bone(frames: int, bones: int, *shape: int) -> NDArray[np.float64]:
    """An empty array (T, B, …) whose bones each lie together in memory: solves work on one bone after the other."""
    return np.empty((bones, frames, *shape)).swapaxes(0, 1)


def to_tracks(motion: RigMotion) -> BoneTracks:
    """From bones in the world to values relative to parent and rest."""
    rig = motion.rig
    frames, bones = motion.heads.shape[:2]
    quaternions = bone_by_bone(frames, bones, 4)
    locations = bone_by_bone(frames, bones, 3)
    for bone, parent in enumerate(rig.parents):
        if parent < 0:
            carried = np.broadcast_to(rig.rotations[bone], (frames, 3, 3))
            head = np.broadcast_to(rig.heads[bone], (frames, 3))
        else:
            up = rig.rotations[parent].T
            carried = motion.rotations[:, parent] @ (up @ rig.rotations[bone])
            offset = up @ (rig.heads[bone] - rig.heads[parent])
            head = motion.heads[:, parent] + motion.rotations[:, parent] @ offset
        back = np.swapaxes(carried, -1, -2)
        # Bone by bone: what is worked on stays in the processor's cache.
        quaternions[:, bone] = continuous_quaternions(matrix_to_quaternion(back @ motion.rotations[:, bone]))
        locations[:, bone] = (back @ (motion.heads[:, bone] - head)[..., None])[..., 0]
    return BoneTracks(quaternions, locations)


def from_tracks(rig: Rig, tracks: BoneTracks, fps: float, contacts: Array | None = None) -> RigMotion:
    """The inverse of ``to_tracks``: forward kinematics."""
    frames, bones = tracks.quaternions.shape[:2]
    local = quaternion_to_matrix(tracks.quaternions)
    rotations, heads = bone_by_bone(frames, bones, 3, 3), bone_by_bone(frames, bones, 3)
    for bone, parent in enumerate(rig.parents):
        if parent < 0:
            carried = np.broadcast_to(rig.rotations[bone], (frames, 3, 3))
            head = np.broadcast_to(rig.heads[bone], (frames, 3))
        else:
            up = rig.rotations[parent].T
            carried = rotations[:, parent] @ (up @ rig.rotations[bone])
            head = heads[:, parent] + rotations[:, parent] @ (up @ (rig.heads[bone] - rig.heads[parent]))
        rotations[:, bone] = carried @ local[:, bone]
        heads[:, bone] = head + (carried @ tracks.locations[:, bone, :, None])[..., 0]
    return RigMotion(rig, rotations, heads, fps, contacts)


def hang(rig: Rig, rotations: Array, heads: Array, bones: list[int]) -> None:
    """Puts the heads of ``bones``, given parents first, where their parents carry them; in place."""
    for bone in bones:
        parent = int(rig.parents[bone])
        if parent >= 0:
            offset = rig.rotations[parent].T @ (rig.heads[bone] - rig.heads[parent])
            heads[:, bone] = heads[:, parent] + rotations[:, parent] @ offset
