"""One person's motion while it is being edited: what a take holds of it, on a time line that edits may change.

Rotations are SMPL's local ones (docs/architecture.md, *Conventions*): the pelvis' is in the world, every other is
relative to its parent, all about axes parallel to the template's.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..body.numpy_model import BodyModel
from ..errors import BadInputError
from ..rotation import (
    axis_angle_to_quaternion,
    continuous_quaternions,
    quaternion_multiply,
    quaternion_to_axis_angle,
    slerp,
)
from ..skeleton import SMPLH_JOINTS
from ..take import SmplMotion, TakePerson
from .gaps import fill_points, fill_rotations
from .parts import LEVELS, PARENTS

Array = NDArray[Any]

JOINTS = len(SMPLH_JOINTS)


@dataclass(frozen=True, eq=False)
class Motion:
    """timestamps (T,) s from the take's first frame, increasing; rotations (T, 52, 4) local quaternions; pelvis (T, 3)
    m, world; contacts (T, 6), confidence (T, 52), hand_scores (T, 2: left, right) probabilities; present (T,) 0 or 1;
    source (T,) s, the moment of the take that a frame shows, NaN for none of this take's person.

    rest (52, 3) m are the joints of the person's T-pose as solved, template axes; sole m is where that T-pose stands on
    the template's y axis; height m is its stature; scale is the edited body against it. ``frame_s`` is the spacing of
    new frames. ``key_tolerance_mm``: above 0, keys may be left out as long as no joint strays further.
    """

    timestamps: Array
    rotations: Array
    pelvis: Array
    contacts: Array
    confidence: Array
    hand_scores: Array
    present: Array
    source: Array
    rest: Array
    sole: float
    height: float
    frame_s: float
    scale: float = 1.0
    key_tolerance_mm: float = 0.0

    def __post_init__(self) -> None:
        frames = len(self.timestamps)
        if frames == 0:
            raise BadInputError("an edit leaves no frame of this person.", "Widen its range, or switch it off.")
        shapes = {
            "rotations": (frames, JOINTS, 4),
            "pelvis": (frames, 3),
            "contacts": (frames, 6),
            "confidence": (frames, JOINTS),
            "hand_scores": (frames, 2),
            "present": (frames,),
            "source": (frames,),
            "rest": (JOINTS, 3),
        }
        for name, shape in shapes.items():
            actual = getattr(self, name).shape
            if actual != shape:
                raise BadInputError(f"the motion's {name} has shape {actual}, expected {shape}.")

    @property
    def frame_count(self) -> int:
        return len(self.timestamps)

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        return float(self.timestamps[-1] - self.timestamps[0])

    def replace(self, **changes: Any) -> Motion:
        """A copy with other arrays."""
        return dataclasses.replace(self, **changes)

    def joints(self) -> Array:
        """Positions (T, 52, 3) m, world."""
        return forward(self.rotations, self.pelvis, self.rest * self.scale)[1]

    def global_rotations(self) -> Array:
        """Rotations (T, 52, 4) from the template's axes to the world's."""
        return global_rotations(self.rotations)

    def take(self, frames: ArrayLike) -> Motion:
        """The frames with these indices, times included."""
        index = np.asarray(frames, np.int64)
        return self.replace(**{name: getattr(self, name)[index] for name in ("timestamps", *PER_FRAME)})

    def at(self, seconds: Array, timestamps: Array | None = None) -> Motion:
        """The motion at ``seconds`` (N,), held before the first frame and after the last.

        Its own time becomes ``timestamps`` (N,), ``seconds`` unless given. Rotations by slerp, presence of the nearest
        frame.
        """
        wanted = np.asarray(seconds, np.float64)
        times = self.timestamps
        if len(times) == 1:
            before = after = np.zeros(len(wanted), int)
            fraction = np.zeros(len(wanted))
        else:
            before = np.clip(np.searchsorted(times, wanted, side="right") - 1, 0, len(times) - 2)
            after = before + 1
            fraction = np.clip((wanted - times[before]) / (times[after] - times[before]), 0.0, 1.0)
        nearest = np.where(fraction < 0.5, before, after)

        def mixed(values: Array) -> Array:
            share = fraction.reshape(-1, *(1,) * (values.ndim - 1))
            return values[before] * (1 - share) + values[after] * share

        on_frame = bool(np.all((fraction < 1e-9) | (fraction > 1 - 1e-9)))
        turned = (
            self.rotations[nearest]
            if on_frame
            else slerp(self.rotations[before], self.rotations[after], np.repeat(fraction[:, None], JOINTS, axis=1))
        )
        return self.replace(
            timestamps=wanted if timestamps is None else np.asarray(timestamps, np.float64),
            rotations=turned,
            pelvis=mixed(self.pelvis),
            contacts=mixed(self.contacts),
            confidence=mixed(self.confidence),
            hand_scores=mixed(self.hand_scores),
            present=self.present[nearest],
            source=mixed(self.source),
        )

    def to_smpl(self, betas: Array) -> SmplMotion:
        """SMPL-H parameters of the motion for a person of ``betas`` (10,), as a take stores them.

        ``scale`` is not in them: SMPL's shapes have no uniform scale.
        """
        angles = quaternion_to_axis_angle(self.rotations).astype(np.float32)
        return SmplMotion(
            betas=np.asarray(betas, np.float32),
            global_orient=angles[:, 0],
            body_pose=angles[:, 1:22],
            left_hand_pose=angles[:, 22:37],
            right_hand_pose=angles[:, 37:],
            transl=(self.pelvis - self.rest[0]).astype(np.float32),
        )


PER_FRAME = ("rotations", "pelvis", "contacts", "confidence", "hand_scores", "present", "source")


def from_person(person: TakePerson, timestamps: Array, rate: float, body: BodyModel) -> Motion:
    """A take's person as a motion; ``timestamps`` (T,) s are the take's, ``rate`` its frames a second.

    Frames without a solve are filled from their neighbours, as the import into Blender does.
    """
    smpl = person.smpl
    angles = np.concatenate(
        [np.asarray(smpl.global_orient)[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], axis=1
    )
    quaternions = axis_angle_to_quaternion(angles.astype(np.float64))
    if not np.isfinite(quaternions).all():
        quaternions = np.stack([fill_rotations(quaternions[:, j]) for j in range(JOINTS)], axis=1)
    betas = np.nan_to_num(np.asarray(smpl.betas, np.float64))
    heights = body.shaped(betas)[:, 1]
    rest = np.asarray(body.joints(betas), np.float64)[:JOINTS]
    times = np.asarray(timestamps, np.float64)
    scores = np.stack([person.left_hand.score, person.right_hand.score], axis=-1)
    return Motion(
        timestamps=times - times[0],
        rotations=continuous_quaternions(quaternions),
        pelvis=fill_points(np.asarray(smpl.transl, np.float64)) + rest[0],
        contacts=np.nan_to_num(np.asarray(person.contacts, np.float64)),
        confidence=np.nan_to_num(np.asarray(person.joints_confidence, np.float64)[:, :JOINTS]),
        hand_scores=np.nan_to_num(scores.astype(np.float64)),
        present=np.asarray(person.present, np.float64),
        source=times - times[0],
        rest=rest,
        sole=float(heights.min()),
        height=float(np.ptp(heights)),
        frame_s=1.0 / float(rate),
    )


def rotate(quaternions: Array, vectors: Array) -> Array:
    """Vectors (…, 3) turned by unit quaternions (…, 4)."""
    axis, w = quaternions[..., 1:], quaternions[..., :1]
    across = 2 * np.cross(axis, vectors)
    return vectors + w * across + np.cross(axis, across)


def global_rotations(local: Array) -> Array:
    """Quaternions (…, 52, 4) in the world from local ones."""
    turned = np.empty_like(local)
    turned[..., 0, :] = local[..., 0, :]
    for joints in LEVELS:
        turned[..., joints, :] = quaternion_multiply(turned[..., PARENTS[joints], :], local[..., joints, :])
    return turned


def forward(local: Array, pelvis: Array, rest: Array) -> tuple[Array, Array]:
    """Forward kinematics: global quaternions (…, 52, 4) and joint positions (…, 52, 3) m.

    local (…, 52, 4); pelvis (…, 3) m, world; rest (52, 3) m, joints of the T-pose.
    """
    turned = global_rotations(local)
    bones = np.zeros_like(rest)
    bones[1:] = rest[1:] - rest[PARENTS[1:]]
    offsets = rotate(turned[..., np.maximum(PARENTS, 0), :], bones)
    positions = np.empty((*local.shape[:-1], 3))
    positions[..., 0, :] = pelvis
    for joints in LEVELS:
        positions[..., joints, :] = positions[..., PARENTS[joints], :] + offsets[..., joints, :]
    return turned, positions
