from __future__ import annotations

import dataclasses
import tomllib

import numpy as np
import pytest

from understudy.core.lift.default_input import LANDMARKS
from understudy.core.train.fit_noise import fit, sample, to_toml
from understudy.core.train.noise import load_noise, part_of


@pytest.fixture(scope="module")
def found(noise):
    """The shipped model with one part made four times as bad, sampled and fitted again."""
    factor = np.where([part_of(name) == "knee" for name in LANDMARKS], 4, 1).astype(np.float32)
    worse = dataclasses.replace(noise, slow=noise.slow * factor)
    return worse, *fit(sample(worse, frames=600, windows=12, interval=1 / 30))


def test_a_fit_finds_the_numbers_of_what_was_sampled(found):
    model, parts, whole = found
    for name, bias, slow in zip(LANDMARKS, model.bias, model.slow, strict=True):
        assert parts[part_of(name)]["slow"] == pytest.approx(slow, rel=0.25), name
        if part_of(name) != "knee":  # whose errors are so slow and large that a clip's median follows them
            assert parts[part_of(name)]["bias"] == pytest.approx(bias, rel=0.5), name
    assert whole["difficulty_spread"] == pytest.approx(model.difficulty_spread, abs=0.15)
    assert whole["confidence_logit"] == pytest.approx(model.confidence_logit, abs=0.3)


def test_fast_and_slow_are_told_apart(noise):
    swapped = dataclasses.replace(noise, slow=np.full_like(noise.slow, 0.002), fast=np.full_like(noise.fast, 0.008))
    parts, _ = fit(sample(swapped, frames=600, windows=6, interval=1 / 30))
    for part in parts.values():
        assert part["fast"] > 2 * part["slow"]


def test_frames_that_the_network_does_not_believe_do_not_count(noise):
    pairs = sample(noise, frames=200, windows=3, interval=1 / 30)
    calm, _ = fit(pairs)
    for pair in pairs:
        pair.measured[::4] += 0.5
        pair.confidence[::4] = 0.1
    again, _ = fit(pairs)
    for part, numbers in calm.items():
        assert again[part]["slow"] == pytest.approx(numbers["slow"], rel=0.3)


def test_offsets_in_space_are_found(noise):
    rng = np.random.default_rng(3)
    pairs = sample(noise, frames=80, windows=60, interval=1 / 30)
    wanted = np.array([0.01, -0.02, 0.03])
    knees = [k for k, name in enumerate(LANDMARKS) if part_of(name) == "knee"]
    moved = []
    for pair in pairs:
        # Two rows of a random rotation: the picture of an offset from one side.
        turn = np.linalg.qr(rng.standard_normal((3, 3)))[0][:2]
        reach = np.zeros((80, len(LANDMARKS), 2, 3))
        reach[:, knees] = turn
        measured = pair.measured.copy()
        measured[:, knees] += turn @ wanted
        measured[::9, knees] += 0.4  # outliers
        moved.append(dataclasses.replace(pair, measured=measured, reach=reach))
    parts, _ = fit(moved)
    np.testing.assert_allclose(parts["knee"]["offset"], wanted, atol=0.007)
    assert parts["knee"]["bias"] < 2 * noise.bias[knees[0]]
    np.testing.assert_array_equal(parts["hip"]["offset"], 0)


def test_written_numbers_load(found, tmp_path):
    _, parts, whole = found
    path = tmp_path / "noise.toml"
    path.write_text(to_toml(parts, whole, "a test"))
    assert tomllib.loads(path.read_text())["source"] == "a test"
    model = load_noise(path)
    knee = LANDMARKS.index("left_knee")
    assert model.slow[knee] == pytest.approx(parts["knee"]["slow"], abs=1e-4)
    np.testing.assert_allclose(model.offset[knee], parts["knee"]["offset"], atol=1e-4)
    assert model.difficulty_spread == pytest.approx(whole["difficulty_spread"], rel=0.01)
