"""From a rig's 24 joints to the joints of SMPL-H and to BlazePose landmarks, and bodies of other proportions.

One rule for every rig, so that what is learnt means the same whatever the rig calls spine, hips and shoulders:

* The twelve limb joints (shoulders, elbows, wrists, hips, knees, ankles) are the rig's own joint centres.
* Pelvis, spine and neck of the rigs are not used as they stand, since they lie elsewhere in each (the pelvis 0.10 m
  above the hips in asf, 0.03 m below them in daz; the neck under the shoulders in asf, above them in daz and cc). The
  pelvis is the middle of the hips, moved as the free body has it; spine1 to spine3 lie on the parabola through the
  middle of the hips, the rig's chest joint and the middle of the shoulders; collars, neck and head are fixed shares of
  the ways from the middle of the shoulders to a shoulder and to the rig's head, whose joints agree over the rigs.
* No rig has a face or a heel: nose, ears, heels and toes are fastened to head and foot as in the free body at rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..lift.default_input import LANDMARKS
from ..skeleton import BODY_JOINTS, JOINT_INDEX
from .mocap import JOINTS

Array = NDArray[np.floating]

RIG_INDEX = {name: i for i, name in enumerate(JOINTS)}
LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
LIMB_JOINTS = tuple(f"{side}_{part}" for side in ("left", "right") for part in LIMBS)
# The middle of the hips to the pelvis, up and forwards; shares of the parabola; neck and head on the way to the rig's
# head; collar on the way to the shoulder: measured on the free body (m at a stature of 1.70 m, and shares).
_PELVIS_UP, _PELVIS_FORWARD = 0.011, 0.008
_SPINE = {"spine1": 0.19, "spine2": 0.50, "spine3": 0.77}
_CHEST_SHARE = 0.62
_NECK, _HEAD, _COLLAR = 0.6, 1.4, 0.13
# Nose and ear from the head joint: left, up, forwards; heel and toe from the ankle: along the foot, towards the sole.
_NOSE, _EAR = (0.0, 0.003, 0.121), (0.086, 0.036, -0.011)
_HEEL, _TOE = (-0.041, 0.058), (0.214, -0.007)
# Rigs' feet end between ball and toes.
_FOOT_LENGTH = 0.152


@dataclass(frozen=True)
class Proportions:
    """Factors on a rig's lengths, (B, 2) for left and right or (B,): one body per window."""

    upper_arm: Array
    forearm: Array
    thigh: Array
    shin: Array
    foot: Array
    shoulders: Array
    hips: Array
    trunk: Array
    head: Array


def native(batch: int) -> Proportions:
    """The rig's own lengths."""
    pair, single = np.ones((batch, 2), np.float32), np.ones(batch, np.float32)
    return Proportions(pair, pair, pair, pair, pair, single, single, single, single)


# Lengths of the free body at a stature of 1.70 m, metres: each with the joints it lies between.
FREE_BODY = {"upper_arm": 0.264, "forearm": 0.236, "thigh": 0.389, "shin": 0.425, "foot": 0.152, "shoulders": 0.350,
             "hips": 0.184, "trunk": 0.489, "head": 0.123}  # fmt: skip


def lengths(points: Array) -> dict[str, Array]:
    """The lengths of ``FREE_BODY`` in points (…, 24, 3), both sides averaged; those of the trunk vary with the pose."""

    def between(a: Array, b: Array) -> Array:
        return np.linalg.norm(a - b, axis=-1)

    def joint(name: str) -> Array:
        return points[..., RIG_INDEX[name], :]

    def both(a: str, b: str) -> Array:
        return (between(joint(f"l_{a}"), joint(f"l_{b}")) + between(joint(f"r_{a}"), joint(f"r_{b}"))) / 2

    hips = (joint("l_hip") + joint("r_hip")) / 2
    shoulders = (joint("l_shoulder") + joint("r_shoulder")) / 2
    return {
        "upper_arm": both("shoulder", "elbow"),
        "forearm": both("elbow", "wrist"),
        "thigh": both("hip", "knee"),
        "shin": both("knee", "ankle"),
        "foot": both("ankle", "toe"),
        "shoulders": between(joint("l_shoulder"), joint("r_shoulder")),
        "hips": between(joint("l_hip"), joint("r_hip")),
        "trunk": between(hips, shoulders),
        "head": between(shoulders, joint("head")),
    }


def resized(points: Array, factors: Proportions) -> Array:
    """points (B, T, 24, 3) with every length times its factor; directions and the root's path scale with the legs."""
    out = np.empty_like(points)
    hips = _middle(points, "hip")
    shoulders = _middle(points, "shoulder")
    legs = np.stack([factors.thigh, factors.shin]).mean((0, 2))[:, None, None]
    base = hips * legs
    top = base + (shoulders - hips) * factors.trunk[:, None, None]
    for name in ("pelvis", "spine", "chest"):
        out[..., RIG_INDEX[name], :] = base + (points[..., RIG_INDEX[name], :] - hips) * factors.trunk[:, None, None]
    for name in ("neck", "head", "head_top", "l_clavicle", "r_clavicle"):
        out[..., RIG_INDEX[name], :] = top + (points[..., RIG_INDEX[name], :] - shoulders) * factors.head[:, None, None]
    for side, name in enumerate("lr"):
        start = {"shoulder": (top, shoulders, factors.shoulders), "hip": (base, hips, factors.hips)}
        for part, (place, origin, factor) in start.items():
            row = RIG_INDEX[f"{name}_{part}"]
            out[..., row, :] = place + (points[..., row, :] - origin) * factor[:, None, None]
        chain = (("shoulder", "elbow", factors.upper_arm), ("elbow", "wrist", factors.forearm),
                 ("wrist", "hand", factors.forearm), ("hip", "knee", factors.thigh), ("knee", "ankle", factors.shin),
                 ("ankle", "toe", factors.foot))  # fmt: skip
        for first, second, factor in chain:
            a, b = RIG_INDEX[f"{name}_{first}"], RIG_INDEX[f"{name}_{second}"]
            out[..., b, :] = out[..., a, :] + (points[..., b, :] - points[..., a, :]) * factor[:, side, None, None]
    return out


def mirrored(points: Array) -> Array:
    """points (…, 24, 3) in a mirror (x → −x), left and right renamed."""
    return points[..., _MIRROR, :] * np.array([-1, 1, 1], np.float32)


def smpl_joints(points: Array) -> Array:
    """(…, 22, 3) body joints of SMPL-H from a rig's points (…, 24, 3), by the rule above."""
    out = np.empty((*points.shape[:-2], len(BODY_JOINTS), 3), np.float32)
    for side, letter in (("left", "l"), ("right", "r")):
        for part in LIMBS:
            out[..., JOINT_INDEX[f"{side}_{part}"], :] = points[..., RIG_INDEX[f"{letter}_{part}"], :]
        out[..., JOINT_INDEX[f"{side}_foot"], :] = points[..., RIG_INDEX[f"{letter}_toe"], :]
    hips, shoulders = _middle(points, "hip"), _middle(points, "shoulder")
    up, across = shoulders - hips, points[..., RIG_INDEX["l_hip"], :] - points[..., RIG_INDEX["r_hip"], :]
    across = _unit(across)
    up = _unit(up - _dot(up, across) * across)
    out[..., 0, :] = hips + _PELVIS_UP * up + _PELVIS_FORWARD * np.cross(across, up)
    chest = points[..., RIG_INDEX["chest"], :]
    bend = chest - hips - _CHEST_SHARE * (shoulders - hips)
    for name, share in _SPINE.items():
        curve = share * (1 - share) / (_CHEST_SHARE * (1 - _CHEST_SHARE))
        out[..., JOINT_INDEX[name], :] = hips + share * (shoulders - hips) + curve * bend
    head = points[..., RIG_INDEX["head"], :] - shoulders
    out[..., JOINT_INDEX["neck"], :] = shoulders + _NECK * head
    out[..., JOINT_INDEX["head"], :] = shoulders + _HEAD * head
    for side, letter in (("left", "l"), ("right", "r")):
        reach = points[..., RIG_INDEX[f"{letter}_shoulder"], :] - shoulders
        out[..., JOINT_INDEX[f"{side}_collar"], :] = shoulders + _COLLAR * reach
    return out


def landmarks(points: Array, joints: Array, head_yaw: Array, offset: Array | None = None) -> Array:
    """(B, T, L, 3) the points that ``LANDMARKS`` names; joints (B, T, 22, 3) of the same, head_yaw (B, T) rad from the
    chest.

    offset (B, L, 3): where the landmark network marks them instead, outwards (to the landmark's side), up and forwards
    in the axes of the part it belongs to, in metres at a stature of 1.70 m.
    """
    out = np.empty((*points.shape[:-2], len(LANDMARKS), 3), np.float32)
    size = np.float32(np.linalg.norm(_middle(points, "hip") - _middle(points, "shoulder"), axis=-1)[..., None] / 0.489)
    head = joints[..., JOINT_INDEX["head"], :]
    axes = _head_axes(points, head_yaw)
    frames: dict[str, tuple[Array, Array, Array]] = dict.fromkeys(("nose", "left_ear", "right_ear"), axes)
    for name, sign, place in (("nose", 1, _NOSE), ("left_ear", 1, _EAR), ("right_ear", -1, _EAR)):
        across, up, forward = axes
        out[..., LANDMARKS.index(name), :] = head + size * (
            sign * place[0] * across + place[1] * up + place[2] * forward
        )
    trunk = _middle(points, "shoulder") - _middle(points, "hip")
    for side, letter in (("left", "l"), ("right", "r")):
        for part in LIMBS:
            out[..., LANDMARKS.index(f"{side}_{part}"), :] = joints[..., JOINT_INDEX[f"{side}_{part}"], :]
            wide = "hip" if part in ("hip", "knee") else "shoulder"
            across = points[..., RIG_INDEX[f"l_{wide}"], :] - points[..., RIG_INDEX[f"r_{wide}"], :]
            frames[f"{side}_{part}"] = _axes(across, trunk)
        foot = foot_axes(*(joints[..., JOINT_INDEX[f"{side}_{part}"], :] for part in ("knee", "ankle", "foot")))
        frames |= dict.fromkeys((f"{side}_ankle", f"{side}_heel", f"{side}_foot_index"), foot)
        ankle = points[..., RIG_INDEX[f"{letter}_ankle"], :]
        length = np.linalg.norm(points[..., RIG_INDEX[f"{letter}_toe"], :] - ankle, axis=-1, keepdims=True)
        for name, place in (("heel", _HEEL), ("foot_index", _TOE)):
            along = place[0] * foot[2] - place[1] * foot[1]
            out[..., LANDMARKS.index(f"{side}_{name}"), :] = ankle + length / _FOOT_LENGTH * along
    if offset is not None:
        for row, name in enumerate(LANDMARKS):
            across, up, forward = frames[name]
            a, b, c = (offset[:, None, row, [k]] for k in range(3))
            outwards = -across if name.startswith("right") else across
            out[..., row, :] += size * (a * outwards + b * up + c * forward)
    return out


def foot_axes(knee: Array, ankle: Array, foot: Array) -> tuple[Array, Array, Array]:
    """Left, up and forwards of a foot, from joints (…, 3): along it, and away from its sole in the shin's plane."""
    along = _unit(foot - ankle)
    up = knee - ankle
    up = up / np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 1e-6)
    up = up - _dot(up, along) * along
    # A pointed foot lies along its shin: the sole then has no direction of its own, and what depends on it fades.
    up = up / np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 0.3)
    return np.cross(up, along), up, along


def _head_axes(points: Array, yaw: Array) -> tuple[Array, Array, Array]:
    up = _unit(points[..., RIG_INDEX["head_top"], :] - points[..., RIG_INDEX["head"], :])
    across = points[..., RIG_INDEX["l_shoulder"], :] - points[..., RIG_INDEX["r_shoulder"], :]
    across = _unit(across - _dot(across, up) * up)
    forward = np.cross(across, up)
    c, s = np.cos(yaw)[..., None].astype(np.float32), np.sin(yaw)[..., None].astype(np.float32)
    return c * across - s * forward, up, c * forward + s * across


def _axes(across: Array, up: Array) -> tuple[Array, Array, Array]:
    """Unit vectors left, up and forwards from a vector to the left and one that is roughly up."""
    left = _unit(across)
    up = _unit(up - _dot(up, left) * left)
    return left, up, np.cross(left, up)


def _middle(points: Array, part: str) -> Array:
    return (points[..., RIG_INDEX[f"l_{part}"], :] + points[..., RIG_INDEX[f"r_{part}"], :]) / 2


def _dot(a: Array, b: Array) -> Array:
    return np.einsum("...i,...i->...", a, b)[..., None]


def _unit(vector: Array) -> Array:
    return vector / np.maximum(np.sqrt(_dot(vector, vector)), 1e-6)


def _swap(name: str) -> str:
    return {"l_": "r_", "r_": "l_"}.get(name[:2], name[:2]) + name[2:]


_MIRROR = np.array([RIG_INDEX[_swap(name)] for name in JOINTS])
