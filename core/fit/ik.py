"""Closed-form pose of the body from landmark directions: the start of the refinement.

Only directions are used, so the figure the landmarks were measured on may have other proportions. All frames at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rotation import (
    axis_angle_to_matrix,
    matrix_to_axis_angle,
    nearest_rotation,
    normalise,
    rotation_between,
)
from ..skeleton import EXTRA_JOINTS, JOINT_INDEX, POSE_LANDMARKS
from .rig import BODY, Rig, to_local

Array = NDArray[np.floating]

_LANDMARK = {name: i for i, name in enumerate(POSE_LANDMARKS)}
# Rest hinge axes: elbows bend forwards, knees backwards, when turned about these by a positive angle.
ELBOW_AXIS = {"left": np.array([0.0, -1, 0]), "right": np.array([0.0, 1, 0])}
KNEE_AXIS = np.array([1.0, 0, 0])
# Forearms turn about 90° either way from thumb-forwards (American Academy of Orthopaedic Surgeons' normal ranges);
# skin and landmarks look right with the elbow's end taking under half of it.
_PRONATION_LIMIT = 1.6
_PRONATION_AT_ELBOW = 0.4
_WRIST_LIMIT = 1.3
_EASY_ARM = np.array([0.6, -0.55, 0.6])
# How far thigh and upper arm turn about themselves, from the shortest way out of the rest pose.
_LEG_TURN_LIMIT, _ARM_TURN_LIMIT = 0.9, 2.0


def body_pose(points: Array, palms: Array, palm_weight: Array, rig: Rig) -> Array:
    """Local rotations (T, 22, 3, 3) of the body in the landmarks' axes.

    points (T, 33, 3) pose landmarks, gaps filled, any axes in which the body is right-handed; palms (T, 2, 3, 3) global
    rotation of the left and right hand from rest, used with palm_weight (T, 2) in 0…1, the forearm's neutral position
    otherwise.
    """
    frames = len(points)
    turned = np.broadcast_to(np.eye(3), (frames, BODY, 3, 3)).copy()

    def at(name: str) -> Array:
        return points[:, _LANDMARK[name]]

    def rest(name: str) -> Array:
        return rig.rest[JOINT_INDEX[name]]

    up = at("left_shoulder") + at("right_shoulder") - at("left_hip") - at("right_hip")
    rest_up = rest("left_shoulder") + rest("right_shoulder") - rest("left_hip") - rest("right_hip")
    x_axis = np.array([1.0, 0, 0])
    pelvis = frame(up, at("left_hip") - at("right_hip")) @ frame(rest_up, x_axis).T
    chest = frame(up, at("left_shoulder") - at("right_shoulder")) @ frame(rest_up, x_axis).T
    _set(turned, "pelvis", pelvis)
    bend = matrix_to_axis_angle(np.swapaxes(pelvis, -1, -2) @ chest)
    for share, name in enumerate(("spine1", "spine2", "spine3"), start=1):
        _set(turned, name, pelvis @ axis_angle_to_matrix(bend * share / 3))
    head = _head(points, rig)
    nod = matrix_to_axis_angle(np.swapaxes(chest, -1, -2) @ head)
    nod *= np.minimum(1, 1.4 / np.maximum(np.linalg.norm(nod, axis=-1, keepdims=True), 1e-6))
    _set(turned, "neck", chest @ axis_angle_to_matrix(nod / 2))
    _set(turned, "head", chest @ axis_angle_to_matrix(nod))

    for side, hand in (("left", 0), ("right", 1)):
        _set(turned, f"{side}_collar", chest)
        upper = at(f"{side}_elbow") - at(f"{side}_shoulder")
        fore = at(f"{side}_wrist") - at(f"{side}_elbow")
        rest_upper = rest(f"{side}_elbow") - rest(f"{side}_shoulder")
        rest_fore = rest(f"{side}_wrist") - rest(f"{side}_elbow")
        # By way of an arm held easily forwards and down: the direct way from the T-pose has no answer across the chest.
        eased = rotation_between(rest_upper, _EASY_ARM * [np.sign(rest_upper[0]), 1, 1])
        carried = rotation_between(chest @ eased @ rest_upper, upper) @ chest @ eased @ ELBOW_AXIS[side]
        hinge = within(hinge_axis(upper, fore, carried), carried, _ARM_TURN_LIMIT)
        shoulder = frame(upper, hinge) @ frame(rest_upper, ELBOW_AXIS[side]).T
        elbow = rotation_between(shoulder @ rest_fore, fore) @ shoulder
        elbow, wrist = _forearm(elbow, palms[:, hand], palm_weight[:, hand], rest_fore)
        _set(turned, f"{side}_shoulder", shoulder)
        _set(turned, f"{side}_elbow", elbow)
        _set(turned, f"{side}_wrist", wrist)

        thigh = at(f"{side}_knee") - at(f"{side}_hip")
        shin = at(f"{side}_ankle") - at(f"{side}_knee")
        toes = at(f"{side}_foot_index") - at(f"{side}_heel")
        rest_thigh = rest(f"{side}_knee") - rest(f"{side}_hip")
        rest_shin = rest(f"{side}_ankle") - rest(f"{side}_knee")
        carried = rotation_between(pelvis @ rest_thigh, thigh) @ pelvis @ KNEE_AXIS
        toed = 0.5 * carried + normalise(np.cross(normalise(toes), normalise(thigh)))
        hinge = within(hinge_axis(thigh, shin, within(toed, carried, _LEG_TURN_LIMIT)), carried, _LEG_TURN_LIMIT)
        hip = frame(thigh, hinge) @ frame(rest_thigh, KNEE_AXIS).T
        knee = rotation_between(hip @ rest_shin, shin) @ hip
        rest_toes = rig.extras[EXTRA_JOINTS.index(f"{side}_big_toe")] - rig.extras[EXTRA_JOINTS.index(f"{side}_heel")]
        foot = frame(toes, knee @ KNEE_AXIS) @ frame(rest_toes, KNEE_AXIS).T
        _set(turned, f"{side}_hip", hip)
        _set(turned, f"{side}_knee", knee)
        _set(turned, f"{side}_ankle", limit_rotation(knee, foot, 0.9))
        turned[:, JOINT_INDEX[f"{side}_foot"]] = turned[:, JOINT_INDEX[f"{side}_ankle"]]
    return to_local(turned)


def palm_rotation(points: Array, rest: Array) -> Array:
    """Global rotation (…, 3, 3) that best turns points at rest (N, 3) into points (…, N, 3), both from one origin."""
    return nearest_rotation(np.einsum("...ni,nj->...ij", points, rest))


def frame(first: Array, second: Array) -> Array:
    """Right-handed frames (…, 3, 3) as columns: ``first``, ``second`` made normal to it, their cross product."""
    a = normalise(first)
    b = normalise(second - a * np.sum(a * second, -1, keepdims=True))
    return np.stack([a, b, np.cross(a, b)], axis=-1)


def hinge_axis(upper: Array, lower: Array, carried: Array) -> Array:
    """Axis (T, 3) a limb bends about: the normal of its plane where it is bent, ``carried`` where it is straight.

    A limb bent by less than about 15° says little of its plane, so the two are blended by the sine of the bend.
    """
    normal = np.cross(normalise(upper), normalise(lower))
    sine = np.linalg.norm(normal, axis=-1, keepdims=True)
    trust = np.clip((sine - 0.1) / 0.35, 0, 1)
    # A plane opposite to what the body allows is a depth error of the landmarks, not a broken joint.
    trust = trust * (np.sum(normal * carried, -1, keepdims=True) > -0.5 * sine)
    return trust * normalise(normal) + (1 - trust) * normalise(carried)


def within(axis: Array, centre: Array, limit: float) -> Array:
    """Unit axes (T, 3) turned towards ``centre`` (T, 3) until within ``limit`` radians of it."""
    a, c = normalise(axis), normalise(centre)
    cosine = np.sum(a * c, -1, keepdims=True)
    aside = normalise(a - cosine * c)
    return np.where(cosine >= np.cos(limit), a, np.cos(limit) * c + np.sin(limit) * aside)


def limit_rotation(parent: Array, child: Array, limit: float) -> Array:
    """Child rotations turned back towards the parent's until within ``limit`` radians of it."""
    turn = matrix_to_axis_angle(np.swapaxes(parent, -1, -2) @ child)
    angle = np.linalg.norm(turn, axis=-1, keepdims=True)
    return parent @ axis_angle_to_matrix(turn * np.minimum(1, limit / np.maximum(angle, 1e-9)))


def twist_about(turn: Array, axis: Array) -> Array:
    """Angle (…,) in −π…π that rotations (…, 3, 3) turn about a fixed unit axis (3,): the twist of swing and twist."""
    skew = np.stack([turn[..., 2, 1] - turn[..., 1, 2], turn[..., 0, 2] - turn[..., 2, 0],
                     turn[..., 1, 0] - turn[..., 0, 1]], axis=-1)  # fmt: skip
    trace = np.trace(turn, axis1=-2, axis2=-1)
    # The quaternion is proportional to (1 + trace, skew); its twist is the part along the axis.
    return 2 * np.arctan2(skew @ axis, 1 + trace)


def _forearm(elbow: Array, palm: Array, weight: Array, rest_fore: Array) -> tuple[Array, Array]:
    """Shares the hand's turn about the forearm between elbow and wrist. Returns both global rotations (T, 3, 3)."""
    axis = normalise(rest_fore)
    palm = np.where(np.isfinite(palm), palm, elbow)
    relative = np.swapaxes(elbow, -1, -2) @ palm
    twist = twist_about(relative, axis)
    twist = (twist + np.pi) % (2 * np.pi) - np.pi
    bend = limit_rotation(np.eye(3), axis_angle_to_matrix(-twist[:, None] * axis) @ relative, _WRIST_LIMIT)
    twist = np.clip(twist, -_PRONATION_LIMIT, _PRONATION_LIMIT) * weight
    bend = axis_angle_to_matrix(matrix_to_axis_angle(bend) * weight[:, None])
    at_elbow = elbow @ axis_angle_to_matrix(_PRONATION_AT_ELBOW * twist[:, None] * axis)
    return at_elbow, elbow @ axis_angle_to_matrix(twist[:, None] * axis) @ bend


def _head(points: Array, rig: Rig) -> Array:
    names = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
    seen = points[:, [_LANDMARK[n] for n in names]]
    rest = rig.extras[[EXTRA_JOINTS.index(n) for n in names]]
    return palm_rotation(seen - seen[:, 3:].mean(1, keepdims=True), rest - rest[3:].mean(0))


def _set(turned: Array, name: str, rotation: Array) -> None:
    turned[:, JOINT_INDEX[name]] = rotation
