"""A few seconds of made-up motion, so that training can be tested without motion capture beside the checkout."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.train.mocap import JOINTS, Mocap
from understudy.core.train.noise import load_noise

_REST = {"pelvis": (0, 1.0, 0), "spine": (0, 1.1, 0), "chest": (0, 1.25, 0), "neck": (0, 1.42, 0),
         "head": (0, 1.57, 0.02), "head_top": (0, 1.75, 0.02)}  # fmt: skip
_SIDE = {"clavicle": (0.03, 1.4, 0), "shoulder": (0.18, 1.45, 0), "elbow": (0.2, 1.17, 0), "wrist": (0.2, 0.93, 0.05),
         "hand": (0.2, 0.85, 0.05), "hip": (0.09, 0.95, 0), "knee": (0.1, 0.53, 0.02), "ankle": (0.1, 0.1, 0),
         "toe": (0.11, 0.05, 0.13)}  # fmt: skip
_PARENTS = (-1, 0, 1, 2, 3, 4, 2, 6, 7, 8, 9, 2, 11, 12, 13, 14, 0, 16, 17, 18, 0, 20, 21, 22)


def _turn(axis: int, angle: np.ndarray) -> np.ndarray:
    c, s, out = np.cos(angle), np.sin(angle), np.zeros((len(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out[:, axis, axis], out[:, i, i], out[:, j, j], out[:, i, j], out[:, j, i] = 1, c, c, -s, s
    return out


def _clip(seed: int, frames: int) -> np.ndarray:
    """(T, 24, 3): limbs swing at random on a body that turns and walks."""
    rng = np.random.default_rng(seed)
    rest = dict(_REST)
    for letter, sign in (("l", 1), ("r", -1)):
        rest |= {f"{letter}_{k}": (sign * x, y, z) for k, (x, y, z) in _SIDE.items()}
    place = np.array([rest[name] for name in JOINTS])
    time = np.arange(frames) / 60
    positions, turned = np.zeros((frames, 24, 3)), np.zeros((frames, 24, 3, 3))
    for joint, parent in enumerate(_PARENTS):
        own = np.tile(np.eye(3), (frames, 1, 1))
        name = JOINTS[joint]
        if any(part in name for part in ("shoulder", "hip", "elbow", "knee")):
            reach = 0.9 if name.endswith(("shoulder", "hip")) else 0.6
            for axis in (0, 2):
                swing = rng.uniform(0.2, 1) * np.sin(2 * np.pi * rng.uniform(0.3, 1) * time + rng.uniform(0, 6.28))
                own = own @ _turn(axis, reach * swing)
        if parent < 0:
            turned[:, joint] = _turn(1, rng.uniform(0, 6.28) + rng.uniform(-1, 1) * time)
            positions[:, joint] = place[joint] + np.stack([0.5 * time, 0 * time, 0.2 * time], axis=1)
        else:
            positions[:, joint] = positions[:, parent] + turned[:, parent] @ (place[joint] - place[parent])
            turned[:, joint] = turned[:, parent] @ own
    return positions.astype(np.float32)


def _mocap(seeds: range, frames: int) -> Mocap:
    clips = [_clip(seed, frames) for seed in seeds]
    starts = np.arange(len(clips) + 1) * frames
    return Mocap(np.concatenate(clips), starts, np.arange(len(clips)) % 4, tuple(f"c{s}" for s in seeds), 60.0)


@pytest.fixture(scope="session")
def mocap() -> Mocap:
    """Eight clips of four seconds, one or two of every rig."""
    return _mocap(range(8), 240)


@pytest.fixture(scope="session")
def test_mocap() -> Mocap:
    """Two clips that are not among them."""
    return _mocap(range(100, 102), 240)


@pytest.fixture(scope="session")
def statues() -> tuple[Mocap, Mocap]:
    """(train, test): one striding figure with its arms held out, turning slowly; no two headings alike."""
    place = dict(_REST)
    for letter, sign in (("l", 1), ("r", -1)):
        place |= {f"{letter}_{k}": (sign * x, y, z) for k, (x, y, z) in _SIDE.items()}
    place |= {"l_elbow": (0.25, 1.2, 0.1), "l_wrist": (0.2, 1.2, 0.33), "l_hand": (0.2, 1.2, 0.4),
              "r_elbow": (-0.4, 1.3, -0.05), "r_wrist": (-0.55, 1.45, 0.1), "r_hand": (-0.6, 1.5, 0.12),
              "l_knee": (0.1, 0.6, 0.2), "l_ankle": (0.1, 0.2, 0.1), "l_toe": (0.1, 0.15, 0.22),
              "r_ankle": (-0.1, 0.1, -0.1), "r_toe": (-0.1, 0.05, 0.03)}  # fmt: skip
    figure = np.array([place[name] for name in JOINTS])

    def turning(seeds: range) -> Mocap:
        starts = [np.random.default_rng(seed).uniform(0, 6.28) for seed in seeds]
        clips = [np.einsum("tij,nj->tni", _turn(1, s + np.linspace(0, 2, 120)), figure) for s in starts]
        names = tuple(str(seed) for seed in seeds)
        bounds = np.arange(len(clips) + 1) * 120
        return Mocap(np.concatenate(clips).astype(np.float32), bounds, np.zeros(len(clips), int), names, 60.0)

    return turning(range(8)), turning(range(50, 52))


@pytest.fixture(scope="session")
def noise():
    return load_noise()


@pytest.fixture
def data_file(tmp_path, mocap, test_mocap):
    """The same in a file as the README of the motion capture describes."""
    whole = np.concatenate([mocap.positions, test_mocap.positions])
    starts = np.concatenate([mocap.starts, mocap.starts[-1] + test_mocap.starts[1:]])
    count = len(starts) - 1
    path = tmp_path / "motion.npz"
    np.savez(
        path, root=whole[:, 0], rel=(whole - whole[:, :1]).astype(np.float16), starts=starts, fps=np.int64(60),
        clip=np.array([f"c{i}" for i in range(count)]), rig=np.array(["asf", "cgspeed38", "daz", "cc"] * 3)[:count],
        split=np.array(["train"] * 8 + ["test"] * 2), joints=np.array(JOINTS),
    )  # fmt: skip
    return path
