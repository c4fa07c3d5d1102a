"""Cameras keep what they film in the picture, at lenses and distances that people use."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from understudy.core.skeleton import TAKE_JOINTS
from understudy.core.synth.cameras import DISTANCE, LENS_MM, Subject, draw_camera, intrinsics, look_at, project

TIMES = np.arange(40) / 20
SIZES = [(640, 640), (360, 640), (640, 360)]


def crowd(people: int, seed: int = 0) -> Subject:
    """People of 1.8 m as clouds of points, walking slowly."""
    rng = np.random.default_rng(seed)
    clouds = []
    for i in range(people):
        body = rng.uniform([-0.35, -0.35, 0.0], [0.35, 0.35, 1.8], (len(TAKE_JOINTS), 3))
        walk = np.outer(TIMES, rng.uniform(-0.4, 0.4, 2))
        clouds.append(body + np.pad(walk + np.array([0.9 * i, 0]), ((0, 0), (0, 1)))[:, None])
    return Subject(np.concatenate(clouds, axis=1), np.array([0.0, -1.0]), people)


@pytest.mark.parametrize("motion", ["static", "handheld", "dolly", "pan"])
@pytest.mark.parametrize("size", SIZES)
def test_everybody_stays_in_the_picture(motion: str, size: tuple[int, int]) -> None:
    for seed in range(6):
        subject = crowd(1 + seed % 4, seed)
        camera = draw_camera(subject, TIMES, size, motion, seed % 3, False, np.random.default_rng(seed))
        pixels, depth = project(subject.points, camera.K, camera.world_from_camera)
        assert np.all(depth > 0.3)
        assert np.all(pixels >= 0) and np.all(pixels <= np.array(size) - 1)
        assert LENS_MM[0] <= camera.lens_mm <= LENS_MM[1]
        assert DISTANCE[0] <= camera.distance <= DISTANCE[1]
        centre = (subject.points.min(axis=(0, 1)) + subject.points.max(axis=(0, 1))) / 2
        away = np.linalg.norm((camera.world_from_camera[:, :3, 3] - centre)[:, :2], axis=1)
        assert np.all(np.abs(away - camera.distance) < (1.3 if motion == "dolly" else 0.15))
        # Not lost in the distance either: the people fill a good part of one side.
        if motion == "static":
            filled = np.ptp(pixels.reshape(-1, 2), axis=0) / np.array(size)
            assert filled.max() > 0.5


def test_only_cameras_that_should_move_do() -> None:
    subject = crowd(1)
    moved = {}
    for motion in ("static", "handheld", "dolly", "pan"):
        poses = draw_camera(subject, TIMES, (64, 64), motion, 0, False, np.random.default_rng(5)).world_from_camera
        R = poses[:, :3, :3]
        assert np.allclose(R @ np.swapaxes(R, 1, 2), np.eye(3)) and np.allclose(np.linalg.det(R), 1)
        turn = np.degrees(np.arccos(np.clip((np.einsum("tij,ij->t", R, R[0]) - 1) / 2, -1, 1))).max()
        moved[motion] = (np.linalg.norm(poses[:, :3, 3] - poses[0, :3, 3], axis=1).max(), turn)
    assert moved["static"] == (0.0, pytest.approx(0.0, abs=1e-5))
    assert moved["pan"][0] == 0.0 and moved["pan"][1] > 1
    assert moved["dolly"][0] > 0.4
    assert 0.003 < moved["handheld"][0] < 0.15 and 0.05 < moved["handheld"][1] < 12


def test_close_ups_are_close() -> None:
    rng = np.random.default_rng(1)
    hands = rng.uniform([-0.3, -0.15, 1.0], [0.3, 0.15, 1.4], (40, 44, 3))
    camera = draw_camera(Subject(hands, np.array([0.0, -1.0])), TIMES, (640, 640), "static", 0, True, rng)
    assert camera.distance <= 2.0
    pixels, _ = project(hands, camera.K, camera.world_from_camera)
    assert np.all(pixels >= 0) and np.all(pixels <= 639) and np.ptp(pixels[..., 0]) > 300


def test_people_are_not_filmed_in_one_line() -> None:
    """Two people on the X axis: of the views that are drawn, one from the side is taken."""
    body = np.random.default_rng(0).uniform([-0.3, -0.3, 0], [0.3, 0.3, 1.8], (len(TAKE_JOINTS), 3))
    points = np.tile(np.concatenate([body, body + np.array([1.2, 0, 0])]), (len(TIMES), 1, 1))
    for seed in range(8):
        # Asked to look along the line that they stand on.
        camera = draw_camera(
            Subject(points, np.array([1.0, 0.0]), 2), TIMES, (64, 64), "static", 0, False, np.random.default_rng(seed)
        )
        right = camera.world_from_camera[0, :3, 0]
        assert abs(right @ [1.2, 0, 0]) > 0.4


def test_projection_agrees_with_opencv() -> None:
    rng = np.random.default_rng(2)
    pose = look_at(np.array([[2.0, -3.0, 1.4]]), np.array([[0.1, 0.2, 0.9]]), np.array([0.2]))
    K, points = intrinsics(35, (640, 480)), rng.uniform(-0.5, 0.5, (1, 30, 3)) + np.array([0, 0, 1])
    R = pose[0, :3, :3].T
    expected, _ = cv2.projectPoints(points[0], cv2.Rodrigues(R)[0], -R @ pose[0, :3, 3], K, np.zeros(4))
    pixels, depth = project(points, K, pose)
    assert np.allclose(pixels[0], expected[:, 0], atol=1e-6)
    assert np.allclose(depth[0], ((points[0] - pose[0, :3, 3]) @ pose[0, :3, :3])[:, 2])


def test_a_level_camera_is_upright_and_the_lens_is_along_the_longer_side() -> None:
    pose = look_at(np.array([0.0, -5.0, 1.5]), np.array([0.0, 0.0, 1.5]))
    assert np.allclose(pose[:3, :3], np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]).T)
    assert intrinsics(36, (640, 360))[0, 0] == intrinsics(36, (360, 640))[0, 0] == pytest.approx(640)
    assert intrinsics(36, (640, 360))[:2, 2].tolist() == [319.5, 179.5]
