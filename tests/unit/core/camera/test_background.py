from __future__ import annotations

import cv2
import numpy as np

from understudy.core.camera.background import BackgroundState, BackgroundTracks, follow_background


def picture(shift: tuple[float, float], person: float) -> np.ndarray:
    """A textured wall (480, 640, 3) moved by ``shift`` px, before which a checked square moves on its own."""
    rng = np.random.default_rng(0)
    wall = cv2.GaussianBlur(rng.integers(0, 255, (600, 800), np.uint8), (0, 0), 3)
    wall = cv2.normalize(wall, None, 0, 255, cv2.NORM_MINMAX)
    moved = cv2.warpAffine(wall, np.float32([[1, 0, shift[0] - 80], [0, 1, shift[1] - 60]]), (640, 480))
    x = int(person)
    moved[200:300, x : x + 60] = np.kron(np.indices((10, 6)).sum(0) % 2, np.ones((10, 10))) * 255
    return np.repeat(moved[..., None], 3, axis=2)


def shoot(count: int, speed: float, start: int = 0) -> tuple[list[np.ndarray], np.ndarray, list[np.ndarray]]:
    index = np.arange(start, start + count)
    images = [picture((speed * i, 0.5 * speed * i), 100 + 4 * i) for i in index]
    boxes = [np.array([[100 + 4 * i, 200, 160 + 4 * i, 300]], float) for i in index]
    return images, index / 30, boxes


def test_corners_move_with_the_wall_and_none_sits_on_the_person() -> None:
    images, times, boxes = shoot(12, 1.0)
    tracks, _ = follow_background(images, times, 100, boxes, BackgroundState())
    np.testing.assert_array_equal(np.unique(tracks.frames), 100 + np.arange(12))
    first, last = tracks.frames == 100, tracks.frames == 111
    _, a, b = np.intersect1d(tracks.tracks[first], tracks.tracks[last], return_indices=True)
    assert len(a) > 40
    moved = tracks.points[last][b] - tracks.points[first][a]
    np.testing.assert_allclose(np.median(moved, axis=0), [11, 5.5], atol=0.1)
    assert np.abs(moved - [11, 5.5]).max() < 1
    for frame, box in zip(range(100, 112), boxes, strict=True):
        x, y = tracks.points[tracks.frames == frame].T
        x0, y0, x1, y1 = box[0]
        assert not ((x > x0) & (x < x1) & (y > y0) & (y < y1)).any()


def test_a_standing_background_is_looked_at_now_and_then() -> None:
    images, times, boxes = shoot(30, 0.0)
    tracks, _ = follow_background(images, times, 0, boxes, BackgroundState())
    assert len(np.unique(tracks.frames)) < 10


def test_chunks_go_on_with_the_same_corners_through_a_journal() -> None:
    whole = follow_background(*_arguments(shoot(16, 1.0)), BackgroundState())[0]
    first, state = follow_background(*_arguments(shoot(8, 1.0)), BackgroundState())
    state = BackgroundState.from_arrays(state.to_arrays())
    images, times, boxes = shoot(8, 1.0, start=8)
    second, _ = follow_background(images, times, 8, boxes, state)
    joined = BackgroundTracks.joined([first, BackgroundTracks.from_arrays(second.to_arrays())])
    np.testing.assert_array_equal(joined.frames, whole.frames)
    np.testing.assert_array_equal(joined.tracks, whole.tracks)
    np.testing.assert_allclose(joined.points, whole.points, atol=1e-4)


def _arguments(shot: tuple) -> tuple:
    images, times, boxes = shot
    return images, times, 0, boxes
