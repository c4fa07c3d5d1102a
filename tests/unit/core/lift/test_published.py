"""The lifters at work, with networks whose answers are known: what goes in and comes out is what is tested."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from understudy.core.errors import BadInputError, ModelsMissingError
from understudy.core.evaluate.joint_sets import JOINT_SETS
from understudy.core.lift import published, weights
from understudy.core.lift.default_input import FEATURES
from understudy.core.lift.gan import KudoNetwork
from understudy.core.lift.martinez import MartinezLifter
from understudy.core.lift.published import Gan, Martinez, VideoPose, build_lifter
from understudy.core.lift.temporal import TemporalLifter
from understudy.core.lift.weights import LifterWeights, card_of, load_weights
from understudy.core.weights import store
from understudy.core.weights.checkpoints.importing import import_checkpoint
from understudy.core.weights.checkpoints.stored import Card

H36M = JOINT_SETS["H36M-17"]
PELVIS, THORAX = H36M.index("pelvis"), H36M.index("thorax")


def figure(frames: int = 1, distance: float = 5.0) -> np.ndarray:
    """(T, 17, 3) m, camera axes: somebody who stands, with depth."""
    rng = np.random.default_rng(0)
    points = rng.normal(0, 0.3, (17, 3))
    points[PELVIS], points[THORAX] = 0, [0.02, -0.5, 0.05]
    sway = 0.02 * np.sin(np.arange(frames))[:, None, None]
    return points + sway + [0.3, 0.1, distance]


def rays_of(points: np.ndarray) -> np.ndarray:
    return points[..., :2] / points[..., 2:]


class Recorder(torch.nn.Module):
    """Remembers what it is given and answers with a function of it."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer, self.seen = answer, []

    def forward(self, x):
        self.seen.append(x.clone())
        return self.answer(x)

    def sequence(self, x):
        return self(x)


def lifted_3d(x):
    """(N, T, J, 2) → (N, T, J, 3) with x and y kept: passes the mirror as a real network should."""
    return torch.cat([x, x[..., 1:]], dim=-1)


class TestVideoPose:
    def test_sees_the_screen_of_a_camera_as_human36m(self):
        network = Recorder(lifted_3d)
        rays = rays_of(figure(10))
        times = np.arange(10) / 50
        got = VideoPose(network, H36M, H36M).lift(rays, np.ones((10, 17)), times)
        np.testing.assert_allclose(network.seen[0][0], 1145 / 500 * rays, rtol=1e-5)
        np.testing.assert_allclose(got[..., :2], 1145 / 500 * rays, atol=1e-5)

    def test_answers_for_the_mirrored_clip_count_half(self):
        # A network that mistakes depth for x: the mirror takes the mistake's sign away from the x axis.
        network = Recorder(lambda x: torch.cat([x[..., 1:], x[..., 1:], x[..., :1]], dim=-1))
        rays = np.zeros((3, 17, 2))
        rays[..., 0], rays[..., 1] = 0.2, 0.1
        got = VideoPose(network, H36M, H36M).lift(rays, np.ones((3, 17)), np.arange(3) / 50)
        np.testing.assert_allclose(got[..., 0], 0, atol=1e-6)
        np.testing.assert_allclose(got[..., 1], 0.1 * 2.29, rtol=1e-5)
        np.testing.assert_allclose(got[..., 2], 0, atol=1e-6)

    def test_frames_come_at_the_rate_it_was_trained_with(self):
        network = Recorder(lifted_3d)
        times = np.array([0.0, 0.1, 0.15, 0.4])  # of no constant rate
        rays = np.repeat(times[:, None, None], 17, axis=1) * [1.0, 2.0]
        got = VideoPose(network, H36M, H36M).lift(rays, np.ones((4, 17)), times)
        assert network.seen[0].shape == (1, 21, 17, 2)
        np.testing.assert_allclose(np.diff(network.seen[0][0, :, 0, 0]), 2.29 * 0.02, rtol=1e-3)
        np.testing.assert_allclose(got[..., :2], 2.29 * rays, atol=1e-5)

    def test_a_single_frame(self):
        got = VideoPose(Recorder(lifted_3d), H36M, H36M).lift(rays_of(figure(1)), np.ones((1, 17)), np.zeros(1))
        assert got.shape == (1, 17, 3)


class TestMartinez:
    names_in = tuple(name for name in H36M if name != "neck_nose")
    names_out = tuple(name for name in H36M if name != "pelvis")

    def make(self, network, mean_in):
        rng = np.random.default_rng(1)
        self.std_in, self.std_out = rng.uniform(50, 90, 32), rng.uniform(9, 99, 48)
        self.mean_out = rng.normal(0, 300, 48)
        return Martinez(network, self.names_in, self.names_out, list(range(16)), mean_in, self.std_in, self.mean_out,
                        self.std_out)  # fmt: skip

    def test_people_are_put_where_those_of_its_training_were(self):
        points = figure(5, distance=9.0)[:, [H36M.index(name) for name in self.names_in]]
        points[:, :, :2] -= points[:, :1, :2]  # on the optical axis, so that the view is the camera
        mean = np.random.default_rng(0).normal(500, 100, (16, 2))
        hip, neck = self.names_in.index("pelvis"), self.names_in.index("thorax")
        mean[neck] = mean[hip] + [3, -180]
        network = Recorder(lambda x: torch.zeros(len(x), 48))
        lifter = self.make(network, mean.reshape(-1))
        got = lifter.lift(rays_of(points), np.ones((5, 16)), np.arange(5) / 30)
        pixels = network.seen[0].double().numpy() * self.std_in + mean.reshape(-1)
        pixels = pixels.reshape(5, 16, 2)
        np.testing.assert_allclose(pixels[:, hip], np.broadcast_to(mean[hip], (5, 2)), atol=1e-2)
        trunk = np.linalg.norm(pixels[:, neck] - pixels[:, hip], axis=-1)
        assert np.percentile(trunk, 75) == pytest.approx(np.hypot(3, 180), rel=1e-4)
        shape = pixels - pixels[:, hip : hip + 1]
        seen = rays_of(points) - rays_of(points)[:, hip : hip + 1]
        ratio = np.linalg.norm(shape, axis=-1)[:, 2:] / np.linalg.norm(seen, axis=-1)[:, 2:]
        assert np.ptp(ratio) < 0.05 * ratio.mean()  # one scale for the whole clip
        # What it answers is in millimetres of the camera's axes: here the mean pose, in the axes of the view.
        wanted = np.linalg.norm(self.mean_out.reshape(16, 3), axis=-1) / 1000
        np.testing.assert_allclose(np.linalg.norm(got, axis=-1), np.broadcast_to(wanted, (5, 16)), rtol=1e-6)


class TestGan:
    def lift(self, depth, rays, confidence, knows_missing=False):
        return Gan(Recorder(depth), H36M, H36M, knows_missing).lift(rays, confidence, np.arange(len(rays)) / 30)

    def test_depth_is_of_the_unit_of_the_picture(self):
        """A figure at rest in its own plane, given its true depth, comes out with its shape."""
        points = figure(1, distance=40.0)  # far away: weak perspective holds
        points[..., :2] -= points[:, PELVIS : PELVIS + 1, :2]
        relative = points[0] - points[0, PELVIS]
        scale = np.linalg.norm(np.delete(relative, PELVIS, axis=0)[:, :2], axis=-1).mean()
        depth = torch.from_numpy((relative[:, 2] / scale)[None].astype(np.float32))
        got = self.lift(lambda x: depth, rays_of(points), np.ones((1, 17)))[0]
        got = got - got[PELVIS]
        ratio = np.linalg.norm(got, axis=-1)[1:] / np.linalg.norm(relative, axis=-1)[1:]
        assert np.ptp(ratio) < 0.06 * ratio.mean()
        a, b = (x[1:] / np.linalg.norm(x[1:], axis=-1, keepdims=True) for x in (got, relative))
        assert np.sum(a * b, axis=-1).min() > 0.999

    def test_limbs_have_ordinary_lengths(self):
        got = self.lift(lambda x: torch.zeros(len(x), 17), rays_of(figure(3)), np.ones((3, 17)))
        ratios = []
        for (a, b), length in published._LENGTHS.items():
            for side in ("left", "right"):
                i, j = H36M.index(f"{side}_{a}"), H36M.index(f"{side}_{b}")
                ratios.append(np.linalg.norm(got[:, i] - got[:, j], axis=-1) / length)
        assert np.median(1 / np.concatenate(ratios)) == pytest.approx(1)

    def test_the_network_sees_normalised_poses(self):
        network = Recorder(lambda x: torch.zeros(len(x), 17))
        Gan(network, H36M, H36M, False).lift(rays_of(figure(2)), np.ones((2, 17)), np.arange(2) / 30)
        pose = network.seen[0].reshape(2, 17, 2)
        assert float(pose[:, PELVIS].abs().max()) == 0
        np.testing.assert_allclose(pose[:, 1:].norm(dim=-1).mean(1), [1, 1], atol=1e-5)

    def test_ours_sees_missing_joints_on_the_root(self):
        network = Recorder(lambda x: torch.ones(len(x), 17))
        confidence = np.ones((1, 17))
        confidence[0, [2, 3]] = 0
        rays = np.where(confidence[..., None] > 0, rays_of(figure(1)), np.nan)
        got = Gan(network, H36M, H36M, True).lift(rays, confidence, np.zeros(1))
        pose = network.seen[0].reshape(17, 2)
        assert not pose[[2, 3]].any()
        others = pose[[j for j in range(1, 17) if j not in (2, 3)]]
        assert float(others.norm(dim=-1).mean()) == pytest.approx(1, abs=1e-5)
        assert np.isfinite(got).all()

    def test_the_authors_sees_whole_people(self):
        network = Recorder(lambda x: torch.ones(len(x), 17))
        confidence = np.ones((1, 17))
        confidence[0, [2, 3]] = 0
        rays = np.where(confidence[..., None] > 0, rays_of(figure(1)), np.nan)
        Gan(network, H36M, H36M, False).lift(rays, confidence, np.zeros(1))
        assert network.seen[0].reshape(17, 2)[[2, 3]].any(dim=1).all()


@pytest.fixture
def models_folder(tmp_path, monkeypatch):
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setattr(weights, "SHIPPED", tmp_path / "shipped")
    return tmp_path / "models"


class TestWeights:
    def test_without_any_the_cure_is_told(self, models_folder):
        with pytest.raises(ModelsMissingError, match=r"models import FILE.*understudy train videopose`"):
            card_of("videopose3d")

    def videopose(self, folder, **change):
        content = {"model_pos": TemporalLifter(channels=8, widths=(3, 3)).state_dict(),
                   "model_traj": TemporalLifter(channels=8, widths=(3, 3), joints_out=1).state_dict()}  # fmt: skip
        torch.save(content | change, folder / "p.bin")
        return folder / "p.bin"

    def test_an_authors_checkpoint_becomes_a_lifter(self, models_folder, tmp_path):
        path = self.videopose(tmp_path)
        import_checkpoint(path, "CC-BY-NC-4.0")
        lifter = build_lifter(load_weights("videopose3d"))
        assert lifter.names_in == lifter.names_out == H36M
        wanted = TemporalLifter(channels=8, widths=(3, 3)).eval()
        wanted.load_state_dict(torch.load(path, weights_only=True)["model_pos"])
        rays, times = rays_of(figure(30)), np.arange(30) / 50
        got = lifter.lift(rays, np.ones((30, 17)), times)
        with torch.inference_mode():
            screen = torch.from_numpy(2.29 * rays).float()[None]
            mirrored = published.mirror(wanted.sequence(published.mirror(screen, H36M)), H36M)
            answer = (wanted.sequence(screen) + mirrored) / 2
        np.testing.assert_allclose(got, answer[0], atol=1e-4)

    def test_coco_joints_in(self, models_folder, tmp_path):
        import_checkpoint(self.videopose(tmp_path), "own", choices={"joints": "COCO-17"})
        lifter = build_lifter(load_weights("videopose3d"))
        assert lifter.names_in == JOINT_SETS["COCO-17"] and lifter.names_out == H36M
        rays = np.full((4, 17, 2), np.nan)
        rays[:, 5:13] = np.random.default_rng(0).normal(0, 0.1, (4, 8, 2))
        confidence = np.isfinite(rays).all(-1).astype(float)
        assert np.isfinite(lifter.lift(rays, confidence, np.arange(4) / 50)).all()

    @pytest.mark.parametrize("name", ["videopose3d", "martinez", "gan"])
    def test_what_we_train_becomes_a_lifter(self, models_folder, tmp_path, name):
        training = pytest.importorskip("understudy.core.train.h36m")
        import json

        from safetensors.torch import save_file

        from understudy.core.train.martinez import JOINTS_OUT

        network, settings, more = {
            "videopose3d": (TemporalLifter(channels=8, widths=(3, 3)),
                            {"widths": [3, 3], "channels": 8, "causal": False}, {}),
            "martinez": (MartinezLifter(channels=8, max_norm=1.0, numbers_in=FEATURES),
                         {"channels": 8, "stages": 2, "max_norm": 1.0}, {f"statistics.{k}": torch.ones(n) for k, n in (
                             ("mean_in", FEATURES), ("spread_in", FEATURES), ("mean_out", 48), ("spread_out", 48))}),
            "gan": (KudoNetwork(channels=8), {"channels": 8, "batch_norm": False}, {}),
        }[name]  # fmt: skip
        joints = JOINTS_OUT if name == "martinez" else training.H36M
        header = {"network": weights.TRAINED[name], "input": "x", "joints": json.dumps(joints),
                  "settings": json.dumps(settings)}  # fmt: skip
        path = tmp_path / "trained.safetensors"
        save_file({**network.state_dict(), **more}, path, metadata=header)
        done = import_checkpoint(path)
        assert (done.card.name, done.card.commercial) == (name, False)
        lifter = build_lifter(load_weights(name))
        confidence = np.ones((3, len(lifter.names_in)))
        rays = np.random.default_rng(0).normal(0, 0.1, (3, len(lifter.names_in), 2))
        got = lifter.lift(rays, confidence, np.arange(3) / 30)
        assert got.shape == (3, len(lifter.names_out), 3) and np.isfinite(got).all()
        assert "nose" in lifter.names_out and "mid_shoulder" in lifter.names_out
        # A file of ours that lies beside the code is found as it is.
        weights.SHIPPED.mkdir()
        (models_folder / f"{name}.safetensors").unlink()
        path.rename(weights.SHIPPED / f"{name}.safetensors")
        assert load_weights(name).card.commercial

    def test_a_file_without_its_statistics_is_refused(self, models_folder):
        card = Card("martinez", "martinez", "x", "own", False,
                    options={"channels": 8, "stages": 2, "joints_in": H36M[:16], "joints_out": H36M[:16]})  # fmt: skip
        tensors = {key: value.numpy() for key, value in MartinezLifter(channels=8).state_dict().items()}
        with pytest.raises(BadInputError, match="mean_2d"):
            build_lifter(LifterWeights(card, tensors))

    def test_weights_that_do_not_fill_are_refused(self, models_folder):
        card = Card("gan", "gan", "x", "own", False,
                    options={"channels": 9, "batch_norm": False, "joints_in": list(H36M)})  # fmt: skip
        tensors = {key: value.numpy() for key, value in KudoNetwork(channels=8).state_dict().items()}
        with pytest.raises(BadInputError, match="do not fill"):
            build_lifter(LifterWeights(card, tensors))
        with pytest.raises(BadInputError, match="no lifter"):
            build_lifter(LifterWeights(Card("x", "rootnet", "x", "own", False), {}))
