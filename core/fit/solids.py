"""Trunk and head as solids that hands do not sink into."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..body.numpy_model import BodyModel
from ..skeleton import JOINT_INDEX
from .blocks import Blocks
from .rig import attached
from .terms import Normal

Array = NDArray[np.floating]

# Each solid: the joint that it turns with, and the joints whose skin it encloses.
_SOLIDS = (("spine1", ("pelvis", "spine1")), ("spine3", ("spine2", "spine3")), ("head", ("head",)))
# An ellipsoid inside a box leaves the box's ends empty, and the waist with them: it is made longer, and no wider.
_LONGER = 1.25
# A hand lies against cloth and flesh that give way: m it may sink in, and by how much more where evidence insists.
_MARGIN, _SOFTNESS = 0.01, 0.01
# How far from the surface (m) that is still felt, fading, and to how many times that; how far out one step leads.
_REACH, _FAR, _AT_ONCE = 0.005, 4.0, 0.04


@dataclass(frozen=True)
class Solids:
    """Ellipsoids at rest: ``joints`` (S,) they turn with, ``centres`` (S, 3) and ``axes`` (S, 3) m, along the axes of
    the rest pose; ``hands`` (N, 3) m, points of the hands at rest, and the joints ``hand_joints`` (N,) they are on."""

    joints: NDArray[np.int64]
    centres: Array
    axes: Array
    hands: Array
    hand_joints: NDArray[np.int64]


def solids_of(body: BodyModel, vertices: Array, rest: Array) -> Solids:
    """Of a body with these ``vertices`` (V, 3) and joints ``rest`` (52, 3) at rest."""
    low = np.stack([vertices[ids].min(0) for ids in _skin(body)])
    high = np.stack([vertices[ids].max(0) for ids in _skin(body)])
    points, joints = [], []
    for side, palm in (("left", 4), ("right", 5)):
        wrist = JOINT_INDEX[f"{side}_wrist"]
        points += [rest[wrist], vertices[body.contact_vertices[palm]], rest[JOINT_INDEX[f"{side}_middle1"]]]
        joints += [wrist] * 3
    return Solids(
        joints=np.array([JOINT_INDEX[name] for name, _ in _SOLIDS]),
        centres=(low + high) / 2,
        axes=(high - low) / 2 * [1.0, _LONGER, 1.0],
        hands=np.array(points),
        hand_joints=np.array(joints),
    )


def depths(solids: Solids, turned: Array, placed: Array, rest: Array) -> tuple[Array, Array, Array]:
    """How deep (T, N, S) m each hand point is in each solid, below 0 outside; the way out (T, N, S, 3); the points
    (T, N, 3). ``turned`` (T, J, 3, 3), ``placed`` (T, J, 3): the joints'; rest (52, 3)."""
    hands = attached(turned, placed, rest, solids.hand_joints, solids.hands)
    centres = attached(turned, placed, rest, solids.joints, solids.centres)
    axes = turned[:, solids.joints]
    local = np.einsum("tsba,tnsb->tnsa", axes, hands[:, :, None] - centres[:, None])
    # 1 on the surface; its gradient tells distances near it.
    level = np.linalg.norm(local / solids.axes, axis=-1)
    slope = local / solids.axes**2 / np.maximum(level, 1e-6)[..., None]
    steepness = np.linalg.norm(slope, axis=-1)
    depth = (1 - level) / np.maximum(steepness, 1e-6)
    out = np.einsum("tsab,tnsb->tnsa", axes, slope / np.maximum(steepness, 1e-6)[..., None])
    return depth, out, hands


def keep_out(
    normal: Normal, turned: Array, placed: Array, solids: Solids, rest: Array, blocks: Blocks, share: Array
) -> None:
    """Asks hands to stay out of trunk and head, or those to move away; ``share`` (T,) of a frame's weight."""
    depth, out, hands = depths(solids, turned, placed, rest)
    for n, s in np.argwhere((depth > _MARGIN - _FAR * _REACH).any(0)):
        frames = np.flatnonzero(depth[:, n, s] > _MARGIN - _FAR * _REACH)
        at = np.repeat(hands[frames][:, [n]], 2, axis=1)
        joints = np.array([solids.hand_joints[n], solids.joints[s]])
        rows = blocks.jacobian(turned[frames], placed[frames], at, joints)
        beyond = depth[frames, n, s] - _MARGIN
        # What has just come out is held there, and nothing is thrown out: else the steps go to and fro.
        weight = np.sqrt(share[frames]) * np.exp(np.minimum(beyond, 0) / _REACH) / _SOFTNESS
        row = np.einsum("tan,ta->tn", rows[:, 0] - rows[:, 1], out[frames, n, s]) * weight[:, None]
        residual = -np.minimum(beyond, _AT_ONCE) * weight
        normal.matrix[frames] += (row[:, :, None] * row[:, None, :]).astype(np.float32)
        normal.side[frames] += (row * residual[:, None]).astype(np.float32)


@cache
def _skin(body: BodyModel) -> tuple[NDArray[np.int64], ...]:
    """The vertices of each solid."""
    owner = body.weights.argmax(1)
    return tuple(np.flatnonzero(np.isin(owner, [JOINT_INDEX[name] for name in names])) for _, names in _SOLIDS)
