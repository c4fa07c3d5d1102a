"""Heat-map refinement against the loop that its description reads as."""

from __future__ import annotations

import numpy as np
import torch

from understudy.core.nets.heatmap import refine_landmarks


def naive(landmarks: np.ndarray, heatmap: np.ndarray, side: int) -> np.ndarray:
    out = landmarks.copy()
    count, height, width, points = heatmap.shape
    for n in range(count):
        for k in range(points):
            column, row = int(landmarks[n, k, 0] * width / side), int(landmarks[n, k, 1] * height / side)
            if not (0 <= column < width and 0 <= row < height):
                continue
            total, best, x, y = 0.0, 0.0, 0.0, 0.0
            for r in range(max(row - 3, 0), min(row + 4, height)):
                for c in range(max(column - 3, 0), min(column + 4, width)):
                    p = 1 / (1 + np.exp(-float(heatmap[n, r, c, k])))
                    total, best, x, y = total + p, max(best, p), x + p * c, y + p * r
            if best >= 0.5:
                out[n, k, :2] = x / total * side / width, y / total * side / height
    return out


def test_against_the_loop_with_points_at_and_beyond_the_borders() -> None:
    rng = np.random.default_rng(0)
    landmarks = rng.uniform(-30, 290, (4, 39, 5)).astype(np.float32)
    heatmap = rng.normal(-4, 2, (4, 64, 64, 39)).astype(np.float32)  # some windows have a sure cell, some have none
    expected = naive(landmarks, heatmap, 256)
    result = refine_landmarks(torch.from_numpy(landmarks), torch.from_numpy(heatmap), 256).numpy()
    moved = (expected != landmarks).any(-1)
    assert 0.2 < moved.mean() < 0.8
    np.testing.assert_allclose(result, expected, atol=1e-3)
    np.testing.assert_array_equal(result[~moved], landmarks[~moved])
    np.testing.assert_array_equal(result[..., 2:], landmarks[..., 2:])


def test_a_single_peak_draws_the_landmark_to_its_cell_of_an_oblong_map() -> None:
    heatmap = torch.full((1, 32, 64, 1), -60.0)
    heatmap[0, 10, 22, 0] = 60.0
    landmarks = torch.tensor([[[80.0, 75.0, -5.0]]])  # cell (20, 9)
    assert refine_landmarks(landmarks, heatmap, 256)[0, 0].tolist() == [88.0, 80.0, -5.0]
    assert landmarks[0, 0].tolist() == [80.0, 75.0, -5.0]


def test_extreme_logits_stay_finite() -> None:
    landmarks = torch.full((1, 1, 2), 100.0)
    for value in (-1e4, 1e4):
        assert torch.isfinite(refine_landmarks(landmarks, torch.full((1, 64, 64, 1), value), 256)).all()
