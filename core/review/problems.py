"""Moments at which a motion cannot be trusted: which joint, when, why, how bad."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..edit.clarity import clarity
from ..edit.motion import Motion
from ..edit.parts import part_of_joint
from ..joint_limits import beyond_limits
from ..skeleton import JOINT_INDEX, SMPLH_JOINTS

Array = NDArray[Any]

REASONS: dict[str, str] = {
    "missing": "not in the picture",
    "occluded": "hidden or unclear",
    "fast": "moves faster than people do",
    "swapped": "left and right may be mixed up",
    "limits": "bends further than joints do",
}

# A joint is unclear below half of its own better moments.
_UNCLEAR = 0.5
# Shorter moments are not worth a visit.
_SHORTEST_S = 0.1
# Fastest a joint moves, m/s: sprinters reach 12, a fist 11 (Walilko 2005), a kicking foot 20 (Lees and Nolan 1998).
_FASTEST = {"root": 12.0, "torso": 12.0, "arms": 14.0, "legs": 22.0, "hands": 18.0}
# A change of sides: both ends of a pair jump at least so far in one frame, onto each other's places.
_SWAP_M, _SWAP_RATIO = 0.2, 0.4
_PAIRS = ("ankle", "wrist")
# Joints from here on are fingers, whose problems count less.
_BODY, _FINGERS = 22, 0.6
# Out of limits by this much, rad, is as bad as it gets.
_WORST_ANGLE = 0.8


@dataclass(frozen=True)
class Problem:
    """``frame`` is the worst of ``start`` … ``end`` (included), indices into the motion; ``joint`` one of the 52.

    ``severity`` 0…1; ``reason`` is a key of ``REASONS``.
    """

    reason: str
    joint: int
    frame: int
    start: int
    end: int
    severity: float

    @property
    def text(self) -> str:
        """The problem in an animator's words."""
        if self.reason == "missing":
            return "The person is not in the picture"
        return f"{joint_words(self.joint).capitalize()}: {REASONS[self.reason]}"


def joint_words(joint: int) -> str:
    """A joint as animators call it: fingers by their hand."""
    side, _, name = SMPLH_JOINTS[joint].rpartition("_")
    words = {"collar": "collarbone", "foot": "toes"}.get(name, name.rstrip("123"))
    return f"{side} {'hand' if joint >= _BODY else words}".strip()


def find_problems(motion: Motion) -> tuple[Problem, ...]:
    """All problems of a motion, the worst first."""
    joints = motion.joints()
    found = [
        *_missing(motion),
        *_occluded(motion),
        *_fast(motion, joints),
        *_swapped(motion, joints),
        *_out_of_limits(motion),
    ]
    return tuple(sorted(found, key=lambda problem: (-problem.severity, problem.frame, problem.joint)))


def _missing(motion: Motion) -> Iterator[Problem]:
    for start, end in runs(motion.present < 0.5):
        lasting = _lasting(motion, start, end)
        if lasting >= _SHORTEST_S:
            yield Problem("missing", 0, (start + end) // 2, start, end, float(min(1.0, 0.5 + lasting / 2)))


def _occluded(motion: Motion) -> Iterator[Problem]:
    """One problem per stretch and limb, at its least certain joint."""
    seen = motion.present >= 0.5
    share = clarity(motion) / _UNCLEAR
    for members in _limbs():
        clear = share[:, members]
        # A fingertip alone is not worth a visit: half of a limb's joints must be unclear.
        unsure = (np.median(clear, axis=1) < 1) & seen
        for start, end in runs(unsure):
            lasting = _lasting(motion, start, end)
            if lasting < _SHORTEST_S:
                continue
            part = clear[start : end + 1]
            frame, joint = np.unravel_index(np.argmin(part), part.shape)
            doubt = max(0.0, 1 - float(part.mean()))
            severity = (0.3 + 0.5 * doubt) * min(1.0, 0.4 + lasting) * (_FINGERS if members[0] >= _BODY else 1.0)
            yield Problem("occluded", int(members[joint]), start + int(frame), start, end, float(severity))


def _fast(motion: Motion, joints: Array) -> Iterator[Problem]:
    if motion.frame_count < 2:
        return
    step = np.diff(motion.timestamps)[:, None]
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) / step
    limit = np.array([_FASTEST[part] for part in part_of_joint()])
    over = speed / limit
    for members in _limbs():
        worst = over[:, members].max(axis=1)
        for start, end in runs(worst > 1):
            part = over[start : end + 1][:, members]
            frame, joint = np.unravel_index(np.argmax(part), part.shape)
            severity = min(1.0, 0.5 + 0.25 * (float(part.max()) - 1))
            yield Problem("fast", int(members[joint]), start + int(frame) + 1, start, end + 1, severity)


def _swapped(motion: Motion, joints: Array) -> Iterator[Problem]:
    """Frames at which left and right jump onto each other's places."""
    for name in _PAIRS:
        left, right = joints[:, JOINT_INDEX[f"left_{name}"]], joints[:, JOINT_INDEX[f"right_{name}"]]
        stay = np.linalg.norm(np.diff(left, axis=0), axis=-1) + np.linalg.norm(np.diff(right, axis=0), axis=-1)
        cross = np.linalg.norm(left[1:] - right[:-1], axis=-1) + np.linalg.norm(right[1:] - left[:-1], axis=-1)
        for at in np.flatnonzero((stay > 2 * _SWAP_M) & (cross < _SWAP_RATIO * stay)):
            frame = int(at) + 1
            severity = min(1.0, 0.6 + 0.4 * float(1 - cross[at] / stay[at]))
            yield Problem("swapped", JOINT_INDEX[f"left_{name}"], frame, frame - 1, frame, severity)


def _out_of_limits(motion: Motion) -> Iterator[Problem]:
    over = beyond_limits(motion.rotations)
    for members in _limbs():
        worst = over[:, members].max(axis=1)
        for start, end in runs(worst > 0):
            if _lasting(motion, start, end) < _SHORTEST_S / 2:
                continue
            part = over[start : end + 1][:, members]
            frame, joint = np.unravel_index(np.argmax(part), part.shape)
            severity = min(1.0, 0.25 + 0.75 * float(part.max()) / _WORST_ANGLE)
            yield Problem("limits", int(members[joint]), start + int(frame), start, end, severity)


def runs(flags: Array) -> list[tuple[int, int]]:
    """First and last index of every stretch of true in flags (T,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(stop) - 1) for first, stop in edges.reshape(-1, 2)]


def _lasting(motion: Motion, start: int, end: int) -> float:
    """Seconds, each frame counted whole."""
    return float(motion.timestamps[end] - motion.timestamps[start]) + motion.frame_s


def _limbs() -> list[Array]:
    """Joints that are looked at together: torso with hips, each arm, each leg, each hand's fingers."""
    parts = part_of_joint()
    groups: dict[tuple[str, str], list[int]] = {}
    for joint, name in enumerate(SMPLH_JOINTS):
        side = name.split("_")[0] if parts[joint] in ("arms", "legs", "hands") else ""
        part = "torso" if parts[joint] == "root" else parts[joint]
        groups.setdefault((part, side), []).append(joint)
    return [np.array(members) for members in groups.values()]
