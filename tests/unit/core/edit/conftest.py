"""Motions to edit."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from understudy.core import skeleton
from understudy.core.body.numpy_model import BodyModel, load_free_body
from understudy.core.edit.motion import Motion, from_person
from understudy.core.take import ManoMotion, SmplMotion, Take, TakeCameras, TakePerson

FPS = 30.0


def waving(
    frames: int = 90, person: str = "1", seed: int = 0, walk: tuple[float, float] = (0.8, 0.3), noise: float = 0.0
) -> TakePerson:
    """A person who walks along ``walk`` m/s while every joint swings smoothly; ``noise`` rad on every angle."""
    rng = np.random.default_rng(seed)
    t = np.arange(frames) / FPS

    def wave(*shape: int, size: float) -> Any:
        phase, rate = rng.uniform(0, 2 * np.pi, shape), rng.uniform(0.3, 1.0, shape)
        angle = 2 * np.pi * rate * t.reshape(-1, *(1,) * len(shape)) + phase
        clean = size * rng.uniform(0.3, 1, shape) * np.sin(angle)
        return clean + noise * rng.normal(size=(frames, *shape))

    upright = np.array([np.pi / 2, 0, 0])
    path = np.stack([walk[0] * t, 3 + walk[1] * t, np.full(frames, 0.9)], axis=1)
    smpl = SmplMotion(
        betas=rng.normal(0, 0.6, 10),
        global_orient=upright + wave(3, size=0.2),
        body_pose=wave(21, 3, size=0.5),
        left_hand_pose=wave(15, 3, size=0.4),
        right_hand_pose=wave(15, 3, size=0.4),
        transl=path,
    )
    hand = ManoMotion(smpl.betas, wave(3, size=1), smpl.left_hand_pose, wave(3, size=1), rng.uniform(0, 1, frames))
    empty = np.zeros((1, frames, 0, 2))
    return TakePerson(
        id=person,
        present=np.ones(frames, bool),
        keypoints2d=empty,
        keypoints2d_confidence=empty[..., 0],
        keypoints3d=np.zeros((1, frames, 0, 3)),
        joints_world=np.zeros((frames, 71, 3)),
        joints_confidence=rng.uniform(0.5, 1, (frames, 71)),
        contacts=rng.uniform(0, 1, (frames, 6)),
        smpl=smpl,
        left_hand=hand,
        right_hand=hand,
    )


@pytest.fixture
def person() -> Callable[..., TakePerson]:
    """``waving``."""
    return waving


@pytest.fixture
def make_motion() -> Callable[..., Motion]:
    """``waving`` as a motion."""

    def make(frames: int = 90, **options: Any) -> Motion:
        return from_person(waving(frames, **options), np.arange(frames) / FPS + 7.0, FPS, load_free_body())

    return make


@pytest.fixture
def body() -> BodyModel:
    """The free body."""
    return load_free_body()


@pytest.fixture
def two_people() -> Take:
    """A take of two seconds; everything is measured with confidence one half."""
    count, points = 60, len(skeleton.KEYPOINTS)
    pixels = np.zeros((1, count, points, 3), np.float32)
    sure = np.full((1, count, points), 0.5, np.float32)
    people = tuple(
        dataclasses.replace(
            waving(count, person=str(index), seed=index),
            keypoints2d=pixels[..., :2],
            keypoints2d_confidence=sure,
            keypoints3d=pixels,
        )
        for index in (1, 2)
    )
    times = np.arange(count) / FPS
    cameras = TakeCameras(times[None], np.eye(3)[None], np.zeros((1, 5)), np.ones((1, 2)), np.eye(4)[None])
    names = (skeleton.KEYPOINTS, skeleton.TAKE_JOINTS, skeleton.TAKE_PARENTS)
    return Take(times, Fraction(30), cameras, people, *names)


def angle_between(a: Any, b: Any) -> Any:
    """Angle (…) rad between quaternions (…, 4)."""
    return 2 * np.arccos(np.clip(np.abs(np.sum(a * b, axis=-1)), 0, 1))


@pytest.fixture
def angles() -> Callable[[Any, Any], Any]:
    """``angle_between``."""
    return angle_between
