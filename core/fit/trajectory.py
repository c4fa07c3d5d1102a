"""The whole motion at once, in the world: evidence of every frame, smooth as people move, standing where it stands.

Gauss-Newton over all unknowns of all frames. What ties frames together is the acceleration of the root and of every
joint, and soles that must not slide while they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import matrix_to_quaternion, quaternion_to_matrix, slerp
from . import terms
from .banded import Banded
from .blocks import BODY_BLOCKS, Blocks
from .constraints import Footing, Pins, pin, stand
from .prior import PosePrior
from .rig import BODY, CONTACT_JOINTS, Rig, attached, forward
from .smoothness import Acceleration
from .solids import keep_out
from .terms import BoneTargets, Evidence, Normal, Pose

Array = NDArray[np.floating]

# The body, and toes that bend.
TAKE_BLOCKS = Blocks(
    (*BODY_BLOCKS.names, ("left_foot",), ("right_foot",)),
    (*BODY_BLOCKS.spread, (0.25, 0.02, 0.02), (0.25, 0.02, 0.02)),
)
# Seconds that are solved at once, and that neighbours share: what happens now is not felt a second away.
WINDOW, OVERLAP = 20.0, 2.0
# Evidence is weighed as if it came at this rate: twice the frames do not make twice the certainty, since a network errs
# alike on neighbouring ones.
_RATE = 30.0
# The spreads of the blocks, which are those of one frame alone, times this: neighbours speak for each other here.
_PRIOR = 0.7
# How far (m) the root may be from where it was found first, where nothing else is known.
_ROOT_ERROR = 0.5


@dataclass(frozen=True)
class Motion:
    """What a trajectory is solved from. ``start`` and ``expected`` (poses in the world), ``seen``, the cameras'
    ``camera_from_world`` (T, 4, 4), ``timestamps`` (T,) s, and the ``footing``, None before it is known. ``firmness``
    (T, 1 + B): how many times as firmly as usual the root and each block are held to what is expected; ``pins``: what a
    user has put somewhere; ``prior``: how people hold themselves, where that is to count."""

    start: Pose
    expected: Pose
    seen: Evidence
    camera_from_world: Array
    timestamps: Array
    footing: Footing | None = None
    firmness: Array | None = None
    pins: Pins | None = None
    prior: PosePrior | None = None

    def part(self, frames: slice) -> Motion:
        """That of some frames."""
        return Motion(
            self.start.part(frames), self.expected.part(frames), self.seen.part(frames), self.camera_from_world[frames],
            self.timestamps[frames], None if self.footing is None else self.footing.part(frames),
            None if self.firmness is None else self.firmness[frames],
            None if self.pins is None else self.pins.part(frames), self.prior,
        )  # fmt: skip


def solve_trajectory(
    motion: Motion, rig: Rig, iterations: int = 4, progress: Callable[[int], None] = lambda frames: None
) -> Pose:
    """The likeliest motion, in the world; rotations (T, 22, 3, 3) local, transl (T, 3) m.

    Long motions are solved in windows that overlap by two seconds and fade into each other there, so that memory stays
    constant; ``progress(frames)`` is told after each, and may raise to stop. Frames without evidence are carried
    through by their neighbours.
    """
    targets = BoneTargets.of(motion.seen, rig)
    result: Pose | None = None
    for window in _windows(motion.timestamps):
        part, own = motion.part(window), targets.part(window)
        pose = part.start
        postures = None if part.prior is None else part.prior.nearest(pose.rotations)
        for _ in range(iterations):
            pose = _step(pose, part, own, rig, postures)
        result = pose if result is None else _joined(result, pose, window.start)
        progress(window.stop - window.start)
    assert result is not None
    return result


def _windows(timestamps: Array) -> list[slice]:
    """Windows of WINDOW s that share OVERLAP s with the next; what is left over goes to the last one."""
    frames = len(timestamps)
    step = float(np.median(np.diff(timestamps))) if frames > 1 else 1.0
    length, shared = max(2, round(WINDOW / step)), max(1, round(OVERLAP / step))
    begins = list(range(0, max(frames - length, 0) + 1, length - shared))
    ends = [min(begin + length, frames) for begin in begins[:-1]] + [frames]
    return [slice(begin, end) for begin, end in zip(begins, ends, strict=True)]


def _joined(before: Pose, after: Pose, begin: int) -> Pose:
    """Two poses, the second from frame ``begin`` of the first, which fades into it over the frames that both have."""
    shared = len(before.transl) - begin
    share = (np.arange(shared) + 0.5) / shared
    share = share**2 * (3 - 2 * share)
    mixed = slerp(
        matrix_to_quaternion(before.rotations[begin:]), matrix_to_quaternion(after.rotations[:shared]),
        np.repeat(share[:, None], before.rotations.shape[1], axis=1),
    )  # fmt: skip
    transl = before.transl[begin:] + share[:, None] * (after.transl[:shared] - before.transl[begin:])
    return Pose(
        np.concatenate([before.rotations[:begin], quaternion_to_matrix(mixed), after.rotations[shared:]]),
        np.concatenate([before.transl[:begin], transl, after.transl[shared:]]),
    )


def soles(pose: Pose, rig: Rig) -> Array:
    """(T, 6, 3) m: heels, balls and palms of a pose."""
    turned, placed = forward(pose.rotations, rig.rest[:BODY], pose.transl)
    return attached(turned, placed, rig.rest, np.array(CONTACT_JOINTS), rig.contacts)


def _step(
    pose: Pose, motion: Motion, targets: BoneTargets, rig: Rig, postures: NDArray[np.int64] | None
) -> Pose:  # fmt: skip
    blocks, frames = TAKE_BLOCKS, len(pose.transl)
    turned, placed = forward(pose.rotations, rig.rest[:BODY], pose.transl)
    share = _share(motion.timestamps)
    normal = Normal(frames, blocks.size)

    points = attached(turned, placed, rig.rest, rig.landmark_joints, rig.landmark_rest)
    jacobian = blocks.jacobian(turned, placed, points, rig.landmark_joints)
    turn = motion.camera_from_world[:, None, :3, :3]
    in_camera = (turn @ points[..., None])[..., 0] + motion.camera_from_world[:, None, :3, 3]
    jacobian = turn.astype(np.float32) @ jacobian
    terms.image(normal, in_camera, jacobian, motion.seen, rig, share)
    terms.bones(normal, in_camera, jacobian, motion.seen, targets, rig, share)
    firmness = np.ones((frames, 1 + len(blocks.names))) if motion.firmness is None else motion.firmness
    firmness = share[:, None] * firmness
    terms.expected(normal, pose.rotations, motion.expected.rotations, blocks, _PRIOR, np.repeat(firmness[:, 1:], 3, 1))
    terms.limits(normal, pose.rotations, blocks)
    if motion.prior is not None and postures is not None:
        motion.prior.add(normal, pose.rotations, postures, blocks, share)
    if rig.solids is not None:
        keep_out(normal, turned, placed, rig.solids, rig.rest, blocks, share)
    root = firmness[:, :1] / _ROOT_ERROR**2
    normal.diagonal[:, :3] += root
    normal.side[:, :3] += (root * (pose.transl - motion.expected.transl)).astype(np.float32)

    system = Banded(frames, blocks.size)
    if motion.footing is not None:
        stand(system, normal, turned, placed, motion.footing, motion.timestamps, rig, blocks)
    if motion.pins is not None:
        pin(normal, turned, placed, motion.pins, blocks)
    system.add_blocks(normal.whole())
    system.side += normal.side
    if frames > 2:
        acceleration = Acceleration.of(pose, motion.timestamps, blocks)
        system.add_second_difference(acceleration.weights, acceleration.coefficients, acceleration.now)
    return Pose(*blocks.step(pose.rotations, pose.transl, system.solve()))


def _share(timestamps: Array) -> Array:
    """(T,) weight of a frame's evidence: its time, in frames of the usual rate."""
    if len(timestamps) < 2:
        return np.ones(len(timestamps))
    return np.clip(np.gradient(np.asarray(timestamps, np.float64)) * _RATE, 0.05, 3.0)
