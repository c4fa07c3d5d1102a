"""What is asked of the engine for a correction: from what the user sees to the take's frames and world.

A correction is solved where the motion still has the take's own frames, before people are moved, trimmed or slowed
down; what comes later in the list is applied to it as before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from ..review.problems import runs
from ..rotation import quaternion_conjugate, quaternion_multiply, quaternion_to_axis_angle
from ..skeleton import BODY_JOINTS, CONTACT_POINTS
from .base import Edit
from .motion import Motion, rotate

Array = NDArray[Any]

# Steps that leave the take's frames and world as they are.
_IN_PLACE = ("smooth", "repair", "swap_sides", "correct")
# A joint that turned less (rad), a pelvis that moved less (m), was not posed.
POSED_TURN, POSED_WAY = 0.01, 0.003
STANDS = 0.5


def place_for(edits: Sequence[Edit]) -> int:
    """The index in a list at which a correction is solved and put."""
    return next((i for i, edit in enumerate(edits) if edit.kind not in _IN_PLACE), len(edits))


@dataclass(frozen=True)
class Seen:
    """One frame as the user sees it: ``take_frame`` of the take, and the motions' poses there before and after the
    steps that follow a correction: rotations (52, 4), pelvis (3,) m.
    """

    take_frame: int
    before_rotations: Array
    before_pelvis: Array
    rotations: Array
    pelvis: Array
    scale: float

    def to_take(self, way: Array) -> Array:
        """A way (3,) m that the user sees, in the take's world."""
        turn = quaternion_multiply(self.before_rotations[0], quaternion_conjugate(self.rotations[0]))
        return rotate(turn, np.asarray(way, np.float64)) / self.scale


def seen_at(before: Motion, shown: Motion, edits: Sequence[Edit], seconds: float, who: str) -> Seen:
    """The frame that ``shown`` has at ``seconds`` on its time line. ``before`` is the motion at ``place_for(edits)``.

    Raises BadInputError where that frame shows no footage of the person, or a mirrored one.
    """
    times = shown.timestamps
    at = int(np.argmin(np.abs(times - seconds)))
    source = float(shown.source[at])
    if abs(times[at] - seconds) > shown.frame_s or not np.isfinite(source):
        raise BadInputError(f"This frame shows no footage of {who}.", "Correct a frame of the take itself.")
    if any(edit.enabled and edit.kind == "mirror" for edit in edits):
        raise BadInputError("The motion is mirrored.", "Switch the step Mirror off while you correct.")
    frame = int(np.argmin(np.abs(before.source - source)))
    return Seen(
        frame, before.rotations[frame], before.pelvis[frame], shown.rotations[at], shown.pelvis[at], shown.scale
    )


@dataclass(frozen=True)
class Posed:
    """What the user posed: joints of the body with their local rotations (3,) axis-angle, the pelvis' place (3,) m in
    the take's world where it was moved, and how many finger joints, which are not solved.
    """

    joints: dict[str, Array]
    pelvis: Array | None
    fingers: int

    @property
    def nothing(self) -> bool:
        return not self.joints and self.pelvis is None


def posed_joints(seen: Seen, rotations: Array, pelvis: Array) -> Posed:
    """What differs between the pose that the user holds, (52, 4) and (3,) m, and the one that was ``seen``."""
    turned = quaternion_multiply(quaternion_conjugate(seen.rotations), rotations)
    angles = np.linalg.norm(quaternion_to_axis_angle(turned), axis=-1)
    found, fingers = {}, 0
    for joint in np.flatnonzero(angles > POSED_TURN):
        if joint >= len(BODY_JOINTS):
            fingers += 1
            continue
        local = quaternion_multiply(seen.before_rotations[0], turned[0]) if joint == 0 else rotations[joint]
        found[BODY_JOINTS[joint]] = quaternion_to_axis_angle(local)
    way = pelvis - seen.pelvis
    moved = seen.before_pelvis + seen.to_take(way) if float(np.linalg.norm(way)) > POSED_WAY else None
    return Posed(found, moved, fingers)


def contact_items(before: Motion, captured: Array, begin: int, end: int) -> list[dict[str, Any]]:
    """Contacts of ``before`` in frames ``begin`` … ``end`` that differ from the ``captured`` (T, 6): what was said of
    them earlier, which the engine does not know.
    """
    now, then = before.contacts[begin : end + 1] >= STANDS, np.nan_to_num(captured[begin : end + 1]) >= STANDS
    items = []
    for column, point in enumerate(CONTACT_POINTS):
        for stands in (True, False):
            for first, last in runs((now[:, column] != then[:, column]) & (now[:, column] == stands)):
                items.append({"point": point, "begin": begin + first, "end": begin + last, "stands": stands})
    return items
