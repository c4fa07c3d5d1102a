"""Agreement with the fixtures computed by the authors' code or by formulas written apart."""

from __future__ import annotations

import json

import numpy as np
import pytest

from understudy.core.evaluate import absolute, alignment, hands, multiview, pose


@pytest.fixture(scope="session")
def case(shared_dir):
    """``case(file, name)``: inputs, outputs and absolute tolerance of one case."""

    def load(file, name):
        folder = shared_dir / "parity"
        spec = next(c for c in json.loads((folder / f"{file}.json").read_text())["cases"] if c["case"] == name)
        with np.load(folder / f"{file}.npz") as arrays:
            inputs = {k: arrays[f"{name}.in.{k}"] for k in spec["inputs"]}
            outputs = {k: arrays[f"{name}.out.{k}"] for k in spec["outputs"]}
        return inputs, outputs, spec["atol"]

    return load


def test_pose_metrics(case):
    given, wanted, atol = case("metrics", "pose_metrics")
    pred, gt = given["pred"], given["gt"]
    assert pose.mpjpe(pred, gt) == pytest.approx(wanted["mpjpe"], abs=atol)
    assert pose.pa_mpjpe(pred, gt) == pytest.approx(wanted["p_mpjpe_with_scale"], abs=atol)
    assert pose.n_mpjpe(pred, gt) == pytest.approx(wanted["n_mpjpe"], abs=atol)
    assert pose.mpjve(pred, gt) == pytest.approx(wanted["mpjve"], abs=atol)


def test_procrustes(case):
    given, wanted, atol = case("metrics", "procrustes_martinez")
    found = alignment.fit(given["source"], given["target"])
    np.testing.assert_allclose(found.apply(given["source"]), wanted["aligned"], atol=atol)
    np.testing.assert_allclose(found.rotation.T, wanted["rotation"], atol=atol)  # theirs acts on row vectors
    np.testing.assert_allclose(found.scale, wanted["scale"], atol=atol)
    np.testing.assert_allclose(found.translation, wanted["translation"], atol=atol)


def test_rigid_alignment(case):
    given, wanted, atol = case("prepost_3dmppe", "rigid_align_no_scale")
    moved = alignment.aligned(given["source"], given["target"], scale=False)
    np.testing.assert_allclose(moved, wanted["aligned"], atol=atol, rtol=1e-7)
    per_frame = [pose.pa_mpjpe(s, t, scale=False) for s, t in zip(given["source"], given["target"], strict=True)]
    np.testing.assert_allclose(per_frame, wanted["pa_mpjpe"], atol=atol, rtol=1e-7)


def test_pck3d(case):
    given, wanted, atol = case("metrics", "pck3d")
    truth = given["gt_mm"]
    rescaled = absolute.rescaled_bones(given["pred_mm"], truth, given["parents"], given["traversal"])
    np.testing.assert_allclose(rescaled, wanted["rescaled"], atol=atol)
    found = np.where(given["detected"][:, None, None], rescaled, np.nan)
    for name, root, matched in (
        ("rel_matched", 14, True),
        ("rel_all", 14, False),
        ("abs_matched", None, True),
        ("abs_all", None, False),
    ):
        got = 100 * absolute.pck3d(found, truth, threshold=150, root=root, matched=matched)
        assert got == pytest.approx(float(wanted[name]), abs=atol), name


def test_pcp(case):
    given, wanted, atol = case("metrics", "pcp")
    right, counts = multiview.pcp_correct(given["pred"], given["gt"], given["limbs"], float(given["alpha"]))
    np.testing.assert_array_equal(right, wanted["correct"])
    assert counts.all()
    got = multiview.pcp(given["pred"], given["gt"], given["limbs"], float(given["alpha"]))
    assert got == pytest.approx(float(wanted["pcp"]), abs=atol)


@pytest.mark.parametrize(("name", "threshold"), [("ap_250", 250), ("ap_150", 150)])
def test_ap_root(case, name, threshold):
    given, wanted, atol = case("metrics_aproot", "ap_root")
    truth = np.where(given["gt_valid"][:, None] > 0, given["gt_root"], np.nan)
    got = absolute.ap_root(
        given["gt_image"], truth, given["pred_image"], given["pred_root"], given["pred_score"], threshold
    )
    assert got == pytest.approx(float(wanted[name]), abs=atol)


class TestInterHand:
    """The fixture starts from the network's output; decoded here by the formula in its note."""

    @pytest.fixture
    def decoded(self, case):
        given, wanted, atol = case("prepost_interhand", "interhand_metrics")
        cells = given["joint_coord"].astype(float)
        depth = given["abs_depth_right_left"]

        def to_camera(cells, absolute_depth):
            """cells (N, J, 3), absolute_depth (N, J) mm → camera axes, mm."""
            patch = np.concatenate([cells[..., :2] * 4, np.ones_like(cells[..., :1])], axis=-1)
            pixels = np.einsum("nij,nkj->nki", given["inv_trans"], patch)
            z = (cells[..., 2] / 64 * 2 - 1) * 200 + absolute_depth
            return np.concatenate([(pixels - given["princpt"]) / given["focal"] * z[..., None], z[..., None]], axis=-1)

        joints = to_camera(cells, np.repeat(depth, 21, axis=1))
        # The relative root depth puts the left wrist (41) behind the right one.
        relative = (given["rel_root_depth"][:, :1] / 64 * 2 - 1) * 200
        left = to_camera(cells[:, 41:42], depth[:, :1] + relative)[:, 0]
        truth = np.where(given["gt_valid"][..., None] > 0, given["gt_joints_cam"].astype(float), np.nan)
        return given, wanted, atol, joints, left, truth

    def test_mpjpe(self, decoded):
        given, wanted, atol, joints, _, truth = decoded
        got = hands.interhand_mpjpe(joints, truth, given["gt_type"] == 2)
        assert got.all == pytest.approx(float(wanted["mpjpe_all_mm"]), abs=atol)
        assert got.single == pytest.approx(float(wanted["mpjpe_sh_mm"]), abs=atol)
        assert got.interacting == pytest.approx(float(wanted["mpjpe_ih_mm"]), abs=atol)

    def test_mrrpe(self, decoded):
        given, wanted, atol, joints, left, truth = decoded
        got = hands.mrrpe(left, joints[:, 20], truth[:, 41], truth[:, 20], valid=given["gt_type"] == 2)
        assert got == pytest.approx(float(wanted["mrrpe_mm"]), abs=atol)

    def test_handedness(self, decoded):
        given, wanted, atol, *_ = decoded
        kind = given["gt_type"]
        truth = np.stack([kind != 1, kind != 0], axis=-1).astype(float)
        truth[given["gt_type_valid"] == 0] = np.nan
        got = hands.handedness_accuracy(given["hand_prob_right_left"], truth)
        assert got == pytest.approx(float(wanted["handedness_accuracy"]), abs=atol)
