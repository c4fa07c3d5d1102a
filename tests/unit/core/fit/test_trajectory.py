"""The solve of whole motions: its equations against finite differences and dense algebra, and what it promises."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.contact.detect import intervals
from understudy.core.fit import trajectory
from understudy.core.fit.banded import Banded
from understudy.core.fit.constraints import Footing, Pins
from understudy.core.fit.levelling import levelling
from understudy.core.fit.rig import BODY, attached, forward
from understudy.core.fit.shape import rig_for
from understudy.core.fit.smoothness import Acceleration
from understudy.core.fit.solve import SolveSettings, solve_take
from understudy.core.fit.terms import Evidence, Pose
from understudy.core.fit.trajectory import TAKE_BLOCKS, Motion, soles, solve_trajectory
from understudy.core.rotation import axis_angle_to_matrix
from understudy.core.skeleton import JOINT_INDEX

RANDOM = np.random.default_rng(2)


@pytest.fixture(scope="module")
def rig():
    body = load_free_body()
    return rig_for(body, body.betas_for_height(1.7), 1.7)


def motion_of(rig, frames: int = 90, fps: float = 30.0, noise: float = 0.0, seen: float = 1.0) -> Motion:
    """Somebody who sways and waves before a camera 4 m away, seen with noise (m)."""
    rng = np.random.default_rng(0)
    t = np.arange(frames) / fps
    turns = np.zeros((frames, BODY, 3))
    turns[:, JOINT_INDEX["left_shoulder"], 2] = -0.8 + 0.5 * np.sin(2 * np.pi * t)
    turns[:, JOINT_INDEX["right_shoulder"], 2] = 1.2
    turns[:, JOINT_INDEX["left_elbow"], 1] = -0.6 - 0.3 * np.sin(2 * np.pi * t)
    rotations = axis_angle_to_matrix(turns)
    upright = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    rotations[:, 0] = upright
    transl = np.tile([0.0, 0, 0], (frames, 1))
    transl[:, 2] = -soles(Pose(rotations, transl), rig)[:, :4, 2].min()
    pose = Pose(rotations, transl)
    turned, placed = forward(rotations, rig.rest[:BODY], transl)
    points = attached(turned, placed, rig.rest, rig.landmark_joints, rig.landmark_rest)
    camera = np.eye(4)
    camera[:3, :3] = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    camera[:3, 3] = [0, 1.2, 4.0]
    local = points @ camera[:3, :3].T + camera[:3, 3]
    local = local + rng.normal(0, noise, local.shape)
    evidence = Evidence(
        rays=local[..., :2] / local[..., 2:],
        confidence=np.full(local.shape[:2], seen),
        points=local - local[:, :1],
        view=np.tile(np.eye(3), (frames, 1, 1)),
        image_error=np.full(frames, 0.006),
    )
    return Motion(pose, pose, evidence, np.tile(camera, (frames, 1, 1)), t)


def test_band_solves_what_dense_algebra_solves() -> None:
    frames, n = 7, 4
    rows = RANDOM.normal(size=(frames, 9, n))
    system = Banded(frames, n)
    system.add_blocks(np.swapaxes(rows, 1, 2) @ rows)
    coupling = 0.1 * RANDOM.normal(size=(frames - 1, n, n))
    system.add_coupling(coupling)
    system.side += RANDOM.normal(size=(frames, n))
    dense = np.zeros((frames * n, frames * n))
    for f in range(frames):
        dense[f * n : f * n + n, f * n : f * n + n] = rows[f].T @ rows[f]
    for f in range(frames - 1):
        block = slice((f + 1) * n, (f + 2) * n), slice(f * n, (f + 1) * n)
        dense[block] = coupling[f]
        dense[block[1], block[0]] = coupling[f].T
    side = system.side.reshape(-1).copy()
    weights, offset = RANDOM.uniform(0.5, 2, (frames - 2, n)), RANDOM.normal(size=(frames - 2, n))
    coefficients = RANDOM.normal(size=(frames - 2, 3))
    system.add_second_difference(weights, coefficients, offset)
    for f in range(frames - 2):
        for k in range(n):
            row = np.zeros(frames * n)
            row[[f * n + k, (f + 1) * n + k, (f + 2) * n + k]] = coefficients[f]
            dense += weights[f, k] ** 2 * np.outer(row, row)
            side += weights[f, k] ** 2 * row * offset[f, k]
    np.testing.assert_allclose(system.solve().reshape(-1), np.linalg.solve(dense, -side), atol=1e-9)


def test_acceleration_is_that_of_its_motion_on_uneven_times() -> None:
    times = np.cumsum(RANDOM.uniform(0.02, 0.05, 30))
    spin, pull = np.array([0.3, -0.2, 0.5]), np.array([0.4, 0.1, -0.6])
    rotations = np.tile(np.eye(3), (30, BODY, 1, 1))
    knee = JOINT_INDEX["left_knee"]
    rotations[:, knee] = axis_angle_to_matrix((0.5 * times**2)[:, None] * spin)  # a constant angular acceleration
    pose = Pose(rotations, 0.5 * (times**2)[:, None] * pull)
    found = Acceleration.of(pose, times, TAKE_BLOCKS)
    np.testing.assert_allclose(found.now[:, :3], np.tile(pull, (28, 1)), atol=1e-9)
    column = TAKE_BLOCKS.column(knee)
    np.testing.assert_allclose(found.now[:, column : column + 3], np.tile(spin, (28, 1)), atol=1e-6)
    still = np.delete(np.arange(3, found.now.shape[1]), np.arange(column - 3, column))
    assert np.abs(found.now[:, still]).max() < 1e-9


def test_a_step_moves_points_as_the_jacobian_says(rig) -> None:
    rotations = axis_angle_to_matrix(RANDOM.normal(0, 0.3, (2, BODY, 3)))
    change = 1e-5 * RANDOM.normal(size=(2, TAKE_BLOCKS.size))

    def points(local, transl):
        turned, placed = forward(local, rig.rest[:BODY], transl)
        return attached(turned, placed, rig.rest, rig.landmark_joints, rig.landmark_rest), turned, placed

    before, turned, placed = points(rotations, np.zeros((2, 3)))
    after, _, _ = points(*TAKE_BLOCKS.step(rotations, np.zeros((2, 3)), change))
    jacobian = TAKE_BLOCKS.jacobian(turned, placed, before, rig.landmark_joints)
    np.testing.assert_allclose((after - before) / 1e-5, (jacobian @ change[:, None, :, None])[..., 0] / 1e-5, atol=2e-3)


def test_noise_goes_and_the_motion_stays(rig) -> None:
    clean, noisy = motion_of(rig), motion_of(rig, noise=0.02)
    solved = solve_trajectory(noisy, rig)
    _, truth = forward(clean.start.rotations, rig.rest[:BODY], clean.start.transl)
    _, found = forward(solved.rotations, rig.rest[:BODY], solved.transl)
    assert np.linalg.norm(found - truth, axis=-1).mean() < 0.015
    wrist = JOINT_INDEX["left_wrist"]
    swing = np.ptp(found[:, wrist] - found[:, 0], axis=0) / np.maximum(
        np.ptp(truth[:, wrist] - truth[:, 0], axis=0), 0.02
    )
    assert swing.max() > 0.9  # what waves still waves


def test_soles_that_stand_stand(rig) -> None:
    noisy = motion_of(rig, noise=0.02)
    standing = np.zeros((90, 6))
    standing[:, :4] = 1
    level = np.where(standing > 0, 0.0, np.nan)
    free = soles(solve_trajectory(noisy, rig), rig)[:, :4]
    held = soles(solve_trajectory(dataclasses.replace(noisy, footing=Footing(standing, level)), rig), rig)[:, :4]
    speed = [np.linalg.norm(np.diff(p, axis=0), axis=-1).mean() * 30 for p in (free, held)]
    assert speed[1] < 0.005 < speed[0]
    assert np.abs(held[..., 2]).max() < 0.008
    # On another surface they stand as still, and nobody pulls them down.
    lifted = dataclasses.replace(noisy, footing=Footing(standing, np.full((90, 6), np.nan), -np.inf))
    assert (
        np.linalg.norm(np.diff(soles(solve_trajectory(lifted, rig), rig)[:, :4], axis=0), axis=-1).mean() * 30 < 0.005
    )


def test_nothing_sinks_into_the_floor(rig) -> None:
    motion = motion_of(rig)
    sunk = Pose(motion.start.rotations, motion.start.transl - [0, 0, 0.05])
    footing = Footing(np.zeros((90, 6)), np.full((90, 6), np.nan))
    low = dataclasses.replace(motion, start=sunk, expected=sunk, seen=motion_of(rig, seen=0.02).seen, footing=footing)
    for rounds in (4, 5):
        assert soles(solve_trajectory(low, rig, rounds), rig)[:, :4, 2].min() > -0.01


def test_a_pin_holds(rig) -> None:
    motion = motion_of(rig)
    wrist = JOINT_INDEX["left_wrist"]
    _, placed = forward(motion.start.rotations, rig.rest[:BODY], motion.start.transl)
    target = placed[40, wrist] + [0.03, 0.0, 0.05]
    pins = Pins(np.array([40]), np.array([wrist]), target[None], np.array([0.003]))
    solved = solve_trajectory(dataclasses.replace(motion, pins=pins), rig)
    _, found = forward(solved.rotations, rig.rest[:BODY], solved.transl)
    assert np.linalg.norm(found[40, wrist] - target) < 0.01


def test_windows_agree_with_the_whole_and_fade_into_each_other(rig, monkeypatch) -> None:
    motion = motion_of(rig, frames=300, noise=0.02)
    whole = solve_trajectory(motion, rig)
    monkeypatch.setattr(trajectory, "WINDOW", 4.0)
    frames: list[int] = []
    parts = solve_trajectory(motion, rig, progress=frames.append)
    assert len(frames) > 2
    _, a = forward(whole.rotations, rig.rest[:BODY], whole.transl)
    _, b = forward(parts.rotations, rig.rest[:BODY], parts.transl)
    assert np.linalg.norm(a - b, axis=-1).max() < 0.001


def test_frames_without_evidence_are_carried_through(rig) -> None:
    motion = motion_of(rig, noise=0.01)
    confidence, points = motion.seen.confidence.copy(), motion.seen.points.copy()
    confidence[30:60], points[30:60] = 0, np.nan
    held = Pose(motion.start.rotations.copy(), motion.start.transl.copy())
    solved = solve_trajectory(
        dataclasses.replace(motion, start=held, expected=held,
                            seen=dataclasses.replace(motion.seen, confidence=confidence, points=points)), rig
    )  # fmt: skip
    _, found = forward(solved.rotations, rig.rest[:BODY], solved.transl)
    steps = np.linalg.norm(np.diff(found, axis=0), axis=-1)
    assert np.isfinite(found).all() and steps.max() < 0.08


def test_levelling_finds_the_floor_under_feet_and_leaves_out_what_is_on_a_box() -> None:
    tilt = axis_angle_to_matrix(np.array([0.0, 0.06, 0]))
    rng = np.random.default_rng(0)
    floor = np.concatenate([rng.uniform(-2, 2, (300, 2)), rng.normal(0, 0.02, (300, 1))], axis=1)
    floor[:40, 2] += 0.5
    points = floor @ tilt.T + [0, 5, 0.08]
    found = levelling(points, np.ones(300), np.array([0.0, 1, 0]))
    flat = points @ found[:3, :3].T + found[:3, 3]
    assert abs(np.median(flat[40:, 2])) < 0.02
    slope = np.polyfit(flat[40:, 0], flat[40:, 2], 1)[0]
    assert abs(slope) < 0.012 < 0.05
    np.testing.assert_allclose(levelling(points, np.zeros(300), np.array([0.0, 1, 0])), np.eye(4))


def test_intervals_have_hysteresis_and_a_shortest_length() -> None:
    times = np.arange(20) / 30
    probability = np.zeros(20)
    probability[3:9] = [0.4, 0.6, 0.35, 0.4, 0.55, 0.4]  # begins above a half, lasts above 0.3
    probability[12:14] = 0.9  # too short
    assert intervals(probability, times) == [(3, 9)]
    probability[9], probability[10:14] = 0.1, 0.4  # one frame's gap does not end it
    assert intervals(probability, times) == [(3, 14)]
    assert intervals(np.full(20, 0.45), times) == []


@pytest.mark.parametrize("fps", [24.0, 60.0, 120.0])
def test_the_rate_of_the_footage_does_not_matter(shoot, fps) -> None:
    def joints(rate: float) -> np.ndarray:
        shot = shoot(frames=int(2 * rate) + 1, fps=rate)
        solution = solve_take([shot.track], shot.timestamps, shot.camera, load_free_body(), SolveSettings(1.7))
        return solution.people[0].joints_world[:: int(rate / 6)]

    difference = np.linalg.norm(joints(fps) - joints(30.0), axis=-1)[:, :22]
    assert difference.mean() < 0.010


def test_half_of_the_frames_at_random_still_solve(shoot) -> None:
    shot = shoot(frames=60, pixel_noise=2.0, depth_noise=0.02)
    lost = np.random.default_rng(0).random(60) < 0.5
    for array in (shot.track.keypoints2d, shot.track.keypoints3d, shot.track.boxes):
        array[lost] = np.nan
    shot.track.confidence[lost] = 0
    solution = solve_take([shot.track], shot.timestamps, shot.camera, load_free_body(), SolveSettings(1.7))
    error = np.linalg.norm(solution.people[0].joints_world[:, :22] - shot.joints_world[:, :22], axis=-1)
    assert np.median(error) < 0.12
    assert np.linalg.norm(np.diff(solution.people[0].joints_world[:, :22], axis=0), axis=-1).max() < 0.15


def test_two_seconds_out_of_sight_pass_without_a_jump(shoot) -> None:
    shot = shoot(frames=150, pixel_noise=2.0, depth_noise=0.02)
    lost = slice(45, 105)
    for array in (shot.track.keypoints2d, shot.track.keypoints3d, shot.track.boxes):
        array[lost] = np.nan
    shot.track.confidence[lost] = 0
    solution = solve_take([shot.track], shot.timestamps, shot.camera, load_free_body(), SolveSettings(1.7))
    person = solution.people[0]
    steps = np.linalg.norm(np.diff(person.joints_world[:, :22], axis=0), axis=-1).max(1)
    true = np.linalg.norm(np.diff(shot.joints_world[:, :22], axis=0), axis=-1).max()
    assert steps[40:110].max() < 1.5 * true
    assert person.joints_confidence[60:90, :22].max() < 0.2 < np.median(person.joints_confidence[:40, :22])
