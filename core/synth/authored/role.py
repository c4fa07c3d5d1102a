"""A part for one person, who walks where and what the hands say, and its motion as SMPL-H parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from ...body.numpy_model import BodyModel
from .arms import HANGING, Key, blend_keys, finger_pose, slerp_heading, solve_arm
from .figure import to_local
from .gait import Legs, Step, foot_rotation, plan_foot, plan_pelvis, solve_leg, turn

WARM_UP = 0.5  # s planned before and after the clip, so that smoothing has no edges in it


@dataclass(frozen=True)
class Role:
    """One person's part: start of the walk line, first heading (rad), steps, arm and head keys."""

    betas: np.ndarray
    start: dict[str, tuple[float, float]]
    heading: float
    steps: list[Step]
    arms: dict[str, list[Key]] = field(default_factory=dict)
    look: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    nod: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    lean: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])
    phase: float = 0.0


def walk_line(
    origin: tuple[float, float], heading: float, first: str, lift: float, count: int, length: float,
    width: float = 0.075, swing: float = 0.40, rest: float = 0.14,
) -> tuple[dict[str, tuple[float, float]], list[Step]]:  # fmt: skip
    """``count`` steps along ``heading`` from standing at ``origin``; the last brings the feet together."""
    forward = turn(np.array(heading)) @ np.array([0, -1.0, 0])
    left = turn(np.array(heading)) @ np.array([1.0, 0, 0])

    def place(distance: float, side: str) -> tuple[float, float]:
        p = np.array([*origin, 0.0]) + distance * forward + (width if side == "left" else -width) * left
        return float(p[0]), float(p[1])

    start = {side: place(0, side) for side in ("left", "right")}
    steps, side, distance, time = [], first, 0.0, lift
    for k in range(count):
        distance += length if 0 < k < count - 1 else (0.8 * length if k == 0 else 0.0)
        steps.append(Step(side, time, time + swing, place(distance, side), heading))
        side = "right" if side == "left" else "left"
        time += swing + rest
    return start, steps


def animate(role: Role, body: BodyModel, seconds: float, fps: float) -> dict[str, np.ndarray]:
    """SMPL-H parameters over round(seconds * fps) frames, float64: betas, global_orient, …, transl as in a take."""
    dt = 1 / fps
    pad = round(WARM_UP * fps)
    t = (np.arange(round(seconds * fps) + 2 * pad) - pad) * dt
    joints = body.joints(role.betas)
    rest = dict(zip(body.joint_names, joints, strict=True))
    legs = _legs(body, role.betas, rest)
    feet = {
        side: plan_foot(t, role.start[side], role.heading, [s for s in role.steps if s.side == side], legs[side])
        for side in ("left", "right")
    }
    pelvis = plan_pelvis(dt, feet["left"], feet["right"], rest["pelvis"], legs)

    world = {"pelvis": pelvis.rotation}
    for side in ("left", "right"):
        hip = pelvis.position + pelvis.rotation @ (rest[f"{side}_hip"] - rest["pelvis"])
        world[f"{side}_hip"], world[f"{side}_knee"] = solve_leg(hip, feet[side], pelvis, legs[side])
        foot = feet[side]
        world[f"{side}_ankle"] = foot_rotation(foot.heading, foot.pitch)
        world[f"{side}_foot"] = foot_rotation(foot.heading, foot.pitch - 0.8 * foot.toe)

    _spine(role, t, dt, pelvis.heading, pelvis.stride, world)
    swing = np.clip(0.85 * pelvis.stride, -0.5, 0.5)
    fingers = {}
    for side in ("left", "right"):
        # The arm goes with the other foot.
        own = gaussian_filter1d(swing if side == "left" else -swing, 0.06 / dt, mode="nearest")
        tracks = blend_keys(t, role.arms.get(side, [(0, 0, HANGING)]), own, dt)
        for name, rotation in solve_arm(tracks, side, world["spine3"], rest).items():
            world[f"{side}_{name}"] = rotation
        fingers[side] = finger_pose(tracks, side, rest)

    local = to_local(world)
    inside = slice(pad, len(t) - pad)
    return {
        "betas": np.asarray(role.betas, float),
        "global_orient": local[inside, 0],
        "body_pose": local[inside, 1:],
        "left_hand_pose": fingers["left"][inside],
        "right_hand_pose": fingers["right"][inside],
        "transl": (pelvis.position - rest["pelvis"])[inside],
    }


def _spine(
    role: Role, t: np.ndarray, dt: float, heading: np.ndarray, stride: np.ndarray, world: dict[str, np.ndarray]
) -> None:
    """Shoulders turn against the hips; a small breath and sway keep a standing body alive; the head leads turns."""
    pelvis_in_heading = np.swapaxes(turn(heading), -1, -2) @ world["pelvis"]
    hips = Rotation.from_matrix(pelvis_in_heading @ np.swapaxes(_upright(len(t)), -1, -2)).as_euler("zyx")
    counter = -hips[:, 0] - 0.14 * np.clip(stride, -0.7, 0.7)
    breath = 0.012 * np.sin(2 * np.pi * 0.3 * t + role.phase)
    sway = 0.010 * np.sin(2 * np.pi * 0.45 * t + 1.3 + role.phase)
    lean = slerp_heading(t, role.lean) + breath
    levels = {"spine1": 0.3, "spine2": 0.65, "spine3": 1.0}
    for name, share in levels.items():
        turned = turn(heading + (hips[:, 0] + counter) * share + hips[:, 0] * (1 - share))
        bend = np.stack([hips[:, 1] * (1 - share) + sway * share, lean * share + 0.02], axis=1)
        world[name] = turned @ _upright(len(t)) @ Rotation.from_euler("zx", bend).as_matrix()
    # Eyes go first: the head runs ahead of the body's turn by a tenth of a second.
    lead = np.interp(t + 0.12, t, gaussian_filter1d(heading, 0.05 / dt, mode="nearest"))
    look, nod = slerp_heading(t, role.look), slerp_heading(t, role.nod) + 0.5 * breath
    for name, share in (("neck", 0.5), ("head", 1.0)):
        facing = turn(heading * (1 - share) + lead * share + look * share)
        tilt = np.stack([0.4 * sway, (0.4 if name == "neck" else 1.0) * nod + 0.05 * (1 - share)], axis=1)
        world[name] = facing @ _upright(len(t)) @ Rotation.from_euler("zx", tilt).as_matrix()


def _upright(count: int) -> np.ndarray:
    return np.tile(Rotation.from_euler("x", 90, degrees=True).as_matrix(), (count, 1, 1))


def _legs(body: BodyModel, betas: np.ndarray, rest: dict[str, np.ndarray]) -> dict[str, Legs]:
    shaped = body.shaped(betas)
    contact = {n: shaped[v] for n, v in zip(body.contact_names, body.contact_vertices, strict=True)}
    sole = min(float(contact[f"{side}_{part}"][1]) for side in ("left", "right") for part in ("heel", "ball"))
    return {
        side: Legs(
            hip=rest[f"{side}_hip"],
            knee=rest[f"{side}_knee"],
            ankle=rest[f"{side}_ankle"],
            heel=contact[f"{side}_heel"],
            ball=contact[f"{side}_ball"],
            sole=sole,
        )
        for side in ("left", "right")
    }
