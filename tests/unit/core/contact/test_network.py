from __future__ import annotations

import numpy as np
import pytest

from understudy.core.contact.detect import contacts_of, detect
from understudy.core.contact.features import FEATURES, foot_features
from understudy.core.contact.network import load_contact_net
from understudy.core.errors import BadInputError

CAMERA = np.array([0.0, -4.0, 1.4])


def steps(fps: float = 30.0, seconds: float = 2.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Soles (T, 4, 3) m of somebody who stands on the left foot and swings the right one in the second half; times;
    which stand (T, 4)."""
    times = np.arange(int(seconds * fps)) / fps
    soles = np.zeros((len(times), 4, 3))
    soles[:, :, 0] = [0.1, 0.1, -0.1, -0.1]
    soles[:, :, 1] = [0.05, -0.12, 0.05, -0.12]
    lift = np.clip((times - 1.0) / 0.3, 0, 1)
    soles[:, 2:, 2] = 0.25 * (lift**2 * (3 - 2 * lift))[:, None]
    soles[:, 2:, 1] += 0.3 * (lift * np.sin(9 * (times - 1.0)))[:, None]
    standing = np.ones((len(times), 4))
    standing[times > 1.05, 2:] = 0
    return soles, times, standing


def test_feet_that_stand_and_one_that_swings() -> None:
    soles, times, standing = steps()
    eye = np.tile(CAMERA, (len(times), 1))
    found = load_contact_net().soles(soles, eye, times, np.full((len(times), 4), 0.9), 1.7)
    clear = np.abs(times - 1.1) > 0.15
    assert ((found > 0.5) == (standing > 0.5))[clear].mean() > 0.95


def test_left_and_right_are_alike_and_the_rate_does_not_matter() -> None:
    soles, times, _ = steps()
    eye = np.tile(CAMERA, (len(times), 1))
    sure = np.full((len(times), 4), 0.9)
    features = foot_features(soles, eye, times, sure, 1.7)
    assert features.shape == (len(times), 2, FEATURES)
    mirrored = foot_features(soles[:, [2, 3, 0, 1]] * [-1, 1, 1], eye, times, sure, 1.7)
    np.testing.assert_allclose(mirrored[:, ::-1], features, atol=1e-5)
    fast, fast_times, _ = steps(fps=60.0)
    eye = np.tile(CAMERA, (len(fast_times), 1))
    twice = foot_features(fast, eye, fast_times, np.full((len(fast_times), 4), 0.9), 1.7)
    assert np.abs(twice[::2] - features)[3:-3].mean() < 0.03
    double = foot_features(2 * soles, 2 * np.tile(CAMERA, (len(times), 1)), times, sure, 3.4)
    np.testing.assert_allclose(double, features, atol=1e-5)  # measured by stature


def test_standing_on_something_high_is_found_and_not_pulled_down() -> None:
    soles, times, _ = steps()
    points = np.concatenate([soles + np.array([0, 0, 0.6]), np.full((len(times), 2, 3), 1.2)], axis=1)
    points[:, 4:, 0] += 0.5 * np.sin(6 * times)[:, None]  # hands that move
    eye = np.tile(CAMERA, (len(times), 1))
    found = detect(points, np.full((len(times), 2, 3), 1.9), eye, times, np.full((len(times), 6), 0.9), 1.7)
    assert found.standing[10:20, :2].min() > 0 and np.isnan(found.level[10:20, :2]).all()
    assert found.standing[:, 4:].max() == 0


def test_a_contact_is_held_from_landing_to_leaving_as_firmly_as_it_is_likely() -> None:
    times = np.arange(30) / 30
    probability = np.zeros((30, 6))
    probability[5:20, 0] = [0.02, 0.15, 0.3, *[0.9] * 8, 0.4, 0.2, 0.15, 0.02]  # a step
    probability[5:20, 1] = 0.4  # never surer than not
    probability[5:7, 2] = 0.9  # shorter than a contact
    found = contacts_of(probability, np.zeros((30, 6)), times)
    held = found.standing[:, 0] > 0
    assert held[6:19].all() and held.sum() == 13
    assert found.standing[8:16, 0].min() == 1 and 0.2 < found.standing[6, 0] < found.standing[7, 0] < 1
    assert found.standing[:, 1:].max() == 0
    np.testing.assert_array_equal(found.probability, probability)  # what is reported stays what was found


def test_what_is_not_seen_has_no_contact() -> None:
    soles, times, _ = steps()
    points = np.concatenate([soles, np.full((len(times), 2, 3), 1.0)], axis=1)
    eye = np.tile(CAMERA, (len(times), 1))
    shoulders = np.full((len(times), 2, 3), 1.4)
    found = detect(points, shoulders, eye, times, np.zeros((len(times), 6)), 1.7)
    assert found.probability.max() == 0 and found.standing.max() == 0
    one = detect(points[:1], shoulders[:1], eye[:1], times[:1], np.ones((1, 6)), 1.7)
    assert one.standing.max() == 0  # one frame


def test_a_file_that_is_no_contact_network_is_named(tmp_path) -> None:
    with pytest.raises(BadInputError, match="missing"):
        load_contact_net(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(BadInputError, match="does not hold a contact network"):
        load_contact_net(tmp_path / "bad.safetensors")
