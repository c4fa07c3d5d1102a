"""Truth motions that every retarget test shares."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.synth.authored.library import act
from understudy.retarget.motion import RigMotion
from understudy.retarget.smpl import smpl_motion

BODY = load_free_body()
FPS = 30.0
# what the issue asks for → the authored motion that has it
MOTIONS = {"walk": "walk", "dance": "dance", "crouch": "kneel", "sit": "sit", "wave": "signs", "fingers": "hand_shapes"}


@cache
def truth_motion(name: str, frames: int = 90, seed: int = 0) -> RigMotion:
    """An authored motion of the free body at 30 frames a second."""
    betas = np.zeros(10)
    made = act(MOTIONS.get(name, name), BODY, betas, FPS, frames, np.random.default_rng(seed))
    skin = BODY.forward(betas, made.pose, made.transl, vertex_ids=BODY.contact_vertices)[0]
    touching = np.stack([resting(skin[:, k]) for k in range(6)], axis=1).astype(float)
    return smpl_motion(BODY, betas, made.pose, made.transl, FPS, touching)


def resting(points: np.ndarray) -> np.ndarray:
    """(T,) contact by docs/architecture.md: within 30 mm of the floor, under 0.15 m/s, for at least 0.1 s."""
    speed = np.linalg.norm(np.gradient(points, 1 / FPS, axis=0), axis=-1)
    touching = (points[:, 2] < 0.03) & (speed < 0.15)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], touching.astype(int), [0]])))
    for begin, end in edges.reshape(-1, 2):
        if (end - begin) / FPS < 0.1:
            touching[begin:end] = False
    return touching


@pytest.fixture
def motion() -> Callable[..., RigMotion]:
    """``truth_motion``."""
    return truth_motion
