"""A skeleton at rest, whatever program it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BadInputError
from ..core.rotation import normalise

Array = NDArray[np.floating]

_ORTHONORMAL = 1e-3


@dataclass(frozen=True, eq=False)
class Rig:
    """Bones at rest, in metres, Z up, in the world (where the motion is wanted too).

    ``parents`` (B,) index of each bone's parent, −1 for roots, parents before children; ``rotations`` (B, 3, 3)
    bone axes in the world, as the program has them; ``heads`` and ``tails`` (B, 3). ``floor``: height its soles rest
    on. Raises BadInputError, naming the bone, for anything that is no such skeleton.
    """

    names: tuple[str, ...]
    parents: NDArray[np.integer]
    rotations: Array
    heads: Array
    tails: Array
    floor: float = 0.0

    def __post_init__(self) -> None:
        count = len(self.names)
        if not count:
            raise BadInputError("The rig has no bones.", "Choose an armature with a skeleton in it.")
        expected = {"parents": (count,), "rotations": (count, 3, 3), "heads": (count, 3), "tails": (count, 3)}
        for name, shape in expected.items():
            if getattr(self, name).shape != shape:
                raise BadInputError(f"Rig: {name} has shape {getattr(self, name).shape}, expected {shape}.")
        twice = sorted({name for name in self.names if self.names.count(name) > 1}) if len(self.index) < count else []
        if twice:
            raise BadInputError(f"Two bones are called {twice[0]!r}.", "Give every bone a name of its own.")
        for name in ("rotations", "heads", "tails"):
            bad = ~np.isfinite(getattr(self, name)).reshape(count, -1).all(axis=1)
            if bad.any():
                raise BadInputError(f"Bone {self.names[int(bad.argmax())]!r} has {name} that are not numbers.")
        if (self.parents >= np.arange(count)).any():
            late = int((self.parents >= np.arange(count)).argmax())
            raise BadInputError(f"Bone {self.names[late]!r} comes before its parent; list parents first.")
        skew = np.abs(np.swapaxes(self.rotations, -1, -2) @ self.rotations - np.eye(3)).reshape(count, -1).max(axis=1)
        mirrored = np.linalg.det(self.rotations) < 0
        if mirrored.any() or skew.max() > _ORTHONORMAL:
            at = int(mirrored.argmax()) if mirrored.any() else int(skew.argmax())
            raise BadInputError(
                f"Bone {self.names[at]!r} is {'mirrored' if mirrored.any() else 'sheared or scaled'} at rest.",
                "Apply the scale of the armature object, with all three axes alike and none negative.",
            )

    @classmethod
    def of_joints(
        cls, names: Sequence[str], parents: Sequence[int], joints: Array, rotations: Array | None = None
    ) -> Rig:
        """A rig of joint positions (J, 3) alone: axes along the world's unless given, tails at the mean of children."""
        parent = np.asarray(parents, np.int64)
        heads = np.asarray(joints, np.float64)
        tails = heads.copy()
        for j in range(len(parent)):
            below = heads[parent == j]
            if len(below):
                tails[j] = below.mean(axis=0)
            elif parent[j] >= 0:
                tails[j] = heads[j] + 0.5 * (heads[j] - heads[parent[j]])
        axes = np.broadcast_to(np.eye(3), (len(parent), 3, 3)) if rotations is None else rotations
        return cls(tuple(names), parent, np.array(axes, np.float64), heads, tails)

    @cached_property
    def index(self) -> dict[str, int]:
        """Row of each bone by name."""
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """Rows of each bone's children."""
        below: list[list[int]] = [[] for _ in self.names]
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                below[parent].append(bone)
        return tuple(tuple(rows) for rows in below)

    @cached_property
    def lengths(self) -> Array:
        """(B,) m, head to tail."""
        return np.linalg.norm(self.tails - self.heads, axis=1)

    @cached_property
    def points_along_tails(self) -> bool:
        """Whether bones point at their only child, as they do in rigs made in Blender; imported ones often do not."""
        single = [(b, c[0]) for b, c in enumerate(self.children) if len(c) == 1]
        along = [
            float(normalise(self.tails[b] - self.heads[b]) @ normalise(self.heads[c] - self.heads[b]))
            for b, c in single
            if np.linalg.norm(self.heads[c] - self.heads[b]) > 1e-4
        ]
        return not along or float(np.median(along)) > 0.9

    def above(self, bone: int) -> list[int]:
        """The bone's ancestors, nearest first."""
        rows = []
        while (bone := int(self.parents[bone])) >= 0:
            rows.append(bone)
        return rows

    def with_rest(self, rotations: Array, heads: Array, tails: Array) -> Rig:
        """The same skeleton in another rest pose."""
        return Rig(self.names, self.parents, rotations, heads, tails, self.floor)
