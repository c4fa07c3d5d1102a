"""Arms and fingers from key poses given as directions, which animators can picture, not as angles.

Directions are in the chest's axes: x to the person's left, y up, z forward. ``RIGHT`` arms are written as left ones and
mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from .gait import aim, ease

FINGERS = ("index", "middle", "pinky", "ring", "thumb")  # SMPL-H's order
MIRROR = np.array([-1.0, 1, 1])


@dataclass(frozen=True)
class Arm:
    """Directions of upper arm and forearm, of the hand (wrist to knuckles) and out of its palm; curls 0…1 per finger.

    ``spread`` fans the fingers (rad); ``swing`` says how much of the walk's arm swing is added.
    """

    upper: tuple[float, float, float]
    fore: tuple[float, float, float]
    hand: tuple[float, float, float]
    palm: tuple[float, float, float]
    curl: dict[str, float] = field(default_factory=dict)
    spread: float = 0.0
    swing: float = 0.0


Key = tuple[float, float, Arm]  # begin of the move s, arrival s, pose

RELAXED_CURL = {"index": 0.22, "middle": 0.28, "ring": 0.33, "pinky": 0.36, "thumb": 0.2}
OPEN = {"index": 0.03, "middle": 0.03, "ring": 0.04, "pinky": 0.04, "thumb": 0.0}
FIST = {"index": 0.92, "middle": 0.95, "ring": 0.95, "pinky": 0.95, "thumb": 0.8}
POINT = {**FIST, "index": 0.03}
TWO = {**FIST, "index": 0.03, "middle": 0.03}

HANGING = Arm(
    (0.20, -0.97, -0.05), (0.12, -0.95, 0.28), (0.05, -0.96, 0.28), (-0.93, -0.05, -0.25), RELAXED_CURL, swing=1.0
)


def turned(arm: Arm, **changes: object) -> Arm:
    """A copy with other directions or fingers."""
    return replace(arm, **changes)


def blend_keys(t: np.ndarray, keys: list[Key], swing: np.ndarray, dt: float) -> dict[str, np.ndarray]:
    """Keys to directions (T, 3), curls (T, 5), spread (T,); ``swing`` (T,) rad forward."""
    tracks: dict[str, np.ndarray] = {}
    weights = [ease((t - begin) / max(arrive - begin, 1e-6)) for begin, arrive, _ in keys[1:]]
    for name in ("upper", "fore", "hand", "palm"):
        lag = {"upper": 0.0, "fore": 0.03, "hand": 0.06, "palm": 0.05}[name]  # the hand follows the arm
        value = np.tile(np.array(getattr(keys[0][2], name), float), (len(t), 1))
        for begin, arrive, pose in keys[1:]:
            w = ease((t - lag - begin) / max(arrive - begin, 1e-6))
            value = slerp_directions(value, np.array(getattr(pose, name), float), w)
        tracks[name] = value
    hanging = np.full(len(t), keys[0][2].swing)
    curls = np.tile([keys[0][2].curl[f] for f in FINGERS], (len(t), 1))
    spread = np.full(len(t), keys[0][2].spread)
    for w, (begin, arrive, pose) in zip(weights, keys[1:], strict=True):
        late = ease((t - 0.05 - begin) / max(arrive - begin, 1e-6))
        hanging = hanging * (1 - w) + pose.swing * w
        curls = curls * (1 - late[:, None]) + np.array([pose.curl[f] for f in FINGERS]) * late[:, None]
        spread = spread * (1 - late) + pose.spread * late
    for name, share in (("upper", 1.0), ("fore", 1.25), ("hand", 1.15)):
        forward = Rotation.from_euler("x", (-swing * hanging * share)[:, None])
        tracks[name] = gaussian_filter1d(forward.apply(tracks[name]), 0.03 / dt, axis=0, mode="nearest")
    tracks["palm"] = Rotation.from_euler("x", (-swing * hanging)[:, None]).apply(tracks["palm"])
    return {**tracks, "curl": curls, "spread": spread}


def slerp_directions(a: np.ndarray, b: np.ndarray, w: np.ndarray) -> np.ndarray:
    """From directions (T, 3) towards directions (3,) or (T, 3) by shares (T,), the short way round."""
    a = a / np.linalg.norm(a, axis=1, keepdims=True)
    b = np.broadcast_to(b / np.linalg.norm(b, axis=-1, keepdims=True), a.shape)
    angle = np.arccos(np.clip(np.sum(a * b, axis=1), -1, 1))[:, None]
    sine = np.maximum(np.sin(angle), 1e-6)
    w = w[:, None]
    mixed = np.where(angle < 1e-3, a * (1 - w) + b * w, (np.sin((1 - w) * angle) * a + np.sin(w * angle) * b) / sine)
    return mixed / np.linalg.norm(mixed, axis=1, keepdims=True)


def solve_arm(
    tracks: dict[str, np.ndarray], side: str, chest: np.ndarray, rest: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """World rotations (T,3,3) of collar, shoulder, elbow and wrist; ``chest`` (T,3,3), ``rest`` joints by name."""
    flip = 1.0 if side == "left" else -1.0
    to_side = np.ones(3) if side == "left" else MIRROR

    def world(name: str, parent: np.ndarray) -> np.ndarray:
        return np.einsum("tij,tj->ti", parent, tracks[name] * to_side)

    joint = {name: rest[f"{side}_{name}"] for name in ("shoulder", "elbow", "wrist", "middle1")}
    collar = chest @ Rotation.from_euler("zy", flip * collar_turn(tracks["upper"])).as_matrix()
    upper, fore = world("upper", chest), world("fore", chest)
    rest_upper, rest_fore = joint["elbow"] - joint["shoulder"], joint["wrist"] - joint["elbow"]
    rest_hinge = np.cross(rest_upper, [0, 0, 1.0])
    hinge = np.cross(upper, fore)
    shoulder = aim(rest_upper, rest_hinge, upper, hinge)
    elbow = aim(rest_fore, rest_hinge, fore, hinge)
    rest_hand = (joint["middle1"] - joint["wrist"]) * [1, 0, 1]
    wrist = aim(rest_hand, np.array([0, -1.0, 0]), world("hand", chest), world("palm", chest))
    # The forearm turns the palm: radius over ulna takes most of the twist, the wrist the rest.
    relative = np.swapaxes(elbow, -1, -2) @ wrist
    axis = rest_fore / np.linalg.norm(rest_fore)
    q = Rotation.from_matrix(relative).as_quat()
    twist = 2 * np.arctan2(q[:, :3] @ axis, q[:, 3])
    twist = (twist + np.pi) % (2 * np.pi) - np.pi
    elbow = elbow @ Rotation.from_rotvec(0.6 * twist[:, None] * axis).as_matrix()
    return {"collar": collar, "shoulder": shoulder, "elbow": elbow, "wrist": wrist}


def collar_turn(upper: np.ndarray) -> np.ndarray:
    """Angles (T, 2) about z and y by which the left collar bone goes along with an upper arm in direction (T, 3)."""
    lift = 0.32 * np.clip(upper[:, 1] + 0.75, 0, 1.75)
    forward = 0.18 * np.clip(upper[:, 2], -0.5, 1)
    return np.stack([lift - 0.10, -forward], axis=1)


def finger_pose(tracks: dict[str, np.ndarray], side: str, rest: dict[str, np.ndarray]) -> np.ndarray:
    """(T, 15, 3) axis-angle from the flat hand."""
    flip = 1.0 if side == "left" else -1.0
    pose = np.zeros((len(tracks["spread"]), 15, 3))
    fan = {"index": 1.0, "middle": 0.15, "ring": -0.6, "pinky": -1.3}
    for f, finger in enumerate(FINGERS):
        curl = tracks["curl"][:, f]
        along = rest[f"{side}_{finger}2"] - rest[f"{side}_{finger}1"]
        along = along / np.linalg.norm(along)
        if finger == "thumb":
            # Over the palm towards the little finger's base, bending about its own hinge.
            target = rest[f"{side}_pinky1"] - rest[f"{side}_thumb1"] + np.array([0, -0.03, 0])
            hinge = np.cross(along, target)
            hinge /= np.linalg.norm(hinge)
            amounts = (0.45, 0.6, 0.9)
            for k in range(3):
                pose[:, 3 * f + k] = (curl * amounts[k])[:, None] * hinge
            continue
        hinge = np.cross(along, [0, -1.0, 0])
        hinge /= np.linalg.norm(hinge)
        for k, amount in enumerate((1.35, 1.75, 1.05)):
            pose[:, 3 * f + k] = (curl * amount)[:, None] * hinge
        sideways = Rotation.from_rotvec((tracks["spread"] * fan[finger])[:, None] * np.array([0, flip, 0.0]) * -1)
        first = sideways * Rotation.from_rotvec(pose[:, 3 * f])
        pose[:, 3 * f] = first.as_rotvec()
    return pose


def slerp_heading(t: np.ndarray, keys: list[tuple[float, float]]) -> np.ndarray:
    """Angles (T,) rad eased through (time, angle) keys."""
    value = np.full(len(t), keys[0][1], float)
    for (t0, _), (t1, angle) in pairwise(keys):
        w = ease((t - t0) / (t1 - t0))
        value = value * (1 - w) + angle * w
    return value
