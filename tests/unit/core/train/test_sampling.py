from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import spearmanr

from understudy.core.lift.default_input import LANDMARKS, MIN_VISIBLE
from understudy.core.skeleton import JOINT_INDEX
from understudy.core.train import spoil
from understudy.core.train.figure import LIMB_JOINTS
from understudy.core.train.heldout import aligned_errors, errors, held_out, limbs, per_rig
from understudy.core.train.noise import draw, remembering
from understudy.core.train.sampling import PERFECT, Variety, draw_windows, windows_at


def rows(names) -> list[int]:
    return [LANDMARKS.index(name) for name in names]


class TestWindows:
    def test_same_seed_same_windows(self, mocap, noise):
        a, b = (draw_windows(np.random.default_rng(3), mocap, noise, 5, 20) for _ in range(2))
        for field in dataclasses.fields(a):
            np.testing.assert_array_equal(getattr(a, field.name), getattr(b, field.name))

    def test_rays_are_the_pinhole_picture_of_the_marks(self, mocap, noise):
        w = draw_windows(np.random.default_rng(0), mocap, noise, 30, 20, PERFECT)
        assert (w.marks[..., 2] > 0.3).all(), "people stand before their camera"
        np.testing.assert_allclose(w.rays, w.marks[..., :2] / w.marks[..., 2:], atol=1e-5)
        assert (w.confidence == w.inside[..., None]).all()
        for name in LIMB_JOINTS:
            np.testing.assert_allclose(
                w.marks[:, :, LANDMARKS.index(name)], w.joints[:, :, JOINT_INDEX[name]], atol=1e-5
            )

    def test_cameras_are_upright_and_vary(self, mocap, noise):
        w = draw_windows(np.random.default_rng(0), mocap, noise, 200, 4, PERFECT)
        # World up in camera axes: mostly -y; the determinant says that nothing is mirrored.
        assert (w.rotation[:, 1, 1] < -0.35).all()
        np.testing.assert_allclose(np.linalg.det(w.rotation), 1, atol=1e-5)
        heading = np.arctan2(w.rotation[:, 2, 0], w.rotation[:, 2, 2])
        counts, _ = np.histogram(heading, bins=4, range=(-np.pi, np.pi))
        assert counts.min() > 25, "all sides"
        depth = w.joints[:, :, 0, 2].mean(1)
        assert depth.min() < 2.5 and depth.max() > 6
        fov = 2 * np.degrees(np.arctan(w.half_size.max(1)))
        assert fov.min() < 45 and fov.max() > 75

    def test_left_stays_left(self, mocap, noise):
        """Who faces the camera has the left shoulder at the picture's right, mirrored or not."""
        w = draw_windows(np.random.default_rng(1), mocap, noise, 400, 2, dataclasses.replace(PERFECT, mirror=True))
        j = {n: w.joints[:, 0, JOINT_INDEX[n]] for n in ("left_shoulder", "right_shoulder", "head", "pelvis")}
        nose = w.marks[:, 0, LANDMARKS.index("nose")]
        facing = nose[:, 2] < j["head"][:, 2] - 0.1
        assert facing.sum() > 15
        assert (j["left_shoulder"][facing, 0] > j["right_shoulder"][facing, 0]).all()

    def test_frame_rate_is_real_time(self, mocap, noise):
        at = np.array([0, 0]), np.array([10, 10])
        slow, fast = (
            windows_at(np.random.default_rng(0), mocap, noise, *at, np.full(2, rate), 21, PERFECT) for rate in (30, 60)
        )
        knee = JOINT_INDEX["left_knee"]
        a, b = ((w.joints[:, :, knee] - w.joints[:, :, 0]) @ w.rotation for w in (slow, fast))
        np.testing.assert_allclose(a[:, :11], b[:, ::2], atol=1e-4)

    def test_beyond_the_end_nothing_is_measured(self, mocap, noise):
        first = mocap.lengths[0] - 10
        w = windows_at(np.random.default_rng(0), mocap, noise, np.array([0]), np.array([first]), np.array([60.0]), 20,
                       Variety(poses=False))  # fmt: skip
        assert w.inside[0].tolist() == [True] * 10 + [False] * 10
        assert not w.confidence[0, 10:].any()

    def test_views_show_the_same_motion(self, mocap, noise):
        w = draw_windows(np.random.default_rng(0), mocap, noise, 3, 8, PERFECT, views=2)
        relative = w.joints - w.joints[:, :, :1]
        world = (relative @ w.rotation[:, None]).reshape(3, 2, 8, 22, 3)
        np.testing.assert_allclose(world[:, 0], world[:, 1], atol=1e-4)
        assert np.abs(w.rotation[0] - w.rotation[1]).max() > 0.1

    def test_bodies_vary_but_left_and_right_hardly(self, mocap, noise):
        w = draw_windows(np.random.default_rng(0), mocap, noise, 100, 1, dataclasses.replace(PERFECT, bodies=True))
        length = {}
        for side in ("left", "right"):
            a, b = (w.joints[:, 0, JOINT_INDEX[f"{side}_{part}"]] for part in ("hip", "knee"))
            length[side] = np.linalg.norm(a - b, axis=-1)
        assert 0.02 < np.std(np.log(length["left"])) < 0.15
        assert np.std(np.log(length["left"] / length["right"])) < 0.03


class TestNoise:
    def test_remembering_has_unit_variance_and_the_given_memory(self):
        x = remembering(np.random.default_rng(0), (400, 60, 3), np.full(400, 0.8))
        assert x.std() == pytest.approx(1, abs=0.03)
        assert np.mean(x[:, 1:] * x[:, :-1]) == pytest.approx(0.8, abs=0.03)
        assert np.mean(x[:, 5:] * x[:, :-5]) == pytest.approx(0.8**5, abs=0.03)

    def test_low_confidence_goes_with_large_errors(self, noise):
        error, confidence = draw(np.random.default_rng(0), noise, 50, np.full(40, 1 / 30))
        moving = error - error.mean(1, keepdims=True)
        knee = rows(["left_knee", "right_knee"])
        found = spearmanr(np.linalg.norm(moving[:, :, knee], axis=-1).ravel(), confidence[:, :, knee].ravel()).statistic
        assert found < -0.15
        assert np.median(confidence) == pytest.approx(1 / (1 + np.exp(-noise.confidence_logit)), abs=0.03)

    def test_errors_are_shares_of_the_person_not_pixels(self, mocap, noise):
        w = draw_windows(np.random.default_rng(0), mocap, noise, 60, 6,
                         dataclasses.replace(PERFECT, noise=True))  # fmt: skip
        error = np.linalg.norm(w.rays - w.true_rays, axis=-1).mean((1, 2))
        size = np.ptp(w.true_rays, axis=2).max(-1).mean(1)
        assert spearmanr(error, size).statistic > 0.5
        assert 0.005 < np.median(error / size) < 0.04


class TestSpoiling:
    def test_at_least_six_landmarks_stay_in_a_frame_that_keeps_any(self):
        confidence = np.ones((300, 30, len(LANDMARKS)), np.float32)
        spoil.hide(np.random.default_rng(0), confidence)
        seen = (confidence > 0).sum(-1)
        assert set(np.unique(seen)) >= {0, MIN_VISIBLE, len(LANDMARKS)}
        assert not ((seen > 0) & (seen < MIN_VISIBLE)).any()

    def test_what_lies_outside_is_missing_or_distrusted(self):
        rays = np.random.default_rng(0).uniform(-1, 1, (50, 4, len(LANDMARKS), 2)).astype(np.float32)
        confidence = np.ones(rays.shape[:-1], np.float32)
        half = np.full((50, 2), 0.7, np.float32)
        outside = (np.abs(rays) > 0.7).any(-1)
        enough = (~outside).sum(-1) >= MIN_VISIBLE
        spoil.cut_at_edges(np.random.default_rng(0), rays.copy(), confidence, half)
        assert (confidence[enough][outside[enough]] <= 0.25).all()
        assert (confidence[~outside] == 1).all()
        assert (confidence[~enough] == 1).all()

    def test_exchange_moves_measurements_to_their_twins_only(self):
        rays = np.zeros((200, 20, len(LANDMARKS), 2), np.float32)
        rays[..., rows(n for n in LANDMARKS if "left" in n), 0] = 1
        rays[..., rows(n for n in LANDMARKS if "right" in n), 0] = 2
        confidence = np.ones(rays.shape[:-1], np.float32)
        spoil.exchange(np.random.default_rng(0), rays, confidence)
        left = rays[..., rows(["left_knee", "left_wrist", "left_ear"]), 0]
        right = rays[..., rows(["right_knee", "right_wrist", "right_ear"]), 0]
        np.testing.assert_array_equal(left + right, 3)
        assert 0.005 < np.mean(left == 2) < 0.2
        assert (rays[..., LANDMARKS.index("nose"), 0] == 0).all()


class TestHeldOut:
    def test_covers_every_clip_once(self, test_mocap, noise):
        w = held_out(test_mocap, noise, frames=50)
        assert w.rays.shape[:2] == (6, 50)
        # Four seconds at 30 per second: 120 frames a clip.
        assert w.inside.sum() == 240
        assert sorted(set(w.clip.tolist())) == [0, 1]

    def test_errors_by_hand(self, test_mocap, noise):
        w = held_out(test_mocap, noise, frames=50)
        assert errors(w.joints + 5, w).max() < 1e-2, "the origin does not count"
        moved = w.joints.copy()
        moved[:, :, JOINT_INDEX["left_wrist"]] += [0.03, 0, 0.04]
        found = errors(moved, w)
        assert found[:, LIMB_JOINTS.index("left_wrist")] == pytest.approx(50, abs=1e-2)
        assert found.mean() == pytest.approx(50 / 12, abs=1e-2)
        np.testing.assert_allclose(errors(limbs(moved), w), found, atol=1e-2)

    def test_aligned_errors_ignore_similarities_but_not_mirrors(self, test_mocap, noise):
        w = held_out(test_mocap, noise, frames=50)
        turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])
        assert aligned_errors(1.7 * w.joints @ turn, w).max() < 0.1
        assert aligned_errors(w.joints * [1, 1, -1], w).mean() > 20

    def test_per_rig(self, test_mocap, noise):
        w = held_out(test_mocap, noise, frames=50)
        values = np.repeat(np.repeat([1.0, 2.0], 120)[:, None], 12, axis=1)
        assert per_rig(values, w) == {"asf": 1.0, "cgspeed38": 2.0}
