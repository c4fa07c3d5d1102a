"""What is worn but not cut from the skin: shoes and gathered hair, built on the rest body and moved by its joints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..skeleton import JOINT_INDEX

Array = NDArray[np.floating]
Faces = NDArray[np.integer]

_RINGS, _AROUND = 22, 28
_ROOM = 0.006  # m between foot and shoe
SOLE = 0.022  # m high


@dataclass(frozen=True, eq=False)
class Attached:
    """``points`` (P,3) m on the rest body, moved by ``joints`` (K,) with ``weights`` (P,K); faces (F,3).

    ``origins`` (K,3) m: those joints at rest.
    """

    points: Array
    joints: tuple[int, ...]
    weights: Array
    origins: Array
    faces: Faces

    def pose(self, joints: Array, rotations: Array) -> Array:
        """(T,P,3) from the body's joints (T,52,3) and global rotations (T,52,3,3)."""
        moved = np.zeros((len(joints), *self.points.shape))
        for k, joint in enumerate(self.joints):
            turned = np.einsum("tij,pj->tpi", rotations[:, joint], self.points - self.origins[k])
            moved += self.weights[:, k, None] * (turned + joints[:, None, joint])
        return moved


def ellipsoid(body: BodyModel, betas: Array, joint: str, centre: Array, radii: tuple[float, float, float]) -> Attached:
    """A ball of hair at ``centre`` (3,) m of the rest body, stretched to ``radii`` m, that follows one joint."""
    polar, around = np.linspace(0, np.pi, 14), np.linspace(0, 2 * np.pi, 20, endpoint=False)
    rings = np.stack(
        [np.outer(np.sin(polar), np.cos(around)), np.repeat(np.cos(polar)[:, None], len(around), 1),
         np.outer(np.sin(polar), np.sin(around))], axis=-1,
    )  # fmt: skip
    points = rings.reshape(-1, 3) * radii + centre
    index = JOINT_INDEX[joint]
    origin = body.joints(betas)[index]
    return Attached(points, (index,), np.ones((len(points), 1)), origin[None], _loft_faces(len(polar), len(around)))


def shoe(body: BodyModel, betas: Array, side: str, collar: float) -> tuple[Attached, NDArray[np.bool_]]:
    """A shoe around the rest foot up to ``collar`` m above the ground, and which of its faces are sole.

    Rings stand across the foot from heel to toe; each is as wide and as high as the foot there, with room.
    """
    skin, rest = body.shaped(betas), body.joints(betas)
    names = (f"{side}_ankle", f"{side}_foot")
    ids = tuple(JOINT_INDEX[name] for name in names)
    foot = skin[(body.weights[:, list(ids)].sum(axis=1) > 0.5) & (skin[:, 1] < skin[:, 1].min() + 0.13)]
    ground = foot[:, 1].min()
    heel, toe = foot[:, 2].min() - _ROOM, foot[:, 2].max() + _ROOM
    along = heel + (toe - heel) * (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, _RINGS)))
    low = foot[foot[:, 1] < ground + 0.07]
    inner, outer, top = (np.zeros(_RINGS) for _ in range(3))
    for r, z in enumerate(along):
        near = low[np.abs(low[:, 2] - z) < 0.018]
        over = foot[np.abs(foot[:, 2] - z) < 0.014]
        inner[r], outer[r], top[r] = near[:, 0].min(), near[:, 0].max(), over[:, 1].max() - ground
    inner, outer = (_even(v) for v in (inner, outer))
    ankle = rest[ids[0]][2]
    # The shaft stands around the ankle; before it the leather follows the instep down to the toes.
    shaft = np.clip((ankle + 0.055 - along) / 0.05, 0, 1)
    instep = np.maximum(_even(np.minimum(top, collar)) + _ROOM, 0.048)
    height = instep + (collar - instep) * shaft**2 * (3 - 2 * shaft)
    middle, half = (inner + outer) / 2, (outer - inner) / 2 + _ROOM
    # Rounded off at both ends.
    end = np.minimum((along - heel) / 0.035, (toe - along) / 0.055)
    round_off = np.sqrt(np.clip(1 - (1 - np.clip(end, 0, 1)) ** 2, 0, 1))
    half = half * (0.12 + 0.88 * round_off)
    height = height * (0.55 + 0.45 * round_off)
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** 0.6
    upward = np.maximum(np.sin(angle), 0) ** 0.9
    # Towards the collar it narrows to the ankle.
    narrow = 1 - 0.42 * upward[None] * shaft[:, None]
    x = middle[:, None] + half[:, None] * across[None] * narrow
    y = ground + height[:, None] * upward[None]
    seam = np.array([1, _AROUND // 2 - 1])
    y[:, seam] = ground + np.minimum(SOLE, 0.5 * height)[:, None]
    points = np.stack([x, y, np.repeat(along[:, None], _AROUND, 1)], axis=-1).reshape(-1, 3)
    ball = rest[ids[1]][2]
    toes = np.clip((points[:, 2] - ball + 0.03) / 0.06, 0, 1)
    weights = np.stack([1 - toes, toes], axis=1)
    faces = _loft_faces(_RINGS, _AROUND)
    sole = np.isin(faces % _AROUND, [0, *range(seam[1], _AROUND), seam[0]]).all(axis=1)
    return Attached(points, ids, weights, rest[list(ids)], faces), np.asarray(sole)


def _even(values: Array) -> Array:
    """Smoothed along the foot, ends kept."""
    for _ in range(3):
        values = np.concatenate([values[:1], 0.25 * values[:-2] + 0.5 * values[1:-1] + 0.25 * values[2:], values[-1:]])
    return values


def _loft_faces(rings: int, sides: int) -> Faces:
    """Triangles between ``rings`` closed rings of ``sides`` points, with lids at both ends."""
    faces = []
    for r in range(rings - 1):
        for s in range(sides):
            a, b = r * sides + s, r * sides + (s + 1) % sides
            faces += [(a, a + sides, b + sides), (a, b + sides, b)]
    last = (rings - 1) * sides
    for s in range(1, sides - 1):
        faces += [(0, s, s + 1), (last, last + s + 1, last + s)]
    return np.array(faces)
