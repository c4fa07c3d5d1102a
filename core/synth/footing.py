"""Planted feet: where a motion's feet rest, they rest on the floor and stay; the legs follow by two-bone IK.

The clean-up of Kovar, Schreiner and Gleicher 2002 (Footskate cleanup for motion capture editing) with a foot that rolls
over heel and ball: find the plants, fix them, carry the corrections smoothly through the swings, lower the pelvis where
a leg would not reach, solve the legs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from ..body.numpy_model import BodyModel
from ..fit.ik import KNEE_AXIS, frame
from ..fit.rig import BODY, forward, to_local
from ..rotation import axis_angle_to_matrix, matrix_to_axis_angle, normalise
from ..skeleton import JOINT_INDEX
from ..smooth.filter import smooth
from .authored.gait import UPRIGHT, ease, foot_rotation, turn

Array = NDArray[np.floating]
SIDES = ("left", "right")

_J = JOINT_INDEX
# A point rests that is this low above its usual lowest place and this slow.
_LOW, _SLOW = 0.035, 0.40
_SHORTEST, _GAP = 0.10, 0.06  # s
# A foot that has gone this far (m) from its plant has made a new one; it moves over in this time (s).
_DRIFT, _SLIP = 0.06, 0.16
_PIVOT = 0.25  # rad: a planted foot that turns more than this turns on its ball
# The skin before a sharply bent ball is this much (m) lower than the ball.
BULGE = 0.010
_FLAT_PITCH, _OWN_PITCH = 0.06, 0.18  # rad up to which a planted foot lies flat, from which it keeps its pitch
_PITCH_RANGE = (-1.2, 0.4)
_LET_GO = 0.15  # s in which a lifted foot takes up its own rotation
_REACH = 0.998
_SETTLE_CUTOFF = 3.0  # Hz
_DROP_WINDOW, _DROP_SOFTNESS = 0.12, 0.06  # s


@dataclass(frozen=True)
class Soles:
    """Rest geometry of one body's feet, Y up, m: ``rest`` joints (52, 3), contact points ``heel`` and ``ball``, the
    ``back`` of the heel and the ``toe`` tip by side, the height of the ``sole``.

    ``pivot``: where a foot turns on its ball. The skin there follows foot and toes in parts; between ball and joint of
    the toes, in those parts, lies the point about which it stays where it is.
    """

    rest: Array
    heel: dict[str, Array]
    ball: dict[str, Array]
    toe: dict[str, Array]
    back: dict[str, Array]
    pivot: dict[str, Array]
    sole: float

    @classmethod
    def of(cls, body: BodyModel, betas: Array) -> Soles:
        """Of a body that names its contact points."""
        shaped = body.shaped(betas)
        contact = {n: shaped[v] for n, v in zip(body.contact_names, body.contact_vertices, strict=True)}
        extra = {n: shaped[v] for n, v in zip(body.extra_names, body.extras, strict=True)}
        heel, ball = ({side: contact[f"{side}_{part}"] for side in SIDES} for part in ("heel", "ball"))
        toe = {side: extra[f"{side}_big_toe"] * [1, 0, 1] + [0, ball[side][1], 0] for side in SIDES}
        back = {side: extra[f"{side}_heel"] for side in SIDES}
        sole = min(float(point[1]) for part in (heel, ball) for point in part.values())
        rest = body.joints(betas)
        pivot = {}
        for side in SIDES:
            vertex = body.contact_vertices[body.contact_names.index(f"{side}_ball")]
            share = float(body.weights[vertex, _J[f"{side}_foot"]])
            pivot[side] = ball[side] + share * (rest[_J[f"{side}_foot"]] - ball[side])
        return cls(rest, heel, ball, toe, back, pivot, sole)

    def leg(self, side: str) -> float:
        """Length of thigh and shin, m."""
        return leg_length(self.rest, side)


def leg_length(rest: Array, side: str) -> float:
    """Length of thigh and shin of a skeleton (52, 3), m."""
    hip, knee, ankle = (rest[_J[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
    return float(np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))


def resting(ankle: Array, toe: Array, fps: float) -> NDArray[np.bool_]:
    """(T,) whether a foot rests on its heel, its ball or both; ankle and toe (T, 3) m, Z up."""
    found = np.zeros(len(ankle), bool)
    for point in (ankle, toe):
        speed = np.linalg.norm(np.gradient(point, 1 / fps, axis=0), axis=1) if len(point) > 1 else np.zeros(len(point))
        slow = speed < _SLOW
        floor = np.percentile(point[slow, 2] if slow.any() else point[:, 2], 10)
        found |= slow & (point[:, 2] < floor + _LOW)
    for value, shortest in ((False, _GAP), (True, _SHORTEST)):
        for begin, end in runs(found == value):
            if (end - begin) / fps < shortest and begin > 0 and end < len(found):
                found[begin:end] = not value
    return found


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(begin, end) of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def plant_feet(
    rotations: Array, transl: Array, soles: Soles, rests: dict[str, NDArray[np.bool_]], fps: float
) -> tuple[Array, Array]:
    """Local rotations (T, 22, 3, 3) and transl (T, 3) m with feet planted while ``rests`` (T,) by side says so.

    A foot at rest lies flat when it is within 3° of that; from 10° on it stands on its heel or its ball.
    """
    transl = transl + _settle(rotations, transl, soles, rests, fps)
    turned, placed = forward(rotations, soles.rest[:BODY], transl)
    feet = {side: _foot(turned, placed, soles, side, rests[side], fps) for side in SIDES}
    hips = {side: placed[:, _J[f"{side}_hip"]] for side in SIDES}
    drop = np.zeros(len(transl))
    for side in SIDES:
        flat = feet[side].ankle[:, :2] - hips[side][:, :2]
        reach = (_REACH * soles.leg(side)) ** 2 - np.sum(flat**2, axis=1)
        ceiling = feet[side].ankle[:, 2] + np.sqrt(np.maximum(reach, 0.01))
        drop = np.maximum(drop, hips[side][:, 2] - ceiling)
    width = max(3, round(_DROP_WINDOW * fps) | 1)
    drop = gaussian_filter1d(maximum_filter1d(drop, width, mode="nearest"), _DROP_SOFTNESS * fps, mode="nearest")
    moved = transl - np.stack([np.zeros_like(drop), np.zeros_like(drop), drop], axis=1)
    for side in SIDES:
        _solve_leg(turned, hips[side] + (moved - transl), feet[side], soles, side)
    return to_local(turned), moved


def _settle(rotations: Array, transl: Array, soles: Soles, rests: dict[str, NDArray[np.bool_]], fps: float) -> Array:
    """(T, 3) m by which the whole body follows its planted feet: a straight leg's knee pays dearly for a moved foot."""
    turned, placed = forward(rotations, soles.rest[:BODY], transl)
    moved, weight = np.zeros_like(transl), np.full(len(transl), 1e-3)
    for side in SIDES:
        foot = _foot(turned, placed, soles, side, rests[side], fps)
        moved += (foot.ankle - placed[:, _J[f"{side}_ankle"]]) * rests[side][:, None]
        weight += rests[side]
    return smooth(moved / weight[:, None], np.arange(len(transl)) / fps, _SETTLE_CUTOFF, np.minimum(weight, 1.0))


@dataclass(frozen=True)
class _Foot:
    """ankle (T, 3) m; rotation and toes (T, 3, 3): global rotations of the foot and of its front part."""

    ankle: Array
    rotation: Array
    toes: Array


def _foot(turned: Array, placed: Array, soles: Soles, side: str, rest: NDArray[np.bool_], fps: float) -> _Foot:
    ankle, rotation = placed[:, _J[f"{side}_ankle"]], turned[:, _J[f"{side}_ankle"]]
    ankle_rest, toes_rest = soles.rest[_J[f"{side}_ankle"]], soles.rest[_J[f"{side}_foot"]]
    pivot_rest = soles.pivot[side]
    ahead = rotation[..., 2]
    heading = np.unwrap(np.arctan2(ahead[:, 0], -ahead[:, 1]))
    pitch = np.arcsin(np.clip(ahead[:, 2], -1, 1))
    pitch = np.clip(pitch * ease((np.abs(pitch) - _FLAT_PITCH) / (_OWN_PITCH - _FLAT_PITCH)), *_PITCH_RANGE)
    ball = ankle + rotation @ (pivot_rest - ankle_rest)

    new_ankle, new_rotation = ankle.copy(), rotation.copy()
    bend = np.zeros(len(ankle))
    plants = [part for begin, end in runs(rest) for part in _plants(ball[:, :2], begin, end, fps)]
    for begin, end in plants:
        span = slice(begin, end)
        own = heading[span]
        if np.ptp(own) < _PIVOT:
            own = np.full(end - begin, np.median(own))
        else:
            own = gaussian_filter1d(own, 0.05 * fps, mode="nearest")
        tilt = gaussian_filter1d(pitch[span], 0.02 * fps, mode="nearest")
        place = np.array([*np.median(ball[span, :2], axis=0), pivot_rest[1] - soles.sole])
        heel = place + turn(own) @ UPRIGHT @ (soles.heel[side] - pivot_rest)
        new_rotation[span] = foot_rotation(own, tilt)
        bulge = BULGE * np.sin(np.minimum(tilt, 0)) ** 2
        on_ball = place + bulge[:, None] * [0, 0, 1.0] - new_rotation[span] @ (pivot_rest - ankle_rest)
        on_heel = heel - new_rotation[span] @ (soles.heel[side] - ankle_rest)
        new_ankle[span] = np.where(tilt[:, None] > 0, on_heel, on_ball)
        bend[span] = np.maximum(-tilt, 0)
    _carry(plants, ankle, rotation, new_ankle, new_rotation, bend, fps)
    toes = new_rotation @ axis_angle_to_matrix(-bend[:, None] * KNEE_AXIS)
    front = _at(new_ankle, new_rotation, toes_rest - ankle_rest)
    heights = [_height(new_ankle, new_rotation, point[side] - ankle_rest) for point in (soles.heel, soles.back)]
    heights += [_height(front, toes, point[side] - toes_rest) for point in (soles.ball, soles.toe)]
    lowest = np.min(heights, axis=0)
    deep = maximum_filter1d(np.maximum(-lowest, 0), max(1, round(0.07 * fps) | 1), mode="nearest")
    lift = gaussian_filter1d(deep, 0.02 * fps, mode="nearest")
    held = np.zeros(len(ankle), bool)
    for begin, end in plants:
        held[begin:end] = True
    new_ankle[~held, 2] += np.maximum(lift, -lowest)[~held]
    return _Foot(new_ankle, new_rotation, toes)


def _plants(ball: Array, begin: int, end: int, fps: float) -> list[tuple[int, int]]:
    """A rest cut where the foot has slid away from where it stood, with time between to get over."""
    shortest, slip = max(2, round(_SHORTEST * fps)), max(1, round(_SLIP * fps))
    parts, start = [], begin
    for t in range(begin + 1, end):
        if t > start and np.linalg.norm(ball[t] - np.median(ball[start:t], axis=0)) > _DRIFT:
            parts.append((start, t - slip // 2))
            start = min(t + slip - slip // 2, end)
    parts.append((start, end))
    return [(a, b) for a, b in parts if b - a >= shortest]


def _carry(
    plants: list[tuple[int, int]], ankle: Array, rotation: Array, new_ankle: Array, new_rotation: Array, bend: Array,
    fps: float,
) -> None:  # fmt: skip
    """Between plants the correction goes over from that of the last to that of the next."""
    if not plants:
        return
    edges = [(None, plants[0][0])] + [(a[1] - 1, b[0]) for a, b in pairwise(plants)]
    for before, after in [*edges, (plants[-1][1] - 1, None)]:
        first = 0 if before is None else before + 1
        last = len(ankle) if after is None else after
        t = np.arange(first, last)
        if not len(t):
            continue

        turn_back = np.zeros((len(t), 3))
        for edge, other in ((before, after), (after, before)):
            if edge is None:
                continue
            # How much of this edge's shift, and of its turn, is left.
            away, between = np.abs(t - edge), np.inf if other is None else abs(other - edge)
            shift = 1 - ease(away / between)
            left = 1 - ease(away / fps / min(_LET_GO, between / fps / 1.5))
            new_ankle[t] += shift[:, None] * (new_ankle[edge] - ankle[edge])
            turn_back += left[:, None] * matrix_to_axis_angle(new_rotation[edge] @ rotation[edge].T)
            bend[t] += left * bend[edge]
        new_rotation[t] = axis_angle_to_matrix(turn_back) @ rotation[t]


def _solve_leg(turned: Array, hip: Array, foot: _Foot, soles: Soles, side: str) -> None:
    """Turns thigh, shin, foot and toes in place; the knee keeps the plane it had."""
    hip_rest, knee_rest, ankle_rest = (soles.rest[_J[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
    upper, lower = np.linalg.norm(knee_rest - hip_rest), np.linalg.norm(ankle_rest - knee_rest)
    along = foot.ankle - hip
    length = np.clip(np.linalg.norm(along, axis=1), 1.02 * abs(upper - lower), 0.9995 * (upper + lower))
    along = normalise(along)
    hinge = turned[:, _J[f"{side}_knee"]] @ KNEE_AXIS
    hinge = normalise(hinge - along * np.sum(hinge * along, axis=1, keepdims=True))
    pole = np.cross(along, hinge)  # the knee's side: a thigh along −Y with its hinge along +X bends towards +Z
    cosine = (upper**2 + length**2 - lower**2) / (2 * upper * length)
    knee = hip + upper * (along * cosine[:, None] + pole * np.sqrt(np.maximum(1 - cosine**2, 0))[:, None])
    end = hip + along * length[:, None]
    turned[:, _J[f"{side}_hip"]] = frame(knee - hip, hinge) @ frame(knee_rest - hip_rest, KNEE_AXIS).T
    turned[:, _J[f"{side}_knee"]] = frame(end - knee, hinge) @ frame(ankle_rest - knee_rest, KNEE_AXIS).T
    turned[:, _J[f"{side}_ankle"]] = foot.rotation
    turned[:, _J[f"{side}_foot"]] = foot.toes


def _at(origin: Array, rotation: Array, offset: Array) -> Array:
    return origin + rotation @ offset


def _height(origin: Array, rotation: Array, offset: Array) -> Array:
    return _at(origin, rotation, offset)[:, 2]
