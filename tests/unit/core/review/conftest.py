"""A person who stands still, arms down, certain everywhere: nothing to find."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.edit.motion import JOINTS, Motion

FPS = 30.0


@pytest.fixture
def calm() -> Motion:
    """Three seconds."""
    frames = 90
    body = load_free_body()
    rest = body.joints()[:JOINTS]
    rotations = np.zeros((frames, JOINTS, 4))
    rotations[..., 0] = 1
    rotations[:, 0] = [np.sqrt(0.5), np.sqrt(0.5), 0, 0]  # template Y up to world Z up
    return Motion(
        timestamps=np.arange(frames) / FPS,
        rotations=rotations,
        pelvis=np.tile([0.0, 3.0, 0.9], (frames, 1)),
        contacts=np.ones((frames, 6)),
        confidence=np.full((frames, JOINTS), 0.95),
        hand_scores=np.ones((frames, 2)),
        present=np.ones(frames),
        source=np.arange(frames) / FPS,
        rest=rest,
        sole=float(body.v_template[:, 1].min()),
        height=float(body.stature()),
        frame_s=1 / FPS,
    )
