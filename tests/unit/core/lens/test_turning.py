"""A camera that turns tells its lens: simulated corners of a hall, the focal length known."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.camera.background import BackgroundTracks
from understudy.core.lens.grid import middle_and_spread, prior
from understudy.core.lens.turning import likelihood_of_turns
from understudy.core.synth.cameras import intrinsics, look_at, project

FRAMES = 75
TIMES = np.arange(FRAMES) / 30


def sightings(fov: float, degrees: float, size: tuple[int, int], sway: float = 0.02, noise: float = 0.4) -> tuple:
    """Corners of a hall as a hand-held camera sees it that pans by ``degrees``; ln(focal / half the longer side)."""
    rng = np.random.default_rng(5)
    K = intrinsics(18 / np.tan(np.radians(fov) / 2), size)
    hall = np.concatenate(
        [np.column_stack([rng.uniform(-9, 9, 400), np.full(400, 9.0), rng.uniform(0, 5, 400)]),
         np.column_stack([rng.uniform(-9, 9, 400), rng.uniform(1, 9, 400), np.zeros(400)])]
    )  # fmt: skip
    u = TIMES / TIMES[-1]
    yaw = np.radians(degrees) * (u**2 * (3 - 2 * u) - 0.5)
    place = np.array([0, -2, 1.5]) + sway * np.sin(2 * np.pi * np.outer(TIMES, [0.4, 0.3, 0.5]))
    target = place + np.column_stack([np.sin(yaw), np.cos(yaw), -0.1 + 0.01 * np.sin(3 * TIMES)])
    pixels, depth = project(np.tile(hall, (FRAMES, 1, 1)), K, look_at(place, target))
    seen = (depth > 0.5) & (pixels > 2).all(-1) & (pixels < np.array(size) - 3).all(-1) & (rng.random(len(hall)) < 0.4)
    frames, tracks = np.nonzero(seen)
    points = pixels[seen] + rng.normal(0, noise, (len(frames), 2))
    return BackgroundTracks(frames, tracks, points.astype(np.float32)), float(np.log(K[0, 0] / (max(size) / 2)))


@pytest.mark.parametrize("size", [(640, 640), (720, 1280)])
@pytest.mark.parametrize("degrees", [6.0, 20.0])
@pytest.mark.parametrize("fov", [40.0, 60.0, 78.0])
def test_a_pan_tells_the_focal_length(fov: float, degrees: float, size: tuple[int, int]) -> None:
    tracks, true = sightings(fov, degrees, size)
    log, spread = middle_and_spread(likelihood_of_turns(tracks, TIMES, size) + prior())
    assert abs(log - true) < 0.06
    assert spread < 0.15


@pytest.mark.parametrize("degrees", [0.0, 0.5])
def test_a_camera_that_hardly_turns_says_nothing(degrees: float) -> None:
    tracks, _ = sightings(60.0, degrees, (640, 640), sway=0.0)
    assert np.ptp(likelihood_of_turns(tracks, TIMES, (640, 640))) == 0


def test_too_few_corners_say_nothing() -> None:
    tracks, _ = sightings(60.0, 20.0, (640, 640))
    few = np.isin(tracks.tracks, np.unique(tracks.tracks)[:10])
    part = BackgroundTracks(tracks.frames[few], tracks.tracks[few], tracks.points[few])
    assert np.ptp(likelihood_of_turns(part, TIMES, (640, 640))) == 0
    assert np.ptp(likelihood_of_turns(BackgroundTracks.joined([]), TIMES, (640, 640))) == 0


@pytest.mark.parametrize("aim", [None, (0.0, 5.0, 1.0)])
def test_a_dolly_is_no_witness(aim: tuple[float, float, float] | None) -> None:
    """Near corners move farther than far ones, which looks like another lens, above all where it turns to its aim."""
    rng = np.random.default_rng(6)
    size = (640, 640)
    K = intrinsics(18 / np.tan(np.radians(60) / 2), size)
    points = np.column_stack([rng.uniform(-5, 5, 400), rng.uniform(3, 9, 400), rng.uniform(0, 4, 400)])
    place = np.column_stack([np.linspace(-0.6, 0.6, FRAMES), np.zeros(FRAMES), np.full(FRAMES, 1.5)])
    target = place + np.array([0, 1.0, -0.1]) if aim is None else np.tile(aim, (FRAMES, 1))
    pixels, _ = project(np.tile(points, (FRAMES, 1, 1)), K, look_at(place, target))
    seen = (pixels > 2).all(-1) & (pixels < 637).all(-1) & (rng.random(400) < 0.4)
    frames, ids = np.nonzero(seen)
    noisy = (pixels[seen] + rng.normal(0, 0.4, (len(frames), 2))).astype(np.float32)
    assert np.ptp(likelihood_of_turns(BackgroundTracks(frames, ids, noisy), TIMES, size)) == 0
