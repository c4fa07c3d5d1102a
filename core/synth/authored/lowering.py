"""Bodies that go down and come up: a trunk through stances over planted feet, hands on the floor, skin above it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from ..hand_shapes import shape_pose
from .arms import MIRROR, slerp_directions
from .figure import SIDES, Build, Score, curve, parameters, torso
from .gait import Foot, Pelvis, ease, leg_ceiling
from .hands import HandKey, hand_tracks
from .reach import reach

Array = NDArray[np.floating]

_EVERY = 16  # one in so many vertices is enough to find the lowest
_NEAR = 0.62  # m, height of a pelvis above which nothing but feet can touch the floor
_SUPPORT_SOFTNESS, _SUPPORT_WINDOW = 0.05, 0.15  # s


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
    score = _planted(t, build, score, plants)
    if not floor:
        return score
    for _ in range(2):
        depth = np.maximum(-_lowest(score, build), 0)
        width = max(3, round(_SUPPORT_WINDOW / float(t[1] - t[0])) | 1)
        softness = _SUPPORT_SOFTNESS / float(t[1] - t[0])
        lift = gaussian_filter1d(maximum_filter1d(depth, width, mode="nearest"), softness, mode="nearest")
        score = _planted(t, build, replace(score, pelvis=_raised(score.pelvis, lift), arms=arms), plants)
    return score


def _raised(pelvis: Pelvis, height: Array) -> Pelvis:
    return replace(pelvis, position=pelvis.position + height[:, None] * [0, 0, 1.0])


def _planted(t: Array, build: Build, score: Score, plants: list[Plant]) -> Score:
    """Arms taken to the floor while their palms are planted there."""
    if not plants:
        return score
    rest = build.rest
    pose, transl = parameters(score, build)
    _, joints, turned = build.body.forward(build.betas, pose, transl, vertex_ids=np.zeros(0, int))
    names = build.body.joint_names
    chest, origin = turned[:, names.index("spine3")], joints[:, names.index("spine3")]
    middle = (rest["left_shoulder"] + rest["right_shoulder"]) / 2 - rest["spine3"]
    arms, fingers = dict(score.arms), dict(score.fingers)
    palm = build.body.shaped(build.betas)[build.body.contact_vertices[build.body.contact_names.index("left_palm")]]
    above = float(rest["left_wrist"][1] - palm[1])
    for side in SIDES:
        mirror = np.ones(3) if side == "left" else MIRROR
        free = np.einsum("tji,tj->ti", chest, joints[:, names.index(f"{side}_wrist")] - origin) - middle
        wrist, tracks, spread = free * mirror, arms[side], fingers[side]
        hand, facing = tracks["hand"], tracks["palm"]
        for plant in (p for p in plants if p.side == side):
            share = ease((t - plant.arrives + plant.move) / plant.move) * (1 - ease((t - plant.leaves) / plant.move))
            down = np.array([*plant.place, above])
            there = (np.einsum("tji,tj->ti", chest, down - origin) - middle) * mirror
            # Over the floor, not along it, on the way there.
            hop = 0.05 * np.sin(np.pi * share) ** 2
            above_floor = np.einsum("tji,j->ti", chest, np.array([0, 0, 1.0])) * mirror
            wrist = wrist + (there - wrist) * share[:, None] + above_floor * hop[:, None]
            along = np.einsum("tji,j->ti", chest, np.array(plant.hand)) * mirror
            flat = np.einsum("tji,j->ti", chest, np.array([0, 0, -1.0])) * mirror
            hand, facing = slerp_directions(hand, along, share), slerp_directions(facing, flat, share)
            open_ = shape_pose("spread", side, build.body, build.betas)
            spread = spread + (open_ - spread) * share[:, None, None]
        pole = np.tile([0.75, -0.3, -0.6], (len(t), 1))
        arms[side], fingers[side] = reach(wrist, hand, facing, side, rest, pole), spread
    return replace(score, arms=arms, fingers=fingers)


def _lowest(score: Score, build: Build) -> Array:
    """Height (T,) m of the lowest point of the skin that is neither foot nor hand, where it may be near the floor."""
    body = build.body
    near = score.pelvis.position[:, 2] < _NEAR * build.size
    result = np.ones(len(near))
    if not near.any():
        return result
    limbs = [body.joint_names.index(f"{side}_{part}") for side in SIDES for part in ("ankle", "foot", "wrist", "elbow")]
    chosen = np.flatnonzero(body.weights[:, limbs].sum(axis=1) < 0.05)[::_EVERY]
    pose, transl = parameters(score, build)
    vertices, _, _ = body.forward(build.betas, pose[near], transl[near], vertex_ids=chosen)
    result[near] = vertices[..., 2].min(axis=1)
    return result
