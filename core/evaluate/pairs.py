"""Two takes laid side by side: frames matched by time, joints by name, people by where they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..body.choice import body_of
from ..body.numpy_model import BodyModel
from ..errors import BadInputError
from ..take import SmplMotion, Take, TakePerson
from .identity import people_distances
from .masks import known, mean_along
from .multiview import to_camera

Array = NDArray[Any]

# Metres at the true person's depth, over which two people are not the same: for the clip, and in a single frame.
MATCH_LIMIT, FOLLOW_LIMIT = 1.0, 0.5
# One camera knows depth least: it speaks with a tenth of its weight.
_DEPTH_SHARE = 0.1


@dataclass(frozen=True)
class Side:
    """One person of one take at the matched frames. Joints (T, J, 3) m in the order both takes share.

    world: the take's own; camera: the axes of its camera 0; fixed: the axes its camera 0 had at the first frame.
    """

    person: TakePerson
    body: BodyModel
    at: Array
    world: Array
    camera: Array
    fixed: Array
    confidence: Array
    present: Array
    turn: Array

    @property
    def contacts(self) -> Array:
        """(T, 6) probabilities."""
        return np.asarray(self.person.contacts, np.float64)[self.at]

    @cached_property
    def contact_points(self) -> Array:
        """(T, 6, 3) m, world: heels, balls and palms of the person's body."""
        return self._posed[0]

    @property
    def wrist_rotations(self) -> Array:
        """(T, 2, 3, 3) of the left and right wrist in the axes of camera 0."""
        return self.turn[:, None] @ self._posed[1]

    def hand_there(self, side: str) -> Array:
        """(T,) bool: the hand's score says it is there."""
        hand = self.person.left_hand if side == "left" else self.person.right_hand
        return np.asarray(hand.score, np.float64)[self.at] >= 0.5

    def vertices(self, chosen: Array, ids: Array) -> Array:
        """(N, V, 3) m in axes parallel to camera 0's: vertices ``ids`` of the body at frames ``chosen``."""
        pose, smpl = pose_of(self.person.smpl, self.at[chosen]), self.person.smpl
        points, _, _ = self.body.forward(smpl.betas, pose, smpl.transl[self.at[chosen]], vertex_ids=ids)
        return np.einsum("tij,tvj->tvi", self.turn[chosen], points)

    @cached_property
    def _posed(self) -> tuple[Array, Array]:
        body, smpl = self.body, self.person.smpl
        pose = pose_of(smpl, self.at).astype(np.float64)
        points, _, turns = body.forward(smpl.betas, pose, smpl.transl[self.at], vertex_ids=body.contact_vertices)
        return points, turns[:, 20:22]


@dataclass(frozen=True)
class Pair:
    """One person in both takes. ``compared`` (T,) bool: the frames that count; timestamps (T,) s, the truth's."""

    timestamps: Array
    names: tuple[str, ...]
    predicted: Side
    truth: Side
    compared: Array

    def indices(self, names: tuple[str, ...]) -> list[int]:
        """Where the joints ``names`` that both have lie in the arrays."""
        return [self.names.index(name) for name in names if name in self.names]

    def joints(self, axes: str, chosen: list[int]) -> tuple[Array, Array]:
        """(T, len(chosen), 3) of prediction and truth in ``axes`` (world, camera, fixed), NaN where not compared."""
        keep = self.compared[:, None, None]
        return tuple(
            np.where(keep, getattr(side, axes)[:, chosen], np.nan) for side in (self.predicted, self.truth)
        )  # type: ignore[return-value]


def common_names(predicted: Take, truth: Take) -> tuple[str, ...]:
    """Joints that both takes have, in the truth's order. Raises BadInputError where there is none."""
    own = set(predicted.joint_names)
    names = tuple(name for name in truth.joint_names if name in own)
    if not names:
        raise BadInputError(
            f"The takes have no joint in common: {', '.join(predicted.joint_names[:5])}… and "
            f"{', '.join(truth.joint_names[:5])}….",
            "Compare takes whose joints have the same names.",
        )
    return names


def side_of(take: Take, person: TakePerson, at: Array, names: tuple[str, ...]) -> Side:
    """One person at frames ``at`` with the joints ``names``."""
    columns = [take.joint_names.index(name) for name in names]
    world = np.asarray(person.joints_world, np.float64)[at][:, columns]
    pose = np.asarray(take.cameras.world_from_camera[0], np.float64)
    moving = pose.ndim == 3
    own = pose[at] if moving else pose
    turn = np.swapaxes(own[:, :3, :3], 1, 2) if moving else np.broadcast_to(own[:3, :3].T, (len(at), 3, 3))
    return Side(
        person=person,
        body=body_of(take.settings),
        at=at,
        world=world,
        camera=to_camera(world, own),
        fixed=to_camera(world, pose[0] if moving else pose),
        confidence=np.asarray(person.joints_confidence, np.float64)[at][:, columns],
        present=np.asarray(person.present, bool)[at],
        turn=turn,
    )


def distances(predicted: list[Side], truth: list[Side], present_only: bool = True) -> Array:
    """(T, P, Q) ``people_apart`` of persons in two takes; NaN in frames in which either is not there."""

    def stacked(sides: list[Side], everywhere: bool) -> Array:
        return np.stack([np.where(s.present[:, None, None] | everywhere, s.camera, np.nan) for s in sides])

    return people_apart(stacked(predicted, not present_only), stacked(truth, False))


def people_apart(predicted: Array, truth: Array, by_depth: bool = True) -> Array:
    """(T, P, Q) metres between true people (P,T,J,3) and predicted people (Q,T,J,3) in camera axes: mean joint distance
    after the prediction is moved along its rays to the true person's depth, plus a tenth of the depth difference.

    A guessed focal length or height scales everything about the camera and leaves the picture as it is; so do these
    distances. Without ``by_depth`` (joints in a world) plain joint distances after both are centred on their first
    frame's middle: two worlds share no origin.
    """
    if not by_depth:
        return people_distances(predicted - _middle(predicted), truth - _middle(truth))
    result = np.full((truth.shape[1], len(truth), len(predicted)), np.nan)
    for p, person in enumerate(truth):
        depth = _depth(person)
        for q, candidate in enumerate(predicted):
            mine = _depth(candidate)
            usable = (depth > 0) & (mine > 0)
            ratio = np.where(usable, depth / np.where(usable, mine, 1.0), 1.0)
            moved = candidate * ratio[:, None, None]
            result[:, p, q] = people_distances(moved[None], person[None])[:, 0, 0] + _DEPTH_SHARE * np.abs(depth - mine)
    return result


def pose_of(smpl: SmplMotion, at: Array) -> Array:
    """(len(at), 52, 3) axis-angles."""
    parts = (smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose)
    return np.concatenate([np.asarray(part)[at] for part in parts], axis=1)


def _depth(joints: Array) -> Array:
    """(T,) median depth of (T, J, 3) in camera axes; NaN without joints."""
    some = np.isfinite(joints[..., 2]).any(-1)
    result = np.full(len(joints), np.nan)
    result[some] = np.nanmedian(joints[some, :, 2], axis=-1)
    return result


def _middle(people: Array) -> Array:
    """(3,) mean of all joints of all people in the first frame in which there is anybody."""
    there = np.any(known(people), axis=(0, 2))
    first = people[:, int(there.argmax())].reshape(-1, 3)
    return mean_along(first, 0)
