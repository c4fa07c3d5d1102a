from __future__ import annotations

import numpy as np
import pytest

from understudy.core.train import figure, vary
from understudy.core.train.figure import RIG_INDEX


@pytest.fixture
def points(mocap) -> np.ndarray:
    """(6, 30, 24, 3)"""
    return np.stack([mocap.positions[s : s + 30] for s in mocap.starts[:6]])


def bones(points: np.ndarray) -> dict[str, np.ndarray]:
    """Lengths that no pose changes."""
    found = figure.lengths(points)
    return {k: found[k] for k in ("upper_arm", "forearm", "thigh", "shin", "foot", "hips", "shoulders")}


@pytest.mark.parametrize("change", ["turn_limbs", "tilt", "vary"])
def test_bones_keep_their_lengths(points, change):
    rng = np.random.default_rng(0)
    if change == "tilt":
        out = vary.tilt(rng, points)
    else:
        out = getattr(vary, change)(rng, points, np.full(6, 1 / 30))
    for name, length in bones(out).items():
        # All figures here have the same lengths, so that halves may be exchanged, too.
        np.testing.assert_allclose(length, bones(points)[name], rtol=2e-3, err_msg=name)
    assert np.abs(out - points).max() > 0.05


def test_limbs_turn_smoothly_about_their_joints(points):
    out = vary.turn_limbs(np.random.default_rng(1), points, np.full(6, 1 / 30))
    for name in ("pelvis", "l_hip", "r_shoulder", "head"):
        np.testing.assert_array_equal(out[..., RIG_INDEX[name], :], points[..., RIG_INDEX[name], :])
    moved = (out - points)[..., RIG_INDEX["l_wrist"], :]
    step, whole = np.abs(np.diff(moved, axis=1)).mean(), np.abs(moved).mean()
    assert whole > 0.03
    # Over 1/30 s a turn with a memory of 1 s changes by a quarter of its size.
    assert step < 0.5 * whole


def test_halves_meet_at_the_hips_and_face_one_way(points):
    lower, upper = points[:3], points[3:]
    out = vary.exchange_halves(lower, upper)
    for name in ("l_hip", "r_hip", "l_knee", "r_toe", "pelvis"):
        np.testing.assert_array_equal(out[..., RIG_INDEX[name], :], lower[..., RIG_INDEX[name], :])
    # Seen from their own hips, the arms are as they were.
    def local(p: np.ndarray) -> np.ndarray:
        angle = -vary.heading(p)
        c, s, zero = np.cos(angle), np.sin(angle), np.zeros_like(angle)
        turn = np.stack([c, zero, s, zero, zero + 1, zero, -s, zero, c], -1).reshape(*angle.shape, 3, 3)
        hips = (p[..., RIG_INDEX["l_hip"], :] + p[..., RIG_INDEX["r_hip"], :]) / 2
        return np.einsum("btij,btj->bti", turn, p[..., RIG_INDEX["l_wrist"], :] - hips)

    # The upper body brought along its own hips' heading; compare in the frame of the hips it now stands on.
    np.testing.assert_allclose(local(out), local(upper), atol=1e-4)


def test_tilt_is_one_rotation_for_a_window(points):
    out = vary.tilt(np.random.default_rng(2), points)
    distance = np.linalg.norm(points[:, :, :, None] - points[:, :, None], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(out[:, :, :, None] - out[:, :, None], axis=-1), distance, atol=1e-3)
    motion = np.linalg.norm(np.diff(points, axis=1), axis=-1)
    np.testing.assert_allclose(np.linalg.norm(np.diff(out, axis=1), axis=-1), motion, atol=1e-3)
