"""Rotations of the body's joints from the directions of any figure's bones: the closed form that a fit starts from.

Built of the helpers of core/fit/ik.py, but for positions that were measured and not guessed: a limb's plane is
believed wherever the limb is bent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..fit.ik import ELBOW_AXIS, KNEE_AXIS, frame, limit_rotation
from ..fit.rig import BODY
from ..rotation import axis_angle_to_matrix, matrix_to_axis_angle, normalise, rotation_between
from ..skeleton import JOINT_INDEX
from ..smooth.filter import smooth

Array = NDArray[np.floating]

_J = JOINT_INDEX
# A limb bent by less than this sine says little of the plane it bends in; twice as much says all. Arms swing about
# near straightness more than legs do.
_KNEE_SINE, _ELBOW_SINE = 0.12, 0.24
_PLANE_CUTOFF = 0.12  # of the frame rate
_CARRIED_WEIGHT = 0.01
_EASY_ARM = np.array([0.6, -0.55, 0.6])
_ANKLE_LIMIT, _WRIST_LIMIT, _NECK_LIMIT, _BEND_LIMIT = 0.9, 0.7, 1.0, 0.8


def closed_form(joints: dict[str, Array], rest: Array) -> Array:
    """Global rotations (T, 22, 3, 3) of a skeleton with rest joints (52, 3) m from tracks (T, 3) m by name."""
    frames = len(joints["pelvis"])
    turned = np.broadcast_to(np.eye(3), (frames, BODY, 3, 3)).copy()
    x_axis = np.array([1.0, 0, 0])

    def at_rest(name: str) -> Array:
        return rest[_J[name]]

    middle = {part: (joints[f"l_{part}"] + joints[f"r_{part}"]) / 2 for part in ("hip", "shoulder")}
    up = normalise(middle["shoulder"] - middle["hip"])
    hips, shoulders = joints["l_hip"] - joints["r_hip"], joints["l_shoulder"] - joints["r_shoulder"]
    bend = _sagittal_bend(joints, middle["hip"], up, hips)
    lean = axis_angle_to_matrix(0.5 * bend[:, None] * x_axis)
    pelvis = frame(up, hips) @ frame(np.array([0.0, 1, 0]), x_axis).T @ np.swapaxes(lean, -1, -2)
    chest = frame(up, shoulders) @ frame(np.array([0.0, 1, 0]), x_axis).T @ lean
    turned[:, 0] = pelvis
    turn = matrix_to_axis_angle(np.swapaxes(pelvis, -1, -2) @ chest)
    for share, name in enumerate(("spine1", "spine2", "spine3"), start=1):
        turned[:, _J[name]] = pelvis @ axis_angle_to_matrix(turn * share / 3)
    head = limit_rotation(chest, _head(joints, chest), _NECK_LIMIT)
    nod = matrix_to_axis_angle(np.swapaxes(chest, -1, -2) @ head)
    turned[:, _J["neck"]] = chest @ axis_angle_to_matrix(nod / 2)
    turned[:, _J["head"]] = head

    for side in ("left", "right"):
        s = side[0]
        turned[:, _J[f"{side}_collar"]] = chest
        upper, fore = joints[f"{s}_elbow"] - joints[f"{s}_shoulder"], joints[f"{s}_wrist"] - joints[f"{s}_elbow"]
        rest_upper = at_rest(f"{side}_elbow") - at_rest(f"{side}_shoulder")
        rest_fore = at_rest(f"{side}_wrist") - at_rest(f"{side}_elbow")
        eased = rotation_between(rest_upper, _EASY_ARM * [np.sign(rest_upper[0]), 1, 1])
        carried = rotation_between(chest @ eased @ rest_upper, upper) @ chest @ eased @ ELBOW_AXIS[side]
        hinge = _steady_hinge(upper, fore, carried, _ELBOW_SINE)
        shoulder = frame(upper, hinge) @ frame(rest_upper, ELBOW_AXIS[side]).T
        elbow = rotation_between(shoulder @ rest_fore, fore) @ shoulder
        turned[:, _J[f"{side}_shoulder"]], turned[:, _J[f"{side}_elbow"]] = shoulder, elbow
        turned[:, _J[f"{side}_wrist"]] = _hand(joints.get(f"{s}_hand"), joints[f"{s}_wrist"], elbow, rest_fore)

        thigh, shin = joints[f"{s}_knee"] - joints[f"{s}_hip"], joints[f"{s}_ankle"] - joints[f"{s}_knee"]
        rest_thigh = at_rest(f"{side}_knee") - at_rest(f"{side}_hip")
        rest_shin = at_rest(f"{side}_ankle") - at_rest(f"{side}_knee")
        rest_toes = at_rest(f"{side}_foot") - at_rest(f"{side}_ankle")
        carried = rotation_between(pelvis @ rest_thigh, thigh) @ pelvis @ KNEE_AXIS
        toes = joints[f"{s}_toe"] - joints[f"{s}_ankle"] if f"{s}_toe" in joints else None
        if toes is not None:
            carried = 0.5 * carried + normalise(np.cross(normalise(toes), normalise(thigh)))
        hinge = _steady_hinge(thigh, shin, carried, _KNEE_SINE)
        hip = frame(thigh, hinge) @ frame(rest_thigh, KNEE_AXIS).T
        knee = rotation_between(hip @ rest_shin, shin) @ hip
        foot = knee if toes is None else frame(toes, knee @ KNEE_AXIS) @ frame(rest_toes, KNEE_AXIS).T
        turned[:, _J[f"{side}_hip"]], turned[:, _J[f"{side}_knee"]] = hip, knee
        turned[:, _J[f"{side}_ankle"]] = turned[:, _J[f"{side}_foot"]] = limit_rotation(knee, foot, _ANKLE_LIMIT)
    return turned


def _steady_hinge(upper: Array, lower: Array, carried: Array, sine_limit: float) -> Array:
    """Axis (T, 3) that a limb bends about: the normal of its plane, carried over the moments in which it is straight.

    Measured as an angle about the upper bone in a frame that moves with it without turning about it (Bishop 1975), in
    which a straight limb's axis lies between those before and after; ``carried`` (T, 3) decides where nothing else
    does.
    """
    along, normal = normalise(upper), np.cross(normalise(upper), normalise(lower))
    steps = rotation_between(along[:-1], along[1:])
    first = np.empty_like(along)
    first[0] = normalise(carried[0] - along[0] * (along[0] @ carried[0]))
    for t in range(1, len(along)):
        first[t] = steps[t - 1] @ first[t - 1]
    second = np.cross(along, first)

    def circle(vector: Array) -> Array:
        return normalise(np.stack([np.sum(vector * first, -1), np.sum(vector * second, -1)], axis=-1))

    sine = np.linalg.norm(normal, axis=-1)
    trust = np.clip(sine / sine_limit - 1, 0, 1) ** 2
    weight = trust + _CARRIED_WEIGHT
    sample = (trust[:, None] * circle(normal) + _CARRIED_WEIGHT * circle(carried)) / weight[:, None]
    mixed = normalise(smooth(sample, np.arange(len(along), dtype=float), _PLANE_CUTOFF, weight))
    return mixed[:, :1] * first + mixed[:, 1:] * second


def _sagittal_bend(joints: dict[str, Array], hips: Array, up: Array, across: Array) -> Array:
    """How far (T,) rad the upper back leans ahead of the lower, against what the rig calls straight."""
    ahead = normalise(np.cross(across, up))

    def lean(vector: Array) -> Array:
        return np.arctan2(np.sum(vector * ahead, -1), np.sum(vector * up, -1))

    bend = lean(joints["neck"] - joints["chest"]) - lean(joints["chest"] - hips)
    upright = up[:, 2] > np.cos(0.4)
    usual = np.median(bend[upright]) if upright.any() else np.median(bend)
    return np.clip(bend - usual, -_BEND_LIMIT, _BEND_LIMIT)


def _head(joints: dict[str, Array], chest: Array) -> Array:
    """The head as far as points tell: how it tips against the chest; where it looks they do not say."""
    top = joints.get("head_top", joints.get("head"))
    if top is None:
        return chest
    direction = np.einsum("tji,tj->ti", chest, normalise(top - joints["neck"]))
    usual = normalise(np.median(direction, axis=0))
    return chest @ rotation_between(np.broadcast_to(usual, direction.shape), direction)


def _hand(hand: Array | None, wrist: Array, elbow: Array, rest_fore: Array) -> Array:
    """The wrist bends as the hand's direction says and does not twist: positions know nothing of that."""
    if hand is None:
        return elbow
    bent = rotation_between(elbow @ normalise(rest_fore), normalise(hand - wrist)) @ elbow
    usual = np.median(matrix_to_axis_angle(np.swapaxes(elbow, -1, -2) @ bent), axis=0)
    # Rigs end their hands at a thumb, a knuckle or a finger tip: its usual place is a straight wrist.
    turn = matrix_to_axis_angle(np.swapaxes(elbow, -1, -2) @ bent) - 0.7 * usual
    return limit_rotation(elbow, elbow @ axis_angle_to_matrix(turn), _WRIST_LIMIT)
