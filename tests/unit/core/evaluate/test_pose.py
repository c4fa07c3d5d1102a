from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import procrustes

sys.path.insert(0, str(Path(__file__).parent))
from motions import motion, moved, moved_each, near, pose, rng, rotation, xyz

from understudy.core.errors import BadInputError
from understudy.core.evaluate.alignment import centred
from understudy.core.evaluate.pose import joint_errors, mpjpe, mpjve, n_mpjpe, pa_mpjpe, pve

# A root and two joints; the second joint is 3-4-5 off.
TRUTH = np.array([[[0, 0, 0], [1, 0, 0], [0, 2, 0]]], float)
PREDICTED = TRUTH + np.array([[[0, 0, 0], [0, 0, 0], [0, 0.3, 0.4]]])


class TestMpjpe:
    metric = "MPJPE"

    def test_hand_computed(self):
        assert mpjpe(PREDICTED, TRUTH) == pytest.approx(0.5 / 3)
        # A root that is 0.2 off moves every other joint by as much the other way.
        shifted = PREDICTED.copy()
        shifted[0, 0, 0] = 0.2
        assert mpjpe(shifted, TRUTH, root=0) == pytest.approx((0 + 0.2 + np.hypot(0.5, 0.2)) / 3)

    def test_hand_computed_middle_of_two_joints_as_root(self):
        # The hips' middle moves by 0.1, and so does every joint against it; the hip that moved is 0.1 off itself.
        truth = np.array([[[-1, 0, 0], [1, 0, 0], [0, 1, 0]]], float)
        predicted = truth.copy()
        predicted[0, 0, 0] -= 0.2
        assert mpjpe(predicted, truth, root=(0, 1)) == pytest.approx(0.1)

    def test_ignores_one_rigid_motion_of_both(self):
        truth = pose()
        assert mpjpe(moved(near(truth)), moved(truth)) == pytest.approx(mpjpe(near(truth), truth))

    def test_ignores_where_the_root_is_when_given(self):
        truth = pose()
        away = near(truth) + rng(1).normal(0, 5, (len(truth), 1, 3))
        assert mpjpe(away, truth, root=3) == pytest.approx(mpjpe(near(truth), truth, root=3))

    def test_ignores_missing_joints(self):
        truth, predicted = pose(), near(pose())
        hole = predicted.copy()
        hole[::2, 4] = np.nan
        keep = np.isfinite(hole[..., 0])
        assert mpjpe(hole, truth) == pytest.approx(np.linalg.norm(predicted - truth, axis=-1)[keep].mean())
        assert mpjpe(predicted, truth, valid=keep) == pytest.approx(mpjpe(hole, truth))

    def test_notices_a_rotation_a_scale_and_a_shift(self):
        truth = pose()
        for wrong in (truth @ rotation().T, 1.1 * truth, truth + xyz(0.1, 0, 0)):
            assert mpjpe(wrong, truth) > 0.05
        assert mpjpe(truth + xyz(0.1, 0, 0), truth, root=0) == pytest.approx(0)


class TestPaMpjpeSimilarity:
    metric = "PA-MPJPE (similarity)"

    def test_hand_computed(self):
        # A square pulled to twice its width. No turn helps; s = Σ p·t / Σ p·p = 4 (2 + 1) / 4 (4 + 1) = 0.6, which
        # leaves each corner 1 − 2 · 0.6 off in width and 1 − 0.6 in height.
        truth = np.array([[1, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]], float)
        predicted = truth * [2, 1, 1]
        assert pa_mpjpe(predicted, truth) == pytest.approx(np.hypot(0.2, 0.4))

    def test_hand_computed_by_scipy(self):
        for truth, predicted in zip(pose(), near(pose(), 0.3), strict=True):
            # scipy normalises both to unit norm and may mirror; with little noise the best is no mirror image.
            a, b, _ = procrustes(truth, predicted)
            norm = np.linalg.norm(truth - truth.mean(0))
            assert pa_mpjpe(predicted, truth) == pytest.approx(np.linalg.norm(a - b, axis=-1).mean() * norm)

    def test_ignores_a_similarity_per_frame(self):
        truth = pose()
        assert pa_mpjpe(moved_each(truth, scaled=True), truth) == pytest.approx(0, abs=1e-12)
        assert pa_mpjpe(moved_each(near(truth), scaled=True), truth) == pytest.approx(pa_mpjpe(near(truth), truth))

    def test_notices_a_mirror_image_and_a_wrong_joint(self):
        truth = pose()
        assert pa_mpjpe(truth * [-1, 1, 1], truth) > 0.1
        wrong = truth.copy()
        wrong[:, 3] += [0.3, 0, 0]
        assert pa_mpjpe(wrong, truth) > 0.01

    def test_too_few_joints_are_no_perfect_score(self):
        assert np.isnan(pa_mpjpe(pose(joints=2), near(pose(joints=2))))


class TestPaMpjpeRigid:
    metric = "PA-MPJPE (rigid)"

    def test_hand_computed(self):
        # Twice the size: nothing but the scale is wrong, so each corner is off by its own distance from the middle.
        truth = np.array([[1, 0, 0], [-1, 0, 0], [0, 3, 0], [0, -3, 0]], float)
        assert pa_mpjpe(2 * truth, truth, scale=False) == pytest.approx((1 + 1 + 3 + 3) / 4)

    def test_ignores_a_rigid_motion_per_frame(self):
        truth = pose()
        assert pa_mpjpe(moved_each(truth), truth, scale=False) == pytest.approx(0, abs=1e-12)

    def test_notices_scale(self):
        truth = pose()
        assert pa_mpjpe(1.1 * truth, truth, scale=False) > 0.03
        assert pa_mpjpe(1.1 * truth, truth, scale=True) == pytest.approx(0, abs=1e-12)


class TestNMpjpe:
    metric = "N-MPJPE"

    def test_hand_computed(self):
        # s = Σ p·t / Σ p·p = (2·1 + 1·1) / (4 + 1) = 0.6: errors 0.2 and 0.4.
        truth, predicted = np.array([[[1, 0, 0], [0, 1, 0]]], float), np.array([[[2, 0, 0], [0, 1, 0]]], float)
        assert n_mpjpe(predicted, truth) == pytest.approx(0.3)

    def test_ignores_a_scale_per_frame(self):
        truth = centred(pose(), 0)
        factor = rng().uniform(0.3, 3, (len(truth), 1, 1))
        assert n_mpjpe(factor * near(truth), truth) == pytest.approx(n_mpjpe(near(truth), truth))

    def test_ignores_the_root_when_given(self):
        truth = pose()
        assert n_mpjpe(3 * truth + 5, truth, root=2) == pytest.approx(0, abs=1e-12)

    def test_notices_rotation(self):
        truth = centred(pose(), 0)
        assert n_mpjpe(truth @ rotation().T, truth) > 0.1


class TestMpjve:
    metric = "MPJVE"

    def test_hand_computed(self):
        # The truth rests; the prediction moves 0.1 m, then 0.3 m: 0.2 m per frame, at 10 frames per second 2 m/s.
        truth = np.zeros((3, 1, 3))
        predicted = np.array([[[0, 0, 0]], [[0.1, 0, 0]], [[0.1, 0.3, 0]]])
        assert mpjve(predicted, truth) == pytest.approx(0.2)
        assert mpjve(predicted, truth, timestamps=[0, 0.1, 0.2]) == pytest.approx(2.0)

    def test_ignores_a_constant_offset(self):
        truth, t = motion()
        assert mpjve(truth + xyz(5, 0, 1), truth, t) == pytest.approx(0, abs=1e-10)

    def test_notices_trembling_that_mpjpe_hardly_sees(self):
        truth, t = motion()
        trembling = truth.copy()
        trembling[::2, :, 2] += 0.01
        assert mpjpe(trembling, truth) < 0.01
        assert mpjve(trembling, truth, t) > 0.25

    def test_one_frame_has_no_velocity(self):
        assert np.isnan(mpjve(TRUTH, TRUTH))


class TestPve:
    metric = "PVE"

    def test_hand_computed(self):
        assert pve(PREDICTED, TRUTH) == pytest.approx(0.5 / 3)
        root = np.array([[0.3, 0, 0]])
        assert pve(PREDICTED + root[:, None], TRUTH, root, [[0, 0, 0]]) == pytest.approx(0.5 / 3)

    def test_ignores_where_the_meshes_are_when_roots_are_given(self):
        mesh = pose(joints=100)
        far = near(mesh) + xyz(4, 5, 6)
        roots = mesh[:, 0], mesh[:, 0]
        assert pve(far, mesh, roots[0] + xyz(4, 5, 6), roots[1]) == pytest.approx(pve(near(mesh), mesh, *roots))

    def test_notices_shape_that_joints_do_not_show(self):
        mesh = pose(joints=100)
        fat = mesh + 0.02 * np.sign(mesh - mesh.mean(1, keepdims=True))
        assert pve(fat, mesh) == pytest.approx(0.02 * np.sqrt(3))


def test_nothing_in_common_is_not_zero():
    nothing = np.full((4, 3, 3), np.nan)
    for metric in (mpjpe, pa_mpjpe, n_mpjpe, mpjve, pve):
        assert np.isnan(metric(nothing, nothing)), metric.__name__


@pytest.mark.parametrize(
    "shapes",
    [((4, 17, 3), (4, 16, 3)), ((4, 17, 3), (5, 17, 3)), ((17, 3), (1, 17, 3))],
    ids=["skeletons", "frame counts", "axes"],
)
def test_what_does_not_fit_is_refused(shapes):
    with pytest.raises(BadInputError, match="has shape"):
        joint_errors(np.zeros(shapes[0]), np.zeros(shapes[1]))


def test_a_mask_that_does_not_fit_is_refused():
    with pytest.raises(BadInputError, match="mask"):
        joint_errors(TRUTH, TRUTH, valid=np.ones((3, 1), bool))


def test_a_root_that_is_no_joint_is_refused():
    with pytest.raises(BadInputError, match="root"):
        mpjpe(TRUTH, TRUTH, root=3)


def test_one_mesh_without_a_root_is_refused():
    with pytest.raises(BadInputError, match="root"):
        pve(TRUTH, TRUTH, predicted_root=np.zeros((1, 3)))
