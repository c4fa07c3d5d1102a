"""From what an author plans (feet, pelvis, chest, head, arms, fingers) to SMPL-H parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from ...body.numpy_model import BodyModel
from ...skeleton import BODY_JOINTS, SMPLH_PARENTS
from ..footing import SIDES, Soles
from .arms import finger_pose, solve_arm
from .gait import UPRIGHT, Foot, Legs, Pelvis, bend_leg, foot_rotation, turn

Array = NDArray[np.floating]
MARGIN = 0.6  # s planned before and after what is wanted, so that smoothing has no edges in it
_USUAL_LEG = 0.812  # m, of a body 1.70 m tall


@dataclass(frozen=True)
class Build:
    """One body's measures: ``rest`` joints by name (3,) m, Y up; ``legs`` that turn on ``Soles.pivot``; ``size``: its
    legs against those of a body 1.70 m tall."""

    body: BodyModel
    betas: Array
    rest: dict[str, Array]
    legs: dict[str, Legs]
    size: float

    @classmethod
    def of(cls, body: BodyModel, betas: Array) -> Build:
        soles = Soles.of(body, betas)
        rest = dict(zip(body.joint_names, soles.rest, strict=True))
        legs = {
            side: Legs(
                hip=rest[f"{side}_hip"],
                knee=rest[f"{side}_knee"],
                ankle=rest[f"{side}_ankle"],
                heel=soles.heel[side],
                ball=soles.pivot[side],
                sole=soles.sole,
            )
            for side in SIDES
        }
        return cls(body, betas, rest, legs, legs["left"].length / _USUAL_LEG)

    @property
    def standing(self) -> float:
        """Height of the pelvis (m) over straight legs that stand hip-wide."""
        return float(self.rest["pelvis"][1] - self.legs["left"].sole)


@dataclass(frozen=True)
class Score:
    """A motion over T frames as its author thinks of it.

    ``chest`` (T, 3, 3) rotation of the chest from rest; ``head`` (T, 3) rad: nod down, turn left, tilt left, against
    the chest; ``arms`` by side: tracks as ``arms.blend_keys`` and ``reach.reach`` give them; ``fingers`` by side
    (T, 15, 3), else from the tracks' curls; ``knees`` by side (T, 3): which way they point, else over the feet.
    """

    feet: dict[str, Foot]
    pelvis: Pelvis
    chest: Array
    head: Array
    arms: dict[str, dict[str, Array]]
    fingers: dict[str, Array] = field(default_factory=dict)
    knees: dict[str, Array] | None = None


def clock(frames: int, fps: float) -> tuple[Array, slice]:
    """Times (s) of all planned frames, 0 at the first wanted one, and the slice that is wanted."""
    pad = round(MARGIN * fps)
    return (np.arange(frames + 2 * pad) - pad) / fps, slice(pad, pad + frames)


def curve(t: Array, keys: list[tuple[float, float]], softness: float = 0.05) -> Array:
    """Values (T,) through (time, value) keys without overshoot, held before and after, corners rounded (s)."""
    times, values = np.array(keys, float).T
    if len(keys) == 1:
        return np.full(len(t), values[0])
    raw = PchipInterpolator(times, values)(np.clip(t, times[0], times[-1]))
    return gaussian_filter1d(raw, max(softness / float(t[1] - t[0]), 1e-3), mode="nearest")


def torso(heading: Array, lean: Array, side: Array, twist: Array) -> Array:
    """(T, 3, 3) of a trunk that faces ``heading`` + ``twist``, leans forward and to its left, all (T,) rad."""
    tilt = Rotation.from_euler("zx", np.stack([-side, lean], axis=1)).as_matrix()
    return turn(heading + twist) @ UPRIGHT @ tilt


def standing_feet(
    t: Array, build: Build, headings: dict[str, float], places: dict[str, tuple[float, float]]
) -> dict[str, Foot]:
    """Feet flat on the floor for good: ``places`` of the ankles (x, y) m."""
    feet = {}
    for side, leg in build.legs.items():
        ankle = np.tile([*places[side], leg.ankle[1] - leg.sole], (len(t), 1))
        flat, heading = np.zeros(len(t)), np.full(len(t), headings[side])
        feet[side] = Foot(ankle, flat, heading, flat, np.ones(len(t)))
    return feet


def parameters(score: Score, build: Build) -> tuple[Array, Array]:
    """Axis-angle pose (T, 52, 3) and transl (T, 3) m."""
    rest, pelvis = build.rest, score.pelvis
    world = {"pelvis": pelvis.rotation, "spine3": score.chest}
    bend = Rotation.from_matrix(np.swapaxes(pelvis.rotation, -1, -2) @ score.chest).as_rotvec()
    for name, share in (("spine1", 0.35), ("spine2", 0.7)):
        world[name] = pelvis.rotation @ Rotation.from_rotvec(share * bend).as_matrix()
    for name, share in (("neck", 0.5), ("head", 1.0)):
        nod, look, tilt = (share * score.head).T
        world[name] = score.chest @ Rotation.from_euler("YXZ", np.stack([look, nod, -tilt], axis=1)).as_matrix()
    fingers = {}
    for side in SIDES:
        hip = pelvis.position + pelvis.rotation @ (rest[f"{side}_hip"] - rest["pelvis"])
        foot = score.feet[side]
        pole = turn(0.65 * foot.heading + 0.35 * pelvis.heading) @ np.array([0, -1.0, 0])
        if score.knees is not None:
            pole = score.knees[side]
        world[f"{side}_hip"], world[f"{side}_knee"] = bend_leg(hip, foot.ankle, pole, build.legs[side])
        world[f"{side}_ankle"] = foot_rotation(foot.heading, foot.pitch)
        world[f"{side}_foot"] = foot_rotation(foot.heading, foot.pitch - foot.toe)
        for name, rotation in solve_arm(score.arms[side], side, score.chest, rest).items():
            world[f"{side}_{name}"] = rotation
        fingers[side] = score.fingers.get(side)
        if fingers[side] is None:
            fingers[side] = finger_pose(score.arms[side], side, rest)
    local = to_local(world)
    pose = np.concatenate([local, fingers["left"], fingers["right"]], axis=1)
    return pose, pelvis.position - rest["pelvis"]


def to_local(world: dict[str, Array]) -> Array:
    """Axis-angle (T, 22, 3) relative to the parents from rotations (T, 3, 3) in the world by joint name."""
    local = np.zeros((len(world["pelvis"]), len(BODY_JOINTS), 3))
    for j, name in enumerate(BODY_JOINTS):
        parent = SMPLH_PARENTS[j]
        matrix = world[name] if parent < 0 else np.swapaxes(world[BODY_JOINTS[parent]], -1, -2) @ world[name]
        local[:, j] = Rotation.from_matrix(matrix).as_rotvec()
    return local
