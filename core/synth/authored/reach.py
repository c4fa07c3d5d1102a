"""Arms that bring their wrists somewhere: two-bone IK on a shoulder that gives way.

Directions and places are in the chest's axes, x to the person's left, y up, z forward, places from the middle between
the shoulders at rest; right arms are written as left ones and mirrored, as in arms.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from .arms import MIRROR, collar_turn
from .gait import aim

Array = NDArray[np.floating]

# Which way an elbow hangs: out, down and a little back.
ELBOW_POLE = (0.55, -0.8, -0.25)
_FULL = 0.985  # of its length that an arm stretches to
_ROUNDS = 4
# rad: turn of the forearm either way from thumb up, and bend of the wrist (AAOS: 80° to 90°, 70° to 80°); under the
# weight of the body it bends further.
_PRONATION, WRIST, LOADED_WRIST = 1.55, 1.25, 1.75


def reach(
    wrist: Array, hand: Array, palm: Array, side: str, rest: dict[str, Array], pole: Array | None = None,
    bend: float = WRIST,
) -> dict[str, Array]:  # fmt: skip
    """Tracks for ``arms.solve_arm`` that put the wrist at ``wrist`` (T, 3) m.

    ``hand``, ``palm`` (T, 3): where the fingers and the palm point; ``pole`` (T, 3): where the elbow points;
    ``bend`` rad: as far as the wrist gives.
    """
    to_side = np.ones(3) if side == "left" else MIRROR
    joint = {name: rest[f"{side}_{name}"] * to_side for name in ("collar", "shoulder", "elbow", "wrist")}
    origin = (rest["left_shoulder"] + rest["right_shoulder"]) / 2
    target = wrist + origin - joint["collar"]
    upper_length = float(np.linalg.norm(joint["elbow"] - joint["shoulder"]))
    fore_length = float(np.linalg.norm(joint["wrist"] - joint["elbow"]))
    pole = np.broadcast_to(ELBOW_POLE if pole is None else pole, wrist.shape)
    upper = np.tile([0.3, -0.9, 0.3], (len(wrist), 1))
    fore = upper
    for _ in range(_ROUNDS):
        turn = Rotation.from_euler("zy", collar_turn(upper))
        along = target - turn.apply(joint["shoulder"] - joint["collar"])
        length = np.linalg.norm(along, axis=1, keepdims=True)
        most = _FULL * (upper_length + fore_length)
        # Softly up to full stretch, so that an arm never snaps straight.
        near = 0.92 * most
        short = np.where(length > near, near + (most - near) * np.tanh((length - near) / (most - near)), length)
        short = np.maximum(short, 1.05 * abs(upper_length - fore_length) + 0.05)
        along = along / length
        aside = pole - along * np.sum(pole * along, axis=1, keepdims=True)
        aside = aside / np.maximum(np.linalg.norm(aside, axis=1, keepdims=True), 1e-6)
        cosine = (upper_length**2 + short**2 - fore_length**2) / (2 * upper_length * short)
        elbow = upper_length * (cosine * along + np.sqrt(np.maximum(1 - cosine**2, 0)) * aside)
        upper, fore = elbow / upper_length, (along * short - elbow) / fore_length
    hand, palm = _as_far_as_wrists_go(upper, fore, hand, palm, rest, bend)
    nothing = np.zeros(len(wrist))
    return {"upper": upper, "fore": fore, "hand": hand, "palm": palm, "curl": np.zeros((len(wrist), 5)),
            "spread": nothing}  # fmt: skip


def hand_frame(hand: Array, palm: Array, rest: dict[str, Array]) -> Array:
    """Rotation (T, 3, 3) of a left hand from rest whose fingers point along ``hand`` and whose palm faces ``palm``."""
    rest_hand = (rest["left_middle1"] - rest["left_wrist"]) * [1, 0, 1]
    return aim(rest_hand, np.array([0, -1.0, 0]), hand, palm)


def _as_far_as_wrists_go(
    upper: Array, fore: Array, hand: Array, palm: Array, rest: dict[str, Array], most: float
) -> tuple[Array, Array]:
    """Directions of hand and palm turned back to what forearm and wrist can do."""
    rest_upper, rest_fore = rest["left_elbow"] - rest["left_shoulder"], rest["left_wrist"] - rest["left_elbow"]
    forearm = aim(rest_fore, np.cross(rest_upper, [0, 0, 1.0]), fore, np.cross(upper, fore))
    axis = rest_fore / np.linalg.norm(rest_fore)
    relative = Rotation.from_matrix(np.swapaxes(forearm, -1, -2) @ hand_frame(hand, palm, rest))
    q = relative.as_quat()
    twist = np.unwrap(2 * np.arctan2(q[:, :3] @ axis, q[:, 3]))
    twist -= 2 * np.pi * np.round(np.mean(twist) / (2 * np.pi))
    swing = (relative * Rotation.from_rotvec(-twist[:, None] * axis)).as_rotvec()
    bend = np.linalg.norm(swing, axis=1, keepdims=True)
    swing = swing * _softly(bend, most) / np.maximum(bend, 1e-6)
    turned = forearm @ (Rotation.from_rotvec(swing) * Rotation.from_rotvec(_softly(twist, _PRONATION)[:, None] * axis)
                        ).as_matrix()  # fmt: skip
    rest_hand = (rest["left_middle1"] - rest["left_wrist"]) * [1, 0, 1]
    return turned @ rest_hand / np.linalg.norm(rest_hand), turned @ np.array([0, -1.0, 0])


def _softly(angle: Array, limit: float) -> Array:
    """Angles as they are up to 85 % of the limit, then ever more slowly up to it."""
    near = 0.85 * limit
    beyond = np.maximum(np.abs(angle) - near, 0)
    return np.sign(angle) * (np.minimum(np.abs(angle), near) + (limit - near) * np.tanh(beyond / (limit - near)))
