"""Bodies that go down and come up: a trunk through stances over planted feet, hands on the floor, skin above it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from ...skeleton import BODY_JOINTS
from ..hand_shapes import shape_pose
from .arms import MIRROR, slerp_directions
from .clearance import hand_points
from .figure import SIDES, Build, Score, curve, parameters, torso
from .gait import Foot, Pelvis, ease, leg_ceiling
from .hand_keys import HandKey, hand_tracks
from .reach import LOADED_WRIST, hand_frame, reach

Array = NDArray[np.floating]

_EVERY = 10  # one in so many vertices is enough to find the lowest, to this clearance (m)
_CLEARANCE = 0.004
_FINGER = 0.009  # m, half of one's thickness
# Feet stand on the floor by themselves, hands are planted or in the air.
_LIMBS = ("ankle", "foot", "elbow", "wrist")
_LOOK = 0.09  # s between two looks at the skin
_NEAR = 0.62  # m, height of a pelvis above which nothing but feet can touch the floor
_SUPPORT_SOFTNESS, _SUPPORT_WINDOW = 0.05, 0.20  # s


@dataclass(frozen=True)
class Stance:
    """A trunk ``at`` s, in the plane that it faces.

    ``back`` and ``up`` m of the pelvis from where it stood and from the floor, grown with the legs; ``tilt`` and
    ``lean`` rad of pelvis and chest forward of upright; ``nod`` rad of the head.
    """

    at: float
    back: float
    up: float
    tilt: float
    lean: float
    nod: float = 0.05


@dataclass(frozen=True)
class Plant:
    """A palm on the floor at ``place`` (x, y) m from when it ``arrives`` until it ``leaves`` (s), fingers along
    ``hand``; it comes and goes in ``move`` s."""

    side: str
    place: tuple[float, float]
    hand: tuple[float, float, float]
    arrives: float
    leaves: float
    move: float = 0.5


def lower(
    t: Array, build: Build, stances: list[Stance], feet: dict[str, Foot], keys: dict[str, list[HandKey]],
    plants: list[Plant], rng: np.random.Generator, knees: dict[str, Array], floor: bool = True,
) -> Score:  # fmt: skip
    """A score whose trunk goes through ``stances``, whose hands follow ``keys`` but where they are planted.

    With ``floor`` nothing but feet sinks into it: the pelvis is held up as far as the skin needs.
    """
    nothing = np.zeros(len(t))

    def through(name: str) -> Array:
        return curve(t, [(stance.at, getattr(stance, name)) for stance in stances], 0.06)

    tilt, lean = through("tilt"), through("lean")
    breath = 0.012 * np.sin(2 * np.pi * 0.28 * t + rng.uniform(0, 6.28))
    rotation, chest = (torso(nothing, bend, nothing, nothing) for bend in (tilt, lean + breath))
    position = build.size * np.stack([nothing, through("back"), through("up")], axis=1)
    head = np.stack([through("nod"), nothing, nothing], axis=1)
    arms, fingers = hand_tracks(t, build, keys, rng)
    low = Pelvis(position, rotation, nothing, nothing)
    ceiling = leg_ceiling(position[:, :2], rotation, feet, build.rest["pelvis"], build.legs)
    score = Score(feet, _raised(low, np.minimum(ceiling - position[:, 2], 0)), chest, head, arms, fingers, knees)
    if not floor:
        return score
    softness = _SUPPORT_SOFTNESS / float(t[1] - t[0])
    score = _planted(t, build, score, plants, softness)
    for _ in range(3):
        depth = np.maximum(_CLEARANCE - _lowest(score, build, t), 0)
        width = max(3, round(_SUPPORT_WINDOW / float(t[1] - t[0])) | 1)
        lift = gaussian_filter1d(maximum_filter1d(depth, width, mode="nearest"), softness, mode="nearest")
        held = replace(score, pelvis=_raised(score.pelvis, lift), arms=arms, fingers=fingers)
        score = _planted(t, build, held, plants, softness)
    return score


def _raised(pelvis: Pelvis, height: Array) -> Pelvis:
    return replace(pelvis, position=pelvis.position + height[:, None] * [0, 0, 1.0])


def _planted(t: Array, build: Build, score: Score, plants: list[Plant], softness: float) -> Score:
    """Arms taken to the floor while their palms are planted there, and kept above it."""
    rest, body = build.rest, build.body
    pose, transl = parameters(score, build)
    _, joints, turned = body.forward(build.betas, pose, transl, vertex_ids=np.zeros(0, int))
    names = body.joint_names
    chest, origin = turned[:, names.index("spine3")], joints[:, names.index("spine3")]
    middle = (rest["left_shoulder"] + rest["right_shoulder"]) / 2 - rest["spine3"]
    arms, fingers = dict(score.arms), dict(score.fingers)
    palm = body.shaped(build.betas)[body.contact_vertices[body.contact_names.index("left_palm")]]
    flat = shape_pose("blade", "left", body, build.betas), shape_pose("blade", "right", body, build.betas)
    for side, open_ in zip(SIDES, flat, strict=True):
        mirror = np.ones(3) if side == "left" else MIRROR

        def into_chest(vectors: Array, mirror: Array = mirror) -> Array:
            return np.einsum("tji,tj->ti", chest, np.broadcast_to(vectors, (len(t), 3))) * mirror

        tracks, shape = arms[side], fingers[side]
        wrist = into_chest(joints[:, names.index(f"{side}_wrist")] - origin) - middle
        hand, facing, up = tracks["hand"], tracks["palm"], into_chest(np.array([0, 0, 1.0]))
        for plant in (p for p in plants if p.side == side):
            share = ease((t - plant.arrives + plant.move) / plant.move) * (1 - ease((t - plant.leaves) / plant.move))
            down = np.array([*plant.place, float(rest["left_wrist"][1] - palm[1])])
            wrist = wrist + (into_chest(down - origin) - middle - wrist) * share[:, None]
            # Over the floor, not along it, on the way there.
            wrist = wrist + up * (0.05 * np.sin(np.pi * share) ** 2)[:, None]
            hand = slerp_directions(hand, into_chest(np.array(plant.hand)), share)
            facing = slerp_directions(facing, -up, share)
            shape = shape + (open_ - shape) * share[:, None, None]
        pole = np.tile([0.75, -0.3, -0.6], (len(t), 1))
        for _ in range(2):
            tracks = reach(wrist, hand, facing, side, rest, pole, LOADED_WRIST)
            points = hand_points(shape, side, body, build.betas).reshape(len(t), -1, 3) * mirror
            own = points @ np.swapaxes(hand_frame(tracks["hand"], tracks["palm"], rest), -1, -2)
            height = np.einsum("tni,ti->tn", own + (wrist + middle)[:, None], up) + origin[:, 2:]
            deep = maximum_filter1d(np.maximum(_FINGER - height.min(axis=1), 0), max(3, round(3 * softness)))
            wrist = wrist + up * gaussian_filter1d(deep, softness, mode="nearest")[:, None]
        arms[side], fingers[side] = reach(wrist, hand, facing, side, rest, pole, LOADED_WRIST), shape
    return replace(score, arms=arms, fingers=fingers)


def _lowest(score: Score, build: Build, t: Array) -> Array:
    """Height (T,) m of the lowest point of the skin that is neither foot nor hand, where it may be near the floor.

    Looked at every now and then and drawn through in between.
    """
    body = build.body
    every = max(1, round(_LOOK / float(t[1] - t[0])))
    looked = np.flatnonzero(score.pelvis.position[:, 2] < _NEAR * build.size)[::every]
    if not len(looked):
        return np.ones(len(t))
    limbs = [j for j, name in enumerate(body.joint_names) if name.partition("_")[2] in _LIMBS or j >= len(BODY_JOINTS)]
    chosen = np.flatnonzero(body.weights[:, limbs].sum(axis=1) < 0.05)[::_EVERY]
    pose, transl = parameters(score, build)
    vertices, _, _ = body.forward(build.betas, pose[looked], transl[looked], vertex_ids=chosen)
    return np.interp(t, t[looked], vertices[..., 2].min(axis=1), left=1.0, right=1.0)
