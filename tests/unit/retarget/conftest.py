"""Truth motions that every retarget test shares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.synth.authored.library import act
from understudy.retarget.motion import RigMotion
from understudy.retarget.smpl import smpl_motion

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # retarget_rigs, shared with the tests in Blender

BODY = load_free_body()
FPS = 30.0
# what the issue asks for → the authored motion that has it
MOTIONS = {"walk": "walk", "dance": "dance", "crouch": "kneel", "sit": "sit", "wave": "signs", "fingers": "hand_shapes"}


@cache
def truth_motion(name: str, frames: int = 90, seed: int = 0) -> RigMotion:
    """An authored motion of the free body at 30 frames a second."""
    betas = np.zeros(10)
    made = act(MOTIONS.get(name, name), BODY, betas, FPS, frames, np.random.default_rng(seed))
    return smpl_motion(BODY, betas, made.pose, made.transl, FPS)


@pytest.fixture
def motion() -> Callable[..., RigMotion]:
    """``truth_motion``."""
    return truth_motion
