"""Random poses and motions for the metrics' tests, and the transforms they must ignore or notice."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def pose(frames: int = 20, joints: int = 17, seed: int = 0) -> np.ndarray:
    """(frames, joints, 3) m: unrelated poses, some metres from the origin."""
    r = rng(seed)
    return r.normal(0, 0.4, (frames, joints, 3)) + r.normal(0, 2, (frames, 1, 3))


def near(points: np.ndarray, sigma: float = 0.05, seed: int = 9) -> np.ndarray:
    """The same with noise of ``sigma`` m per coordinate."""
    return points + rng(seed).normal(0, sigma, points.shape)


def motion(frames: int = 60, joints: int = 5, fps: float = 30, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(frames, joints, 3) m, smooth, walking away; and (frames,) s."""
    r = rng(seed)
    t = np.arange(frames) / fps
    swing = r.normal(0, 0.2, (joints, 3)) * np.sin(2 * np.pi * (t[:, None, None] + r.uniform(0, 1, (joints, 3))))
    path = np.stack([0.3 * t, 1.2 * t, 0.9 + 0.02 * np.sin(8 * t)], axis=-1)
    return r.normal(0, 0.4, (joints, 3)) + swing + path[:, None], t


def rotation(seed: int = 3) -> np.ndarray:
    """(3, 3)."""
    return Rotation.random(rng=rng(seed)).as_matrix()


def moved(points: np.ndarray, seed: int = 3, scale: float = 1.0) -> np.ndarray:
    """One rigid motion, or similarity, of everything."""
    return scale * points @ rotation(seed).T + rng(seed).normal(0, 3, 3)


def moved_each(points: np.ndarray, seed: int = 3, scaled: bool = False) -> np.ndarray:
    """Another rigid motion, or similarity, per frame of (T, J, 3)."""
    r = rng(seed)
    turn = Rotation.random(len(points), rng=r).as_matrix()
    factor = r.uniform(0.5, 2, (len(points), 1, 1)) if scaled else 1.0
    return factor * np.einsum("tij,tnj->tni", turn, points) + r.normal(0, 3, (len(points), 1, 3))


def xyz(x: float, y: float, z: float) -> np.ndarray:
    """(3,)."""
    return np.array([x, y, z], float)
