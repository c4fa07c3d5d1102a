"""The sample clips' motion comes from the package: what it makes today is what their committed truth holds."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.synth.authored.role import animate
from understudy.core.take_file import load


@pytest.fixture
def scenes(root: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "tools" / "sample"))
    monkeypatch.delitem(sys.modules, "scenes", raising=False)
    import scenes

    return scenes.SCENES


@pytest.mark.parametrize("name", ["solo", "duo"])
def test_scenes_move_as_their_truth_says(name, scenes, root):
    body = load_free_body()
    scene = scenes[name](body)
    truth = load(root / "sample" / f"{name}.truth.take.npz")
    assert len(scene.people) == len(truth.people)
    for person, expected in zip(scene.people, truth.people, strict=True):
        motion = animate(person.role, body, scene.seconds, scene.fps)
        for field in dataclasses.fields(expected.smpl):
            error = np.abs(motion[field.name].astype(np.float32) - getattr(expected.smpl, field.name)).max()
            assert error < 1e-6, field.name  # equal where it was made; other processors round differently
