"""What a motion must keep to: soles that stand, a floor that nothing sinks into, joints that a user put somewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..skeleton import EXTRA_JOINTS, JOINT_INDEX
from .banded import Banded
from .blocks import Blocks
from .rig import CONTACT_JOINTS, Rig, attached
from .terms import Normal

Array = NDArray[np.floating]

# A sole that stands: metres per root second it may creep, and above or below its floor.
_CREEP, _HEIGHT = 0.004, 0.004
_DEPTH_OF_SOLE, _REACH = 0.004, 0.003


@dataclass(frozen=True)
class Footing:
    """``standing`` (T, 6): how surely each contact point stands still, 0 … 1; ``level`` (T, 6) m: the height of the
    surface it stands on, NaN where that is unknown; ``floor`` m: nothing is below it, -inf without one."""

    standing: Array
    level: Array
    floor: float = 0.0

    def part(self, frames: slice) -> Footing:
        """That of some frames."""
        return Footing(self.standing[frames], self.level[frames], self.floor)


@dataclass(frozen=True)
class Pins:
    """Joints that must be somewhere: ``frames`` (P,), ``joints`` (P,) indices into the 22 of the body, ``positions``
    (P, 3) m in the world, ``error`` (P,) m how far they may be off."""

    frames: NDArray[np.int64]
    joints: NDArray[np.int64]
    positions: Array
    error: Array

    def part(self, frames: slice) -> Pins:
        """Those of some frames, counted from the first of them."""
        kept = (self.frames >= frames.start) & (self.frames < frames.stop)
        return Pins(self.frames[kept] - frames.start, self.joints[kept], self.positions[kept], self.error[kept])


def stand(system: Banded, normal: Normal, turned: Array, placed: Array, footing: Footing, timestamps: Array,
          rig: Rig, blocks: Blocks) -> None:  # fmt: skip
    """Soles that stand do not move over a step, and are as high as what they stand on; nothing is below the floor."""
    joints = np.array(CONTACT_JOINTS)
    points = attached(turned, placed, rig.rest, joints, rig.contacts)
    jacobian = blocks.jacobian(turned, placed, points, joints)
    # What stands at both ends of a step does not move over it.
    if len(points) > 1:
        both = np.minimum(footing.standing[1:], footing.standing[:-1])
        weight = np.sqrt(both / np.diff(timestamps)[:, None]) / _CREEP
        after = (jacobian[1:] * weight[..., None, None].astype(np.float32)).reshape(len(both), -1, normal.side.shape[1])
        before = (jacobian[:-1] * weight[..., None, None].astype(np.float32)).reshape(after.shape)
        moved = ((points[1:] - points[:-1]) * weight[..., None]).reshape(len(both), -1, 1).astype(np.float32)
        normal.matrix[1:] += np.swapaxes(after, 1, 2) @ after
        normal.matrix[:-1] += np.swapaxes(before, 1, 2) @ before
        system.add_coupling(-(np.swapaxes(after, 1, 2) @ before))
        normal.side[1:] += (np.swapaxes(after, 1, 2) @ moved)[..., 0]
        normal.side[:-1] -= (np.swapaxes(before, 1, 2) @ moved)[..., 0]
    known = np.isfinite(footing.level)
    weight = np.where(known, footing.standing, 0.0) / _HEIGHT
    system_rows = jacobian[:, :, 2] * weight[..., None]
    normal.add(system_rows, np.where(known, points[..., 2] - np.nan_to_num(footing.level), 0.0) * weight)
    if np.isfinite(footing.floor):
        toes = np.array([JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]])
        tips = rig.extras[[EXTRA_JOINTS.index("left_big_toe"), EXTRA_JOINTS.index("right_big_toe")]]
        low = attached(turned, placed, rig.rest, toes, tips)
        low_rows = blocks.jacobian(turned, placed, low, toes)
        for where, rows in ((points, jacobian), (low, low_rows)):
            height = where[..., 2] - footing.floor
            # What is just above is held too: a wall that only stops what has passed it makes the steps go to and fro.
            weight = np.exp(-np.clip(height, 0, None) / _REACH) / _DEPTH_OF_SOLE
            normal.add(rows[:, :, 2] * weight[..., None], height * weight)


def pin(normal: Normal, turned: Array, placed: Array, pins: Pins, blocks: Blocks) -> None:
    """Pinned joints against where they must be."""
    for joint in np.unique(pins.joints):
        chosen = np.flatnonzero(pins.joints == joint)
        frames = pins.frames[chosen]
        where = placed[frames][:, [joint]]
        rows = blocks.jacobian(turned[frames], placed[frames], where, np.array([joint]))[:, 0]
        weight = (1 / pins.error[chosen]).astype(np.float32)
        rows = rows * weight[:, None, None]
        residual = ((where[:, 0] - pins.positions[chosen]) * weight[:, None]).astype(np.float32)
        transposed = np.swapaxes(rows, 1, 2)
        np.add.at(normal.matrix, frames, transposed @ rows)
        np.add.at(normal.side, frames, (transposed @ residual[..., None])[..., 0])
