"""Joint positions of any figure to SMPL-H rotations of one body.

First a closed form from bone directions (the helpers of core/fit/ik.py), then Gauss-Newton on the joints' positions in
a skeleton with the figure's own lengths: what is left there is the fit error. The body asked for
then wears the rotations (wearing.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from ..fit.rig import BODY, ancestors, forward, to_local
from ..rotation import (
    axis_angle_to_matrix,
    matrix_to_axis_angle,
    matrix_to_quaternion,
    normalise,
    quaternion_to_matrix,
)
from ..skeleton import JOINT_INDEX
from ..smooth.filter import smooth, smooth_rotations
from .clips import JointTracks
from .directions import closed_form

Array = NDArray[np.floating]

_J = JOINT_INDEX
# Optical captures tremble and pop by a few millimetres; a fast kick has little above this, Hz.
_SOURCE_CUTOFF = 12.0
# Our joint and the track that it is fitted to.
FITTED: tuple[tuple[str, str], ...] = tuple(
    (f"{side}_{ours}", f"{side[0]}_{theirs}")
    for side in ("left", "right")
    for ours, theirs in (("hip", "hip"), ("knee", "knee"), ("ankle", "ankle"), ("foot", "toe"),
                         ("shoulder", "shoulder"), ("elbow", "elbow"), ("wrist", "wrist"))
)  # fmt: skip
# Blocks of joints that turn together, and how far (rad) the refinement may take each local axis from the closed form.
_BLOCKS: tuple[tuple[tuple[str, ...], tuple[float, float, float]], ...] = (
    (("pelvis",), (0.3, 0.3, 0.3)),
    (("spine1", "spine2", "spine3"), (0.1, 0.1, 0.1)),
    *(((f"{side}_collar",), (0.15, 0.3, 0.3)) for side in ("left", "right")),
    *(((f"{side}_shoulder",), (0.2, 0.5, 0.5)) for side in ("left", "right")),
    *(((f"{side}_elbow",), (0.03, 0.5, 0.05)) for side in ("left", "right")),
    *(((f"{side}_hip",), (0.5, 0.2, 0.5)) for side in ("left", "right")),
    *(((f"{side}_knee",), (0.5, 0.05, 0.03)) for side in ("left", "right")),
    *(((f"{side}_ankle",), (0.3, 0.3, 0.2)) for side in ("left", "right")),
)
_HINGES = (("left_elbow", 1, -1.0), ("right_elbow", 1, 1.0), ("left_knee", 0, 1.0), ("right_knee", 0, 1.0))
_POSITION_ERROR, _HINGE_ERROR, _STEP_LIMIT = 0.004, 0.02, 0.4
_ITERATIONS = 5
_ROTATION_CUTOFF = 12.0
_PITCH_RANGE = (0.12, 0.38)


@dataclass(frozen=True)
class Fit:
    """rotations (T, 22, 3, 3) local, of joints worn by any body; the figure's own skeleton ``rest`` (52, 3) m, Y up,
    and ``transl`` (T, 3) m that puts it into the world; ``errors`` (T, 14) m: distance of each joint of FITTED from its
    track."""

    rotations: Array
    rest: Array
    transl: Array
    errors: Array

    @property
    def mean_mm(self) -> float:
        return float(1000 * np.nanmean(self.errors))

    @property
    def max_mm(self) -> dict[str, float]:
        """The largest error of each joint."""
        worst = np.nanmax(self.errors, axis=0) * 1000
        return {ours: float(value) for (ours, _), value in zip(FITTED, worst, strict=True)}


def resample(tracks: JointTracks, fps: float, start: float, frames: int) -> dict[str, Array]:
    """Tracks (frames, 3) without tremble at start + i / fps seconds, by cubic splines."""
    times = np.arange(tracks.frame_count) / tracks.fps
    wanted = start + np.arange(frames) / fps
    names = list(tracks.joints)
    stacked = np.stack([tracks.joints[name] for name in names], axis=1)
    calm = smooth(stacked, times, _SOURCE_CUTOFF)
    if tracks.frame_count < 2:
        return {name: np.repeat(calm[:, j], frames, axis=0) for j, name in enumerate(names)}
    values = CubicSpline(times, calm, axis=0)(np.clip(wanted, 0, times[-1]))
    return {name: values[:, j] for j, name in enumerate(names)}


def fit_joints(joints: dict[str, Array], fps: float, body_rest: Array) -> Fit:
    """Fits tracks (T, 3) m, Z up, by name; ``body_rest`` (52, 3) m gives what the tracks do not tell."""
    pitches = flat_pitches(joints, fps)
    rest = own_rest(joints, body_rest, pitches)
    rotations = to_local(closed_form(joints, rest))
    targets = np.stack([joints.get(theirs, np.full_like(joints["pelvis"], np.nan)) for _, theirs in FITTED], axis=1)
    middle = (joints["l_hip"] + joints["r_hip"]) / 2
    offset = (rest[_J["left_hip"]] + rest[_J["right_hip"]]) / 2 - rest[0]
    turned = rotations[:, 0] @ offset
    rotations, transl = _refine(rotations, middle - turned - rest[0], rest, targets)
    times = np.arange(len(middle)) / fps
    calm = smooth_rotations(matrix_to_quaternion(rotations), times, _ROTATION_CUTOFF)
    rotations = quaternion_to_matrix(calm)
    _, placed = forward(rotations, rest[:BODY], transl)
    errors = np.linalg.norm(placed[:, [_J[ours] for ours, _ in FITTED]] - targets, axis=-1)
    return Fit(rotations, rest, transl, errors)


def flat_pitches(joints: dict[str, Array], fps: float) -> dict[str, float]:
    """How far (rad) each side's line from ankle to toe falls when the foot stands flat, by side ``l`` and ``r``.

    From the calm frames with a low ankle; rigs put these joints anywhere between sole and bone, but a dancer who never
    puts a heel down is no reason to take tiptoe for flat.
    """
    pitches = {}
    for side in ("l", "r"):
        if f"{side}_toe" not in joints:
            continue
        ankle, toe = joints[f"{side}_ankle"], joints[f"{side}_toe"]
        speed = np.linalg.norm(np.gradient(ankle, axis=0), axis=1) + np.linalg.norm(np.gradient(toe, axis=0), axis=1)
        low = ankle[:, 2] < np.percentile(ankle[:, 2], 5) + 0.03
        calm = low & (speed <= np.percentile(speed[low], 30))
        fall = normalise(toe - ankle)[:, 2]
        pitches[side] = float(np.clip(np.arcsin(-np.median(fall[calm])), *_PITCH_RANGE))
    return pitches


def own_rest(joints: dict[str, Array], body_rest: Array, pitches: dict[str, float]) -> Array:
    """The body's rest joints (52, 3) with the figure's lengths: limbs, feet, width of hips and shoulders, trunk."""
    rest = np.array(body_rest, np.float64)

    def length(a: str, b: str) -> float:
        return float(np.median(np.linalg.norm(joints[a] - joints[b], axis=1)))

    def middle(part: str) -> Array:
        return (joints[f"l_{part}"] + joints[f"r_{part}"]) / 2

    scale = np.ones(3)
    trunk = float(np.median(np.linalg.norm(middle("shoulder") - middle("hip"), axis=1)))
    shoulders, hips = ([_J[f"left_{part}"], _J[f"right_{part}"]] for part in ("shoulder", "hip"))
    scale[1] = trunk / np.linalg.norm(rest[shoulders].mean(0) - rest[hips].mean(0))
    result = rest * scale
    for side in ("left", "right"):
        s, sign = side[0], 1.0 if side == "left" else -1.0
        width = length("l_hip", "r_hip") / 2 * sign
        result[_J[f"{side}_hip"]] = [width, *(rest[_J[f"{side}_hip"]][1:] * scale[1:])]
        shoulder = result[_J[f"{side}_shoulder"]]
        shoulder[0] = length("l_shoulder", "r_shoulder") / 2 * sign
        for parent, child, bone in (
            ("hip", "knee", ("hip", "knee")), ("knee", "ankle", ("knee", "ankle")), ("ankle", "foot", ("ankle", "toe")),
            ("shoulder", "elbow", ("shoulder", "elbow")), ("elbow", "wrist", ("elbow", "wrist")),
        ):  # fmt: skip
            direction = normalise(rest[_J[f"{side}_{child}"]] - rest[_J[f"{side}_{parent}"]])
            size = np.linalg.norm(rest[_J[f"{side}_{child}"]] - rest[_J[f"{side}_{parent}"]])
            if f"{s}_{bone[1]}" in joints:
                size = length(f"{s}_{bone[0]}", f"{s}_{bone[1]}")
                if bone[1] == "toe":
                    direction = np.array([0, -np.sin(pitches[s]), np.cos(pitches[s])])
            result[_J[f"{side}_{child}"]] = result[_J[f"{side}_{parent}"]] + direction * size
        first = _J[f"{side}_index1"]
        moved = result[_J[f"{side}_wrist"]] - rest[_J[f"{side}_wrist"]]
        result[first : first + 15] = rest[first : first + 15] + moved
    return result


def _refine(rotations: Array, transl: Array, rest: Array, targets: Array) -> tuple[Array, Array]:
    """Gauss-Newton of all frames at once: positions of FITTED, held to the closed form, hinges only one way."""
    start, rest = rotations, rest[:BODY]
    fitted = [_J[ours] for ours, _ in FITTED]
    frames, size = len(transl), 3 + 3 * len(_BLOCKS)
    leaders = [_J[names[0]] for names, _ in _BLOCKS]
    stiffness = 1 / np.array([spread for _, spread in _BLOCKS]).reshape(-1) ** 2
    moves = ancestors()[fitted]
    weight = np.where(np.isfinite(targets).all(axis=-1), 1 / _POSITION_ERROR, 0.0)
    aims = np.nan_to_num(targets)
    for _ in range(_ITERATIONS):
        turned, placed = forward(rotations, rest, transl)
        points = placed[:, fitted]
        jacobian = np.zeros((frames, len(fitted), 3, size))
        jacobian[..., :3] = np.eye(3)
        for block, (names, _) in enumerate(_BLOCKS):
            for name in names:
                joint = _J[name]
                rows = np.flatnonzero(moves[:, joint])
                lever = points[:, rows] - placed[:, None, joint]
                # axis × lever for each local axis: (T, rows, 3 axes, 3)
                axes = np.moveaxis(turned[:, joint], -1, -2)[:, None]
                turn = np.cross(axes, lever[:, :, None])
                jacobian[:, rows, :, 3 + 3 * block : 6 + 3 * block] += np.swapaxes(turn, -1, -2)
        jacobian *= weight[..., None, None]
        residual = ((points - aims) * weight[..., None]).reshape(frames, -1)
        flat = jacobian.reshape(frames, -1, size)
        normal = np.swapaxes(flat, -1, -2) @ flat
        side = (np.swapaxes(flat, -1, -2) @ residual[..., None])[..., 0]
        drift = matrix_to_axis_angle(np.swapaxes(start[:, leaders], -1, -2) @ rotations[:, leaders])
        side[:, 3:] += stiffness * drift.reshape(frames, -1)
        diagonal = np.broadcast_to(np.concatenate([np.full(3, 1e-6), stiffness]), (frames, size)).copy()
        for name, axis, sign in _HINGES:
            column = 3 + 3 * leaders.index(_J[name]) + axis
            beyond = np.minimum(sign * matrix_to_axis_angle(rotations[:, _J[name]])[:, axis], 0.0)
            diagonal[:, column] += (beyond < 0) / _HINGE_ERROR**2
            side[:, column] += sign * beyond / _HINGE_ERROR**2
        normal[:, np.arange(size), np.arange(size)] += diagonal
        step = -np.linalg.solve(normal, side[..., None])[..., 0]
        turns = step[:, 3:].reshape(frames, -1, 3)
        length = np.linalg.norm(turns, axis=-1, keepdims=True)
        steps = axis_angle_to_matrix(turns * np.minimum(1, _STEP_LIMIT / np.maximum(length, 1e-12)))
        rotations = rotations.copy()
        for block, (names, _) in enumerate(_BLOCKS):
            for name in names:
                rotations[:, _J[name]] = rotations[:, _J[name]] @ steps[:, block]
        transl = transl + step[:, :3]
    return rotations, transl
