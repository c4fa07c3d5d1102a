from __future__ import annotations

import numpy as np
import pytest

from understudy.core.camera.background import BackgroundTracks
from understudy.core.camera.path import camera_path
from understudy.core.synth.cameras import look_at

SIZE = (1280, 720)
K = np.array([[900.0, 0, 639.5], [0, 900, 359.5], [0, 0, 1]])
FRAMES = 200


def poses(kind: str) -> np.ndarray:
    """world_from_camera (T, 4, 4)."""
    t = np.arange(FRAMES) / 30
    place, target = np.tile([0.0, 0, 1.5], (FRAMES, 1)), np.tile([0.0, 5, 1], (FRAMES, 1))
    if kind == "pan":
        target[:, 0] += 2 * np.sin(0.6 * t)
    if kind == "dolly":
        u = t / t[-1]
        place[:, 0] += 1.2 * u**2 * (3 - 2 * u)
        place[:, 1] += 0.5 * u
    if kind == "handheld":
        waves = np.random.default_rng(1).normal(size=(5, 3))
        for wave, hertz in zip(waves, (0.25, 0.6, 1.1, 2.3, 4.5), strict=True):
            place += 0.02 / np.sqrt(hertz) * np.cos(2 * np.pi * hertz * t)[:, None] * wave
            target += 0.03 / np.sqrt(hertz) * np.sin(2 * np.pi * hertz * t)[:, None] * wave
    return look_at(place, target)


def sightings(world: np.ndarray, noise: float) -> BackgroundTracks:
    """Corners of a floor and a wall; half of them are first seen later."""
    rng = np.random.default_rng(0)
    floor = np.stack([rng.uniform(-8, 8, 75), rng.uniform(3, 14, 75), np.zeros(75)], axis=1)
    wall = np.stack([rng.uniform(-8, 8, 75), np.full(75, 12.0), rng.uniform(0, 5, 75)], axis=1)
    points = np.concatenate([floor, wall])
    frames, ids, pixels = [], [], []
    for t, pose in enumerate(world):
        local = (points - pose[:3, 3]) @ pose[:3, :3]
        flat = local[:, :2] / local[:, 2:] * 900 + [639.5, 359.5]
        seen = (flat > 0).all(1) & (flat < np.array(SIZE) - 1).all(1)
        seen &= (np.arange(len(points)) % 2 == 0) | (t > 60)
        chosen = np.flatnonzero(seen)
        frames.append(np.full(len(chosen), t))
        ids.append(chosen)
        pixels.append(flat[chosen] + rng.normal(0, noise, (len(chosen), 2)))
    return BackgroundTracks(np.concatenate(frames), np.concatenate(ids), np.concatenate(pixels).astype(np.float32))


@pytest.mark.parametrize(
    ("kind", "degrees", "metres"),
    [
        ("pan", 0.25, 0.0),  # only turns: no depth, and no place made up
        ("dolly", 0.1, 0.03),  # 1.3 m along
        ("handheld", 0.1, 0.02),
    ],
)
def test_a_moving_camera_is_found_up_to_one_unit(kind: str, degrees: float, metres: float) -> None:
    world = poses(kind)
    path = camera_path(sightings(world, 0.3), np.arange(FRAMES) / 30, K, SIZE)
    assert path is not None
    truth = np.linalg.inv(world[0]) @ world
    trace = np.trace(np.swapaxes(path.rotations, 1, 2) @ truth[:, :3, :3], axis1=1, axis2=2)
    assert np.degrees(np.arccos(np.clip((trace - 1) / 2, -1, 1))).max() < degrees
    if not metres:
        assert np.linalg.norm(path.centres, axis=1).max() < 0.01
        return
    unit = (path.centres * truth[:, :3, 3]).sum() / (path.centres**2).sum()
    assert np.linalg.norm(path.metric(unit)[:, :3, 3] - truth[:, :3, 3], axis=1).max() < metres


def test_a_standing_camera_is_told_from_a_moving_one() -> None:
    assert camera_path(sightings(poses("static"), 0.3), np.arange(FRAMES) / 30, K, SIZE) is None
    nothing = BackgroundTracks.joined([])
    assert camera_path(nothing, np.arange(5) / 30, K, SIZE) is None


def test_frames_that_were_not_looked_at_lie_between() -> None:
    tracks = sightings(poses("dolly"), 0.1)
    every = camera_path(tracks, np.arange(FRAMES) / 30, K, SIZE)
    kept = tracks.frames % 2 == 0
    thinned = BackgroundTracks(tracks.frames[kept], tracks.tracks[kept], tracks.points[kept])
    half = camera_path(thinned, np.arange(FRAMES) / 30, K, SIZE)
    assert every is not None and half is not None
    assert half.centres.shape == (FRAMES, 3)
    ratio = np.linalg.norm(every.centres[-1]) / np.linalg.norm(half.centres[-1])
    assert np.linalg.norm(every.centres - ratio * half.centres, axis=1).max() < 0.005
