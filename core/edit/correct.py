"""What a user said of some frames, solved again: the change that the solve made, kept with the list.

The change is stored per frame of the footage and relative to the body, so that it stays what it is when the steps
before it are switched off, and goes along when the person is moved, trimmed or slowed down.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..rotation import axis_angle_to_quaternion, quaternion_conjugate, quaternion_multiply, quaternion_to_axis_angle
from ..skeleton import BODY_JOINTS, CONTACT_POINTS
from .base import Edit, number, soft_step
from .motion import JOINTS, Motion, rotate

Array = NDArray[Any]

BODY, CONTACTS = len(BODY_JOINTS), len(CONTACT_POINTS)
# A moment of the footage, turns of the body's joints (rad), the pelvis' way along its own axes (m), contacts.
_COLUMNS = 1 + 3 * BODY + 3 + CONTACTS
_SAME = 1e-6
# A solve keeps what was posed nearly; the rest of the way is made up over so many seconds on both sides.
_EXACT_S = 0.15


@dataclass(frozen=True, eq=False)
class Change:
    """What a solve changed: ``seconds`` (N,) of the footage, increasing; ``turns`` (N, 22, 3) axis-angle rad, each
    joint's rotation to be followed by it; ``shift`` (N, 3) m along the pelvis' own axes before the turn; ``contacts``
    (N, 6), to be added.
    """

    seconds: Array
    turns: Array
    shift: Array
    contacts: Array

    def __post_init__(self) -> None:
        n = len(self.seconds)
        shapes = {"seconds": (n,), "turns": (n, BODY, 3), "shift": (n, 3), "contacts": (n, CONTACTS)}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise BadInputError(f"A change's {name} are {getattr(self, name).shape}, expected {shape}.")
        if n == 0 or np.any(np.diff(self.seconds) <= 0):
            raise BadInputError("A change needs frames, one after the other.")

    def to_text(self) -> str:
        """A line of ASCII that ``from_text`` reads; single precision."""
        n = len(self.seconds)
        rows = np.concatenate([self.seconds[:, None], self.turns.reshape(n, -1), self.shift, self.contacts], axis=1)
        # What is too small to see packs well as nothing.
        rows[:, 1:][np.abs(rows[:, 1:]) < _SAME] = 0.0
        return base64.b64encode(zlib.compress(rows.astype("<f4").tobytes())).decode("ascii")

    @classmethod
    def from_text(cls, text: str) -> Change:
        """Raises BadInputError for text that holds no change."""
        try:
            flat = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), "<f4")
            rows = flat.reshape(-1, _COLUMNS).astype(np.float64)
        except (binascii.Error, zlib.error, ValueError) as error:
            raise BadInputError("Correct: what was solved cannot be read.", "Solve it again, or remove it.") from error
        turns, shift, contacts = np.split(rows[:, 1:], [3 * BODY, 3 * BODY + 3], axis=1)
        return cls(rows[:, 0], turns.reshape(-1, BODY, 3), shift, contacts)


@dataclass(frozen=True)
class Correct(Edit):
    """A correction that was solved. ``asked`` is what the user said, JSON as docs/solve.md describes it, frames being
    the take's; ``solved`` is a ``Change`` as text, empty while there is none. ``strength``: how much of it counts.
    """

    kind: ClassVar[str] = "correct"
    label: ClassVar[str] = "Correction"

    asked: str = "{}"
    solved: str = ""
    strength: float = number(1.0, 0, 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            found = json.loads(self.asked)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise BadInputError("Correct: what was asked is not a JSON object.", "Remove the step.")

    def edited(self, motion: Motion) -> Motion:
        return applied(motion, Change.from_text(self.solved), self.strength) if self.solved else motion


def applied(motion: Motion, change: Change, strength: float = 1.0) -> Motion:
    """A motion with ``strength`` of a change, in the frames that show the footage it was solved for."""
    source, seconds = motion.source, change.seconds
    slack = 0.5 * motion.frame_s
    with np.errstate(invalid="ignore"):
        frames = np.flatnonzero((source >= seconds[0] - slack) & (source <= seconds[-1] + slack))
    if not len(frames) or strength == 0:
        return motion
    at = source[frames]

    def sampled(values: Array) -> Array:
        flat = values.reshape(len(values), -1)
        columns = [np.interp(at, seconds, column) for column in flat.T]
        return np.stack(columns, axis=1).reshape(len(at), *values.shape[1:]) * strength

    rotations, pelvis, contacts = motion.rotations.copy(), motion.pelvis.copy(), motion.contacts.copy()
    pelvis[frames] += rotate(motion.rotations[frames, 0], sampled(change.shift)) * motion.scale
    rotations[frames, :BODY] = quaternion_multiply(
        rotations[frames, :BODY], axis_angle_to_quaternion(sampled(change.turns))
    )
    contacts[frames] = np.clip(contacts[frames] + sampled(change.contacts), 0.0, 1.0)
    return motion.replace(rotations=rotations, pelvis=pelvis, contacts=contacts)


def made_exact(rotations: Array, seconds: Array, posed: Mapping[str, Mapping[int, Array]]) -> Array:
    """Local rotations (N, 52, 4) at ``seconds`` (N,) in which joints are in some frames exactly as ``posed``: joint's
    name → frame's index → axis-angle (3,). What they lack is made up over the frames around.
    """
    exact = rotations.copy()
    for joint, frames in posed.items():
        column = BODY_JOINTS.index(joint)
        for frame, wanted in frames.items():
            lacks = quaternion_to_axis_angle(
                quaternion_multiply(quaternion_conjugate(rotations[frame, column]), axis_angle_to_quaternion(wanted))
            )
            others = [abs(seconds[one] - seconds[frame]) for one in frames if one != frame]
            away = np.abs(seconds - seconds[frame]) / min([_EXACT_S, *others])
            share = soft_step(np.clip(1 - away, 0.0, 1.0))
            exact[:, column] = quaternion_multiply(exact[:, column], axis_angle_to_quaternion(share[:, None] * lacks))
    return exact


def change_between(before: Motion, rotations: Array, pelvis: Array, contacts: Array, first: int) -> Change:
    """The change from ``before`` to what a solve answered for its frames from ``first`` on: local rotations
    (N, 52, 4), pelvis (N, 3) m, contacts (N, 6).
    """
    frames = slice(first, first + len(rotations))
    if rotations.shape != (len(before.source[frames]), JOINTS, 4):
        raise BadInputError("The solve answered for other frames than were asked.", "Solve it again.")
    back = quaternion_conjugate(before.rotations[frames])
    turns = quaternion_to_axis_angle(quaternion_multiply(back[:, :BODY], rotations[:, :BODY]))
    shift = rotate(back[:, 0], pelvis - before.pelvis[frames])
    return Change(before.source[frames].copy(), turns, shift, contacts - before.contacts[frames])
