"""Some frames solved again with what a user says of them, blended into the rest.

What the user says holds in single frames. From the pose that it makes there, the change is carried over the interval,
fading to none at its ends; then the interval is solved with that as what is expected, the corrections as constraints,
and little belief in landmarks that the user contradicts.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from ..contact.detect import SOLES, contacts_of
from ..rotation import axis_angle_to_matrix, matrix_to_axis_angle, matrix_to_quaternion, quaternion_to_matrix, slerp
from ..skeleton import BODY_JOINTS, CONTACT_POINTS, JOINT_INDEX
from .constraints import Footing, Pins
from .rig import BODY, Rig, attached, forward
from .terms import Evidence, Pose
from .trajectory import TAKE_BLOCKS, Motion, soles, solve_trajectory

Array = NDArray[np.floating]

# Seconds on either side that are solved along but hardly move, and over which the result fades into the rest.
MARGIN, _FADE = 0.5, 0.15
# A user's point is this exact (m); a landmark that is contradicted by so much (m) is half believed.
_PIN_ERROR, _CONTRADICTED = 0.005, 0.05
# How firmly the interval, frames of it that no footage shows, what lies around it, and locked joints are held to what
# is expected.
_INSIDE, _UNSEEN, _OUTSIDE, _LOCKED = 8.0, 200.0, 400.0, 2000.0
# Root, pelvis and back against the limbs, when one frame is corrected alone: a hand is moved by its arm.
_STANDS_FAST = (600.0, 60.0, 20.0)
# A corrected 2D point weighs as much as so many measured ones.
_POINT_WEIGHT = 60.0
_ROUNDS = 5
_BELOW = 0.12


@dataclass(frozen=True)
class Corrections:
    """What a user says of frames ``begin`` … ``end`` (both included) of a take.

    ``pinned``: (frame, joint of BODY_JOINTS) → where it must be, (3,) m, world. ``posed``: (frame, joint) → its local
    rotation, axis-angle. ``points``: (frame, row of the rig's landmarks) → (2,) normalised image coordinates.
    ``contacts``: (name of CONTACT_POINTS, first frame, last frame, whether it stands). ``flipped``: (left or right,
    first frame, last frame): a hand that was taken for its back. ``locked``: joints whose rotations stay.
    """

    begin: int
    end: int
    pinned: dict[tuple[int, str], Array] = dataclasses.field(default_factory=dict)
    posed: dict[tuple[int, str], Array] = dataclasses.field(default_factory=dict)
    points: dict[tuple[int, int], Array] = dataclasses.field(default_factory=dict)
    contacts: tuple[tuple[str, int, int, bool], ...] = ()
    flipped: tuple[tuple[str, int, int], ...] = ()
    locked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Corrected:
    """Frames ``begin`` … ``begin + n − 1``: ``pose`` (all 52 joints, world) and ``contacts`` (n, 6)."""

    begin: int
    pose: Pose
    contacts: Array


def correct(pose: Pose, contacts: Array, seen: Evidence, camera_from_world: Array, timestamps: Array, rig: Rig,
            corrections: Corrections) -> Corrected:  # fmt: skip
    """Solves an interval again.

    pose: the whole motion as it is, world, (T, 52, 3, 3) and (T, 3) m; contacts (T, 6) probabilities; seen, (T, …);
    camera_from_world (T, 4, 4); timestamps (T,) s. Frames outside of the interval stay exactly as they are.
    """
    step = float(np.median(np.diff(timestamps))) if len(timestamps) > 1 else 1.0
    margin = max(1, round(MARGIN / step))
    window = slice(max(corrections.begin - margin, 0), min(corrections.end + 1 + margin, len(timestamps)))
    first, last = corrections.begin - window.start, corrections.end - window.start
    times, cameras = timestamps[window], camera_from_world[window]
    evidence = _with_points(seen.part(window), corrections, window.start)
    now = Pose(pose.rotations[window], pose.transl[window])
    flipped = _flip(now, corrections, window.start)
    body = Pose(flipped.rotations[:, :BODY], flipped.transl)
    pins = _pins(corrections, window.start)
    expected = _carried(body, evidence, cameras, times, rig, corrections, pins, (first, last))
    edited = _edited_contacts(contacts[window], corrections, window.start)
    firmness = np.full((len(times), 1 + len(TAKE_BLOCKS.names)), _OUTSIDE)
    shown = (evidence.confidence[first : last + 1] > 0).any(axis=1, keepdims=True)
    firmness[first : last + 1] = np.where(shown, _INSIDE, _UNSEEN)
    _hold(firmness, corrections, window.start)
    motion = Motion(
        start=expected,
        expected=expected,
        seen=_less_believed(evidence, body, expected, rig, corrections, window.start),
        camera_from_world=cameras,
        timestamps=times,
        footing=_footing(edited, expected, times, rig),
        firmness=firmness,
        pins=pins,
    )
    solved = solve_trajectory(motion, rig, _ROUNDS)
    share = _fade(len(times), first, last, max(1, round(_FADE / step)), window, len(timestamps))
    rotations = flipped.rotations.copy()
    rotations[:, :BODY] = solved.rotations
    mixed = slerp(
        matrix_to_quaternion(now.rotations), matrix_to_quaternion(rotations), np.repeat(share[:, None], 52, axis=1)
    )
    transl = now.transl + share[:, None] * (solved.transl - now.transl)
    kept = slice(first, last + 1)
    return Corrected(
        corrections.begin, Pose(quaternion_to_matrix(mixed)[kept], transl[kept]), edited[kept].astype(np.float32)
    )


def _with_points(seen: Evidence, corrections: Corrections, start: int) -> Evidence:
    rays, confidence = seen.rays.copy(), seen.confidence.copy()
    for (frame, row), ray in corrections.points.items():
        rays[frame - start, row] = ray
        confidence[frame - start, row] = _POINT_WEIGHT
    return dataclasses.replace(seen, rays=rays, confidence=confidence)


def _flip(pose: Pose, corrections: Corrections, start: int) -> Pose:
    """Hands turned half way about the way from wrist to knuckles, where the user says so."""
    rotations = pose.rotations.copy()
    for side, begin, end in corrections.flipped:
        frames = slice(max(begin - start, 0), end - start + 1)
        along = np.array([1.0 if side == "left" else -1.0, 0, 0])
        wrist = JOINT_INDEX[f"{side}_wrist"]
        rotations[frames, wrist] = rotations[frames, wrist] @ axis_angle_to_matrix(np.pi * along)
    return Pose(rotations, pose.transl)


def _pins(corrections: Corrections, start: int) -> Pins:
    items = list(corrections.pinned.items())
    return Pins(
        np.array([frame - start for (frame, _), _ in items], np.int64),
        np.array([BODY_JOINTS.index(joint) for (_, joint), _ in items], np.int64),
        np.array([place for _, place in items], np.float64).reshape(-1, 3),
        np.full(len(items), _PIN_ERROR),
    )


def _carried(body: Pose, seen: Evidence, cameras: Array, times: Array, rig: Rig, corrections: Corrections, pins: Pins,
             ends: tuple[int, int]) -> Pose:  # fmt: skip
    """The motion with the change that the corrected frames make, carried over the interval."""
    start = ends[0] - corrections.begin  # from the take's frames to the window's
    named = [*corrections.pinned, *corrections.posed, *corrections.points]
    frames = sorted({frame + start for frame, _ in named})
    rotations, transl = body.rotations.copy(), body.transl.copy()
    if not frames:
        return body
    for (frame, joint), turn in corrections.posed.items():
        rotations[frame + start, JOINT_INDEX[joint]] = axis_angle_to_matrix(np.asarray(turn, np.float64))
    # Alone a frame would follow its noise: it moves as little as what is said asks for.
    said = dataclasses.replace(seen, confidence=np.where(seen.confidence >= _POINT_WEIGHT, _POINT_WEIGHT, 0.0),
                               points=np.full_like(seen.points, np.nan))  # fmt: skip
    turns, moves = [], []
    for frame in frames:
        one = slice(frame, frame + 1)
        asked = Pose(rotations[one], transl[one])
        firmness = np.ones((1, 1 + len(TAKE_BLOCKS.names)))
        firmness[:, :3] = _STANDS_FAST
        _hold(firmness, corrections, frame - start, only=True)
        alone = Motion(asked, asked, said.part(one), cameras[one], times[one], None, firmness, pins.part(one))
        found = solve_trajectory(alone, rig, 2 * _ROUNDS)
        turns.append(matrix_to_axis_angle(np.swapaxes(body.rotations[frame], -1, -2) @ found.rotations[0]))
        moves.append(found.transl[0] - body.transl[frame])
    known = [(ends[0] - 1, 0 * turns[0], 0 * moves[0]), *zip(frames, turns, moves, strict=True),
             (ends[1] + 1, 0 * turns[0], 0 * moves[0])]  # fmt: skip
    known = [k for i, k in enumerate(known) if i in (0, len(known) - 1) or ends[0] <= k[0] <= ends[1]]
    inside = np.arange(ends[0], ends[1] + 1)
    at = [k[0] for k in known]
    turn = PchipInterpolator(at, np.stack([k[1] for k in known]))(inside)
    rotations, transl = body.rotations.copy(), body.transl.copy()
    rotations[inside] = rotations[inside] @ axis_angle_to_matrix(turn)
    transl[inside] += PchipInterpolator(at, np.stack([k[2] for k in known]))(inside)
    return Pose(rotations, transl)


def _hold(firmness: Array, corrections: Corrections, start: int, only: bool = False) -> None:
    """Locked joints everywhere, posed ones in their frames (``only``: the one frame at ``start``)."""
    blocks = {name: 1 + i for i, names in enumerate(TAKE_BLOCKS.names) for name in names}
    for joint in corrections.locked:
        firmness[:, blocks[joint]] = _LOCKED
    for frame, joint in corrections.posed:
        if not only or frame == start:
            firmness[frame - start, blocks[joint]] = _LOCKED


def _less_believed(seen: Evidence, before: Pose, after: Pose, rig: Rig, corrections: Corrections,
                   start: int) -> Evidence:  # fmt: skip
    def landmarks(pose: Pose) -> Array:
        turned, placed = forward(pose.rotations, rig.rest[:BODY], pose.transl)
        return attached(turned, placed, rig.rest, rig.landmark_joints, rig.landmark_rest)

    moved = np.linalg.norm(landmarks(after) - landmarks(before), axis=-1)
    confidence = seen.confidence / (1 + (moved / _CONTRADICTED) ** 2)
    for frame, row in corrections.points:
        confidence[frame - start, row] = _POINT_WEIGHT
    points = np.where((moved > _CONTRADICTED)[..., None], np.nan, seen.points)
    return dataclasses.replace(seen, confidence=confidence, points=points)


def _edited_contacts(contacts: Array, corrections: Corrections, start: int) -> Array:
    edited = np.array(contacts, np.float64)
    for name, begin, end, stands in corrections.contacts:
        edited[max(begin - start, 0) : end - start + 1, CONTACT_POINTS.index(name)] = float(stands)
    return edited


def _footing(contacts: Array, pose: Pose, timestamps: Array, rig: Rig) -> Footing:
    heights = soles(pose, rig)[..., 2]
    found = contacts_of(contacts, heights, timestamps)
    # Somebody below the floor of the take stands on another one.
    return Footing(found.standing, found.level, 0.0 if heights[:, :SOLES].min() > -_BELOW else -np.inf)


def _fade(count: int, first: int, last: int, frames: int, window: slice, total: int) -> Array:
    """(count,) 0 outside of the interval, rising to 1 inside it; no fade where the take itself begins or ends."""
    index = np.arange(count, dtype=np.float64)
    rise = np.clip((index - first + 1) / (frames + 1), 0, 1)
    fall = np.clip((last + 1 - index) / (frames + 1), 0, 1)
    if window.start + first == 0:
        rise[first:] = 1
    if window.start + last == total - 1:
        fall[: last + 1] = 1
    share = np.minimum(rise, fall)
    return share**2 * (3 - 2 * share)
