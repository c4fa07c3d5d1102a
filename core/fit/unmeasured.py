"""Landmarks that a whole clip has no 3D of: a lifter without face or feet, a detector without hands, legs out of frame.

They are put where a body hangs by itself, carried by what was measured, so that the pose has a start everywhere. They
are no evidence: the refinement never sees them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rotation import normalise, rotation_between
from ..skeleton import POSE_LANDMARKS
from .ik import frame
from .rig import Rig

Array = NDArray[np.floating]

_TRUNK = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
_HEAD = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
_FACING_CAMERA = np.array([1.0, 0, 0])  # the person's left, in the camera's axes
_CAMERA_UP = np.array([0.0, -1, 0])


def complete(points: Array, rig: Rig) -> Array:
    """points (T, 33, 3) m, camera axes, NaN where there is none, to the same with those of the rig's landmarks put in
    that are NaN in every frame; a landmark with gaps must have them filled before."""
    body = _Body(points, rig)
    if body.known.all():
        return points
    turn = body.trunk_rotation()
    body.carry(_TRUNK, turn, None)
    body.carry(_HEAD, turn, ("left_shoulder", "right_shoulder"))
    down = -turn[:, :, 1]
    for side in ("left", "right"):
        body.hang(f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist", down)
        body.hang(f"{side}_hip", f"{side}_knee", f"{side}_ankle", down)
        fore, rest_fore = body.bone(f"{side}_elbow", f"{side}_wrist")
        hand = rotation_between(turn @ rest_fore, fore) @ turn
        body.carry((f"{side}_wrist", f"{side}_index", f"{side}_pinky", f"{side}_thumb"), hand, None)
        shin, rest_shin = body.bone(f"{side}_knee", f"{side}_ankle")
        foot = frame(shin, turn[:, :, 0]) @ frame(rest_shin, np.array([1.0, 0, 0])).T
        body.carry((f"{side}_ankle", f"{side}_heel", f"{side}_foot_index"), foot, None)
    return body.points


class _Body:
    """Landmarks by name while they are put in."""

    def __init__(self, points: Array, rig: Rig) -> None:
        self.points = np.array(points, np.float64)
        self.rest = np.full((len(POSE_LANDMARKS), 3), np.nan)
        self.rest[rig.landmarks] = rig.landmark_rest
        self.known = np.isfinite(self.points).all((0, 2)) | ~np.isfinite(self.rest[:, 0])

    def rows(self, names: tuple[str, ...]) -> tuple[list[int], list[int]]:
        """Rows of the known and of the unknown ones."""
        rows = [POSE_LANDMARKS.index(name) for name in names]
        return [row for row in rows if self.known[row]], [row for row in rows if not self.known[row]]

    def put(self, rows: list[int], values: Array) -> None:
        self.points[:, rows] = values
        self.known[rows] = True

    def bone(self, first: str, second: str) -> tuple[Array, Array]:
        """(T, 3) as it is and (3,) at rest."""
        a, b = POSE_LANDMARKS.index(first), POSE_LANDMARKS.index(second)
        return self.points[:, b] - self.points[:, a], self.rest[b] - self.rest[a]

    def trunk_rotation(self) -> Array:
        """(T, 3, 3) from rest: what shoulders and hips tell, else somebody who stands facing the camera."""
        frames = len(self.points)
        ups, lefts = [], []
        for side in ("left", "right"):
            if not self.rows((f"{side}_hip", f"{side}_shoulder"))[1]:
                ups.append(self.bone(f"{side}_hip", f"{side}_shoulder"))
        for part in ("shoulder", "hip"):
            if not self.rows((f"right_{part}", f"left_{part}"))[1]:
                lefts.append(self.bone(f"right_{part}", f"left_{part}"))
        up, rest_up = (sum(pair) for pair in zip(*ups, strict=True)) if ups else (_CAMERA_UP, np.array([0.0, 1, 0]))
        left, rest_left = lefts[0] if lefts else (_FACING_CAMERA, np.array([1.0, 0, 0]))
        up, left = np.broadcast_to(up, (frames, 3)), np.broadcast_to(left, (frames, 3))
        if not ups and lefts:  # only the sideways axis is measured: the other is made normal to it
            up = up - normalise(left) * np.sum(up * normalise(left), -1, keepdims=True)
        return frame(up, left) @ frame(np.asarray(rest_up), rest_left).T

    def carry(self, names: tuple[str, ...], turn: Array, anchors: tuple[str, ...] | None) -> None:
        """Puts in the unknown of ``names`` as they lie at rest, turned, about the middle of the known ones of them,
        else of ``anchors``, else about the origin."""
        known, unknown = self.rows(names)
        if not unknown:
            return
        held = known or self.rows(anchors or ())[0]
        rest_centre = self.rest[held].mean(0) if held else self.rest[unknown].mean(0)
        centre = self.points[:, held].mean(1) if held else np.zeros((len(self.points), 3))
        offsets = self.rest[unknown] - rest_centre
        self.put(unknown, centre[:, None] + (turn[:, None] @ offsets[..., None])[..., 0])

    def hang(self, first: str, middle: str, last: str, down: Array) -> None:
        """A limb's unknown joints: between its known ones, else on along it, else straight down."""
        a, b, c = (POSE_LANDMARKS.index(name) for name in (first, middle, last))
        upper, lower = (float(np.linalg.norm(self.rest[j] - self.rest[i])) for i, j in ((a, b), (b, c)))
        if not self.known[b]:
            share = upper / (upper + lower)
            between = (1 - share) * self.points[:, a] + share * self.points[:, c]
            self.put([b], (between if self.known[c] else self.points[:, a] + upper * down)[:, None])
        if not self.known[c]:
            along = normalise(self.points[:, b] - self.points[:, a])
            self.put([c], (self.points[:, b] + lower * along)[:, None])
