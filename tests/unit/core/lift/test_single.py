"""Martinez' network as trained here: what goes in, and in whose axes and units its answers are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from understudy.core.lift.default_input import ANYTHING, FEATURES, LANDMARKS, encode
from understudy.core.lift.martinez import MartinezLifter
from understudy.core.lift.single import SingleFrame, Statistics

NAMES = ("left_wrist", "right_wrist", "nose")
OTHER = [LANDMARKS.index(n.replace("left", "?").replace("right", "left").replace("?", "right")) for n in LANDMARKS]


@pytest.fixture
def lifter() -> SingleFrame:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    statistics = Statistics(rng.normal(0, 0.2, FEATURES), rng.uniform(0.5, 2, FEATURES), rng.normal(0, 0.3, 9),
                            rng.uniform(0.1, 0.3, 9))  # fmt: skip
    statistics.mean_in[ANYTHING], statistics.spread_in[ANYTHING] = 1, 1e-6  # in every frame of a training
    network = MartinezLifter(len(LANDMARKS), len(NAMES), 32, numbers_in=FEATURES).eval()
    return SingleFrame(network, NAMES, statistics)


@pytest.fixture
def seen() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(0.2, 0.1, (4, len(LANDMARKS), 2)), rng.uniform(0.2, 1, (4, len(LANDMARKS)))


def test_the_mirrored_picture_gives_the_mirrored_person(lifter, seen):
    rays, confidence = seen
    straight = lifter.lift(rays, confidence, np.arange(4) / 30)
    mirrored = lifter.lift((rays * [-1, 1])[:, OTHER], confidence[:, OTHER], np.arange(4) / 30)
    assert np.abs(straight).max() > 0.1
    np.testing.assert_allclose(mirrored[:, [1, 0, 2]] * [-1, 1, 1], straight, atol=1e-5)


def test_answers_are_metres_in_the_axes_of_the_camera(lifter, seen):
    lifter.network.w2.weight.data.zero_()
    lifter.network.w2.bias.data.zero_()
    s = lifter.statistics
    mean = s.mean_out.reshape(3, 3)
    both = (mean + mean[[1, 0, 2]] * [-1, 1, 1]) / 2
    wanted = both @ np.swapaxes(encode(*seen, 1 / 30).view, -1, -2)
    np.testing.assert_allclose(lifter.lift(*seen, np.arange(4) / 30), wanted, atol=1e-6)


def test_what_is_missing_has_no_influence(lifter, seen):
    rays, confidence = seen
    confidence[:, 7:13] = 0
    first = lifter.lift(rays, confidence, np.arange(4) / 30)
    rays[:, 7:13] = np.nan
    np.testing.assert_array_equal(lifter.lift(rays, confidence, np.arange(4) / 30), first)


def test_a_frame_with_nothing_measured_is_an_ordinary_person(lifter, seen):
    rays, confidence = seen
    confidence[1] = 0
    found = np.linalg.norm(lifter.lift(rays, confidence, np.arange(4) / 30), axis=-1)
    assert found[1].max() < 2 * found[[0, 2, 3]].max()


def test_what_never_changed_in_training_blows_nothing_up():
    statistics = Statistics(np.zeros(2), np.array([1e-6, 1.0]), np.zeros(3), np.ones(3))
    assert np.abs(statistics.seen(np.array([1e-4, 1.0]))).max() <= 1
