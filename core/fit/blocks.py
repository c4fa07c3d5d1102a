"""The unknowns of a solve: one rotation per block of joints that bend together, and how points move with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from ..rotation import axis_angle_to_matrix, matrix_to_axis_angle
from ..skeleton import JOINT_INDEX
from .rig import ancestors

Array = NDArray[np.floating]

# The largest turn (rad) of one step.
_STEP_LIMIT = 0.5


@dataclass(frozen=True)
class Blocks:
    """``names`` of the joints that share one local rotation, the leading joint first; ``spread`` (rad): how far each
    may stray from where it is expected, about its local axes x, y, z. The unknowns of a frame are the translation (3)
    and a turn (3) per block."""

    names: tuple[tuple[str, ...], ...]
    spread: tuple[tuple[float, float, float], ...]

    @property
    def size(self) -> int:
        """Unknowns per frame."""
        return 3 + 3 * len(self.names)

    @cached_property
    def leaders(self) -> NDArray[np.int64]:
        """(B,) the first joint of each block."""
        return np.array([JOINT_INDEX[names[0]] for names in self.names])

    @cached_property
    def stiffness(self) -> Array:
        """(3 B,) 1 / spread²."""
        return 1 / np.array(self.spread).reshape(-1) ** 2

    def column(self, joint: int) -> int:
        """Where the turn of a leading joint begins among the unknowns."""
        return 3 + 3 * int(np.flatnonzero(self.leaders == joint)[0])

    def offset(self, rotations: Array, expected: Array) -> Array:
        """(T, 3 B) the turn of each block from where it is expected; local rotations (T, J, 3, 3)."""
        relative = np.swapaxes(expected[:, self.leaders], -1, -2) @ rotations[:, self.leaders]
        return matrix_to_axis_angle(relative).reshape(len(rotations), -1)

    def step(self, rotations: Array, transl: Array, change: Array) -> tuple[Array, Array]:
        """Local rotations (T, J, 3, 3) and translations (T, 3) after a change (T, size) of the unknowns."""
        turn = change[:, 3:].reshape(len(change), -1, 3)
        length = np.linalg.norm(turn, axis=-1, keepdims=True)
        turn = turn * np.minimum(1, _STEP_LIMIT / np.maximum(length, 1e-12))
        members = [(JOINT_INDEX[name], block) for block, names in enumerate(self.names) for name in names]
        joints, block_of = np.array(members).T
        updated = rotations.copy()
        updated[:, joints] = rotations[:, joints] @ axis_angle_to_matrix(turn)[:, block_of]
        return updated, transl + change[:, :3]

    def jacobian(self, turned: Array, placed: Array, points: Array, joints: NDArray[np.int64]) -> NDArray[np.float32]:
        """(T, N, 3, size): how points (T, N, 3), fastened to ``joints`` (N,), move with the unknowns.

        ``turned`` (T, J, 3, 3) and ``placed`` (T, J, 3) are the joints' global rotations and places.
        """
        frames, count, columns = *points.shape[:2], 1 + len(self.names)
        # Seen as triples: the translation of a point's coordinate, then its turns, block by block.
        triples = np.zeros((frames, count * 3 * columns, 3), np.float32)
        triples.reshape(frames, count, 3, columns, 3)[:, :, :, 0] = np.eye(3, dtype=np.float32)
        for rows, movers, blocks in _levers(self.names, tuple(int(j) for j in joints)):
            x, y, z = np.moveaxis(points[:, rows] - placed[:, movers], 2, 0).astype(np.float32)
            rx, ry, rz = np.moveaxis(turned[:, movers], (2, 3), (0, 1)).astype(np.float32)
            # axis × lever for the three columns of the global rotation; pairs of point and joint come last, since
            # operations on long rows take a fraction of those on triples.
            turn = np.stack([ry * z - rz * y, rz * x - rx * z, rx * y - ry * x])
            at = (3 * rows[:, None] + np.arange(3)) * columns + 1 + blocks[:, None]
            triples[:, at] += np.moveaxis(turn, (0, 1), (2, 3))
        return triples.reshape(frames, count, 3, self.size)


@cache
def _levers(names: tuple[tuple[str, ...], ...], joints: tuple[int, ...]) -> tuple[tuple[NDArray[np.int64], ...], ...]:
    """(points, joints that move them, their blocks), so that no (point, block) occurs twice in one group."""
    moves = ancestors()[np.array(joints)]
    groups = []
    for place in range(max(len(members) for members in names)):
        found = [
            (point, JOINT_INDEX[members[place]], block)
            for block, members in enumerate(names)
            if place < len(members)
            for point in np.flatnonzero(moves[:, JOINT_INDEX[members[place]]])
        ]
        if found:
            groups.append(tuple(np.array(column) for column in zip(*found, strict=True)))
    return tuple(groups)


# Hinges move freely about their own axis and hardly about the others.
BODY_BLOCKS = Blocks(
    *zip(
        (("pelvis",), (0.35, 0.35, 0.25)),
        (("spine1", "spine2", "spine3"), (0.12, 0.1, 0.1)),
        (("neck", "head"), (0.2, 0.2, 0.2)),
        (("left_collar",), (0.08, 0.15, 0.15)),
        (("right_collar",), (0.08, 0.15, 0.15)),
        (("left_shoulder",), (0.4, 0.7, 0.7)),
        (("right_shoulder",), (0.4, 0.7, 0.7)),
        (("left_elbow",), (0.08, 0.7, 0.08)),
        (("right_elbow",), (0.08, 0.7, 0.08)),
        (("left_wrist",), (0.1, 0.3, 0.3)),
        (("right_wrist",), (0.1, 0.3, 0.3)),
        (("left_hip",), (0.7, 0.3, 0.6)),
        (("right_hip",), (0.7, 0.3, 0.6)),
        (("left_knee",), (0.7, 0.08, 0.06)),
        (("right_knee",), (0.7, 0.08, 0.06)),
        (("left_ankle",), (0.35, 0.25, 0.2)),
        (("right_ankle",), (0.35, 0.25, 0.2)),
        strict=True,
    )
)
