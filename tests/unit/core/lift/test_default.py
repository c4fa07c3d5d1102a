from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from understudy.core.errors import BadInputError
from understudy.core.lift.causal import CausalStream
from understudy.core.lift.context import CONTEXT_REACH
from understudy.core.lift.default import (
    MIRRORED_JOINTS,
    Architecture,
    DefaultLifter,
    both_ways,
    lift,
    load_default,
    mirror_features,
    mirror_joints,
    save_default,
)
from understudy.core.lift.default_input import ANYTHING, FEATURES, LANDMARKS, encode, look

COUNT = len(LANDMARKS)


def small(causal: bool = False) -> DefaultLifter:
    torch.manual_seed(0)
    model = DefaultLifter(Architecture(16, (1, 3), causal)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.fixture
def sequence() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    rays = rng.normal([0.3, -0.1], 0.15, (20, COUNT, 2))
    confidence = rng.uniform(0.2, 1, (20, COUNT))
    confidence[rng.random((20, COUNT)) < 0.2] = 0
    return rays, confidence


class TestInput:
    def test_a_person_turned_about_the_camera_looks_the_same(self, sequence):
        """Another place in the picture, exactly: directions turned by a rotation that carries the middle along."""
        rays, _ = sequence
        seen = look(rays, np.ones(rays.shape[:-1]))
        points = np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1)
        # A turn about the axis across line of sight and optical axis keeps the view's own roll.
        first = seen.view[0]
        local = points[0] @ first
        for angle in (0.2, -0.3):
            turned = local @ Rotation.from_euler("y", angle).as_matrix().T
            again = look((turned[:, :2] / turned[:, 2:])[None], np.ones((1, COUNT)))
            # The middle is a mean of rays, which perspective moves a little: agreement, not identity.
            assert np.abs(again.points[0] - seen.points[0]).max() < 0.15
            straight = local[:, :2] / local[:, 2:]
            assert (
                np.abs(again.points[0] - seen.points[0]).max()
                < np.abs((turned[:, :2] / turned[:, 2:] - straight) / seen.spread[0]).max()
            )

    def test_view_looks_through_the_weighted_middle(self, sequence):
        rays, confidence = sequence
        seen = look(rays, confidence)
        middle = (confidence[..., None] * rays).sum(1) / confidence.sum(1, keepdims=True)
        direction = np.concatenate([middle, np.ones((20, 1))], axis=1)
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        np.testing.assert_allclose(seen.view[:, :, 2], direction, atol=1e-6)
        np.testing.assert_allclose(seen.view @ np.swapaxes(seen.view, 1, 2), np.tile(np.eye(3), (20, 1, 1)), atol=1e-6)
        spread = (confidence[..., None] * seen.points**2).sum((1, 2)) / confidence.sum(1)
        np.testing.assert_allclose(spread, 1, atol=1e-4)

    def test_what_is_missing_has_no_influence(self, sequence):
        rays, confidence = sequence
        other = np.where((confidence > 0)[..., None], rays, np.nan)
        a, b = encode(rays, confidence, 1 / 30), encode(other, confidence, 1 / 30)
        np.testing.assert_array_equal(a.features, b.features)

    def test_nothing_measured_is_zero_and_straight_ahead(self):
        found = encode(np.full((2, COUNT, 2), np.nan), np.zeros((2, COUNT)), 1 / 30)
        assert not found.features.any()
        np.testing.assert_allclose(found.view, np.tile(np.eye(3), (2, 1, 1)), atol=1e-7)


class TestNetwork:
    def test_mirror_of_features_is_the_mirrored_picture(self, sequence):
        rays, confidence = sequence
        names = [n.replace("left", "right") if "left" in n else n.replace("right", "left") for n in LANDMARKS]
        rows = [LANDMARKS.index(n) for n in names]
        mirrored = encode(rays[:, rows] * [-1, 1], confidence[:, rows], 1 / 25).features
        own = mirror_features(torch.from_numpy(encode(rays, confidence, 1 / 25).features))
        np.testing.assert_allclose(own.numpy(), mirrored, atol=1e-5)

    def test_both_ways_is_equivariant_under_the_mirror(self):
        model = small()
        features = torch.randn(1, 12, FEATURES)
        with torch.inference_mode():
            joints, scale = both_ways(model, features)
            other, other_scale = both_ways(model, mirror_features(features))
        torch.testing.assert_close(mirror_joints(other), joints)
        torch.testing.assert_close(other_scale[..., MIRRORED_JOINTS], scale)

    @pytest.mark.parametrize(("causal", "before", "after"), [(False, 4, 4), (True, 8, 0)])
    def test_receptive_field(self, causal, before, after):
        model = small(causal)
        features = torch.randn(1, 40, FEATURES)
        changed = features.clone()
        changed[0, 20] += 1
        with torch.inference_mode():
            moved = (model(features)[0] - model(changed)[0]).abs().amax((0, 2, 3)) > 1e-6
        touched = torch.nonzero(moved).ravel().tolist()
        # A change in frame 20 reaches the frames that look back at it, and those that look ahead to it.
        assert touched[0] == 20 - after and touched[-1] == 20 + before

    def test_context_reaches_farther_than_the_convolutions(self):
        torch.manual_seed(0)
        model = DefaultLifter(Architecture(16, (1, 3), context=8)).eval()
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
        features = torch.randn(1, 200, FEATURES)
        features[..., ANYTHING] = 1
        other = features.clone()
        other[:, 100, :ANYTHING] += 1
        changed = ((model(features)[0] - model(other)[0]).abs().amax((0, 2, 3)) > 1e-6).nonzero().flatten()
        # Two blocks of reach 1 and 3 lie around the context.
        assert (int(changed[0]), int(changed[-1])) == (100 - CONTEXT_REACH - 4, 100 + CONTEXT_REACH + 4)

    def test_context_is_of_measured_frames_only(self):
        torch.manual_seed(0)
        context = DefaultLifter(Architecture(16, (1, 3), context=8)).context
        torch.nn.init.normal_(context.tell.weight)
        x, measured = torch.randn(1, 30, 16), (torch.arange(30) % 3 > 0).float()[None, :, None]
        told = (context(x, measured) - x)[0, 0]
        y = torch.relu(context.gather(context.norm(x)))[0, measured[0, :, 0] > 0]
        expected = context.tell(torch.cat([y.mean(0), (y.var(0, correction=0) + 1e-6).sqrt()]))
        torch.testing.assert_close(told, expected, rtol=1e-4, atol=1e-4)

    def test_a_causal_lifter_has_no_context(self):
        with pytest.raises(ValueError, match="look ahead"):
            Architecture(causal=True, context=8)

    def test_joints_are_relative_to_the_pelvis(self):
        joints, scale = small()(torch.randn(2, 5, FEATURES))
        assert joints.shape == (2, 5, 22, 3) and scale.shape == (2, 5, 22)
        assert not joints[..., 0, :].any()
        assert (scale > 0).all()


class TestLift:
    def test_result_is_in_camera_axes(self, sequence):
        rays, confidence = sequence
        model = small()
        found = encode(rays, confidence, 1 / 30)
        with torch.inference_mode():
            joints, scale = model(torch.from_numpy(found.features)[None])
        lifted = lift(model, rays, confidence, 1 / 30, flip=False)
        expected = np.einsum("tij,tnj->tni", found.view, joints[0].numpy())
        np.testing.assert_allclose(lifted.joints, expected, atol=1e-5)
        np.testing.assert_allclose(lifted.error, 3 * scale[0].numpy())

    def test_any_six_landmarks_give_finite_results(self, sequence):
        rays, _ = sequence
        rng = np.random.default_rng(0)
        confidence = np.zeros((20, COUNT))
        for row in confidence:
            row[rng.permutation(COUNT)[:6]] = 1
        confidence[3, np.flatnonzero(confidence[3])[0]] = 0
        lifted = lift(small(), np.where(confidence[..., None] > 0, rays, np.nan), confidence, 1 / 30)
        assert np.isfinite(lifted.joints).all() and np.isfinite(lifted.error).all()
        assert lifted.measured.tolist() == [k != 3 for k in range(20)]

    def test_frame_by_frame_is_the_whole_sequence(self, sequence):
        rays, confidence = sequence
        model = small(causal=True)
        whole = lift(model, rays, confidence, 1 / 30, flip=False)
        stream = CausalStream(model)
        for frame in range(len(rays)):
            one = stream.push(rays[frame], confidence[frame], 1 / 30)
            np.testing.assert_allclose(one.joints[0], whole.joints[frame], atol=2e-5)
            np.testing.assert_allclose(one.error[0], whole.error[frame], rtol=1e-4)
            assert one.measured[0] == whole.measured[frame]

    def test_a_lifter_that_looks_ahead_cannot_stream(self):
        with pytest.raises(ValueError, match="looks ahead"):
            CausalStream(small(causal=False))


class TestFiles:
    def test_saved_and_loaded(self, tmp_path, sequence):
        model = small(causal=True)
        model.error_factor = 1.5
        path = tmp_path / "x.safetensors"
        save_default(model, path, {"data": "none"})
        again = load_default(path=path)
        assert again.architecture == model.architecture and not again.training
        found, expected = lift(again, *sequence, 1 / 30), lift(model, *sequence, 1 / 30)
        np.testing.assert_array_equal(found.joints, expected.joints)
        np.testing.assert_array_equal(found.error, expected.error)
        model.error_factor = 1.0
        np.testing.assert_allclose(found.error, 1.5 * lift(model, *sequence, 1 / 30).error, rtol=1e-6)

    def test_other_files_are_refused(self, tmp_path):
        path = tmp_path / "x.safetensors"
        with pytest.raises(BadInputError, match="missing"):
            load_default(path=path)
        path.write_bytes(b"no weights")
        with pytest.raises(BadInputError, match="does not hold"):
            load_default(path=path)
        save_default(small(), path)
        from safetensors.torch import load_file, save_file

        state = load_file(path)
        save_file(state, path)  # without the header
        with pytest.raises(BadInputError, match="does not hold"):
            load_default(path=path)
