"""Small trainings on made-up motion: losses fall, and what was trained beats what was not by a margin stated here."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from understudy.core.cli import main
from understudy.core.errors import BadInputError
from understudy.core.lift.default import Architecture, load_default
from understudy.core.lift.published import SCREEN_SCALE
from understudy.core.train import videopose
from understudy.core.train.h36m import H36M, to_h36m
from understudy.core.train.heldout import errors
from understudy.core.train.lifter import LifterSettings, LifterTask, predict, to_batch
from understudy.core.train.loop import Budget, train
from understudy.core.train.martinez import MartinezSettings, MartinezTask
from understudy.core.train.sampling import PERFECT, draw_windows
from understudy.core.train.start import with_options
from understudy.core.train.videopose import VideoPoseSettings, VideoPoseTask

TINY_LIFTER = LifterSettings(Architecture(48, (1, 3)), short=(24, 12), long=(8, 36), rate=4e-3, half=False)


class Recorded:
    """A task that keeps what its steps report."""

    def __init__(self, task) -> None:
        self.task, self.modules, self.optimizers, self.rows = task, task.modules, task.optimizers, []

    def step(self, rng, number, share):
        self.rows.append(self.task.step(rng, number, share))
        return self.rows[-1]

    def evaluate(self):
        return self.task.evaluate()

    def mean(self, key: str, part: slice) -> float:
        return float(np.mean([row[key] for row in self.rows[part] if key in row]))


def run(task, folder, steps: int) -> tuple[Recorded, dict[str, float], dict[str, float]]:
    """The recorded task and its metrics before and after ``steps``."""
    recorded, before = Recorded(task), task.evaluate()
    train(recorded, folder, Budget(steps=steps), 0, resume=False)
    return recorded, before, task.evaluate()


class TestLifter:
    def test_learns(self, mocap, test_mocap, noise, tmp_path):
        task = LifterTask(mocap, test_mocap, noise, TINY_LIFTER, seed=0)
        recorded, before, after = run(task, tmp_path, 150)
        assert recorded.mean("mpjpe_mm", slice(-20, None)) < 0.6 * recorded.mean("mpjpe_mm", slice(0, 10))
        assert recorded.mean("likelihood", slice(-20, None)) < recorded.mean("likelihood", slice(0, 10)) - 1
        assert after["mpjpe_mm"] < before["mpjpe_mm"] - 50

    def test_same_seed_same_weights(self, mocap, test_mocap, noise, tmp_path):
        states = []
        for name in "ab":
            task = LifterTask(mocap, test_mocap, noise, TINY_LIFTER, seed=2)
            train(task, tmp_path / name, Budget(steps=3), 2, resume=False)
            states.append(task.average.state_dict())
        assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])

    def test_target_and_prediction_share_their_axes(self, mocap, noise):
        """The truth in view axes, turned back as predictions are, is the truth in camera axes."""
        windows = draw_windows(np.random.default_rng(0), mocap, noise, 4, 6, PERFECT)
        target = to_batch(windows).target

        class Oracle(torch.nn.Module):
            error_factor = 1.0

            def __init__(self) -> None:
                super().__init__()
                self.unused = torch.nn.Parameter(torch.zeros(1))

            def forward(self, features):
                return target, torch.ones(target.shape[:-1])

        found, _ = predict(Oracle(), windows)  # type: ignore[arg-type]
        assert errors(found, windows).max() < 0.1


def test_martinez_learns(mocap, test_mocap, noise, tmp_path):
    settings = MartinezSettings(channels=64, max_norm=None, dropout=0.1, statistics_frames=300)
    task = MartinezTask(mocap, test_mocap, noise, settings, seed=0)
    recorded, before, after = run(task, tmp_path, 200)
    assert recorded.mean("loss", slice(-20, None)) < 0.6 * recorded.mean("loss", slice(0, 5))
    assert after["mpjpe_mm"] < before["mpjpe_mm"] - 50
    task.save(tmp_path / "m.safetensors")
    from safetensors.torch import load_file

    state = load_file(tmp_path / "m.safetensors")
    assert {"w1.weight", "linear_stages.1.batch_norm2.running_var", "statistics.mean_in"} <= set(state)
    going_on = dataclasses.replace(settings, begin_from=str(tmp_path / "m.safetensors"), distance=True)
    again = MartinezTask(mocap, test_mocap, noise, going_on, seed=1)
    assert again.evaluate() == pytest.approx(after, rel=0.01), "but for float16 and the batches that settle it"
    recorded, _, _ = run(again, tmp_path / "more", 40)
    assert recorded.mean("loss", slice(-10, None)) < recorded.mean("loss", slice(0, 10)) < 0.4, "metres"


class TestVideoPose:
    SETTINGS = VideoPoseSettings(widths=(3, 3), channels=48, batch=48, dropout=0.05, rate=4e-3)

    def test_learns(self, mocap, test_mocap, noise, tmp_path):
        task = VideoPoseTask(mocap, test_mocap, noise, self.SETTINGS, seed=0)
        recorded, before, after = run(task, tmp_path, 150)
        assert recorded.mean("mpjpe_mm", slice(-20, None)) < 0.6 * recorded.mean("mpjpe_mm", slice(0, 5))
        assert after["mpjpe_mm"] < before["mpjpe_mm"] - 50
        assert task.trajectory is None

    def test_the_semi_supervised_step_lowers_its_losses(self, mocap, test_mocap, noise, tmp_path):
        settings = dataclasses.replace(self.SETTINGS, labelled=0.25, views=2, warm_up=0.05)
        task = VideoPoseTask(mocap, test_mocap, noise, settings, seed=0)
        assert task.unlabelled is not None
        assert len(task.labelled.names) == 2 and len(task.unlabelled.names) == 6
        assert not set(task.labelled.names) & set(task.unlabelled.names)
        recorded, _, _ = run(task, tmp_path, 120)
        for key in ("projection", "views_mm", "trajectory"):
            assert recorded.mean(key, slice(-20, None)) < 0.8 * recorded.mean(key, slice(6, 16)), key
        assert recorded.mean("bones_mm", slice(-20, None)) < 60

    def test_unlabelled_losses_of_the_truth_are_nil(self, mocap, noise):
        windows = draw_windows(np.random.default_rng(0), mocap, noise, 6, 3, PERFECT, views=2)
        truth = torch.from_numpy(to_h36m(windows.marks))
        hip = truth[:, :, :1]
        pose = truth - hip
        rotations = torch.from_numpy(windows.rotation)
        assert videopose.disagreement(pose[:, 1], rotations, 2) < 1e-4
        assert videopose.disagreement(pose[:, 1], torch.eye(3).expand(12, 3, 3), 2) > 0.05
        # Hip, spine, thorax and head are means and differences: perspective makes them differ a little in the picture.
        limbs = [H36M.index(n) for n in H36M if n not in ("hip", "spine", "thorax", "head")]
        screen = SCREEN_SCALE * torch.from_numpy(to_h36m(windows.rays))
        projected = videopose.project(pose + hip)
        torch.testing.assert_close(projected[:, :, limbs], screen[:, :, limbs], rtol=1e-4, atol=1e-4)
        assert (projected - screen).abs().max() < 0.2

    def test_bone_lengths_by_hand(self):
        joints = torch.zeros(1, 17, 3)
        joints[0, 1] = torch.tensor([3.0, 4, 0])
        lengths = videopose.bone_lengths(joints)[0]
        assert lengths[0] == 5 and lengths[1] == 5 and lengths[2:].sum() == 0


class TestCommand:
    def test_trains_and_resumes(self, data_file, tmp_path, capsys):
        out = tmp_path / "run"
        line = ["train", "lifter", "--data", str(data_file), "--out", str(out), "--evaluate-every", "4", "--json",
                "--set", 'architecture={"channels": 16, "dilations": [1, 2], "context": 8, "chain": false}',
                "--set", "short=[8, 10]", "--set", "long=[4, 20]"]  # fmt: skip
        assert main([*line, "--steps", "4"]) == 0
        summary = json.loads(capsys.readouterr().out)
        assert summary["steps"] == 4 and summary["held_out"]["mpjpe_mm"] > 0
        assert load_default(path=out / "lifter.safetensors").architecture == Architecture(16, (1, 2), context=8)
        assert main([*line, "--steps", "8", "--resume"]) == 0
        assert json.loads(capsys.readouterr().out)["steps"] == 8
        assert main([*line, "--steps", "9"]) == 2, "a training is not overwritten"

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["train", "hourglass"], "cannot be trained"),
            (["train", "gan", "--set", "colour=1"], "no training setting 'colour'"),
            (["train", "gan", "--set", "batch=many"], "no value"),
        ],
    )
    def test_bad_input_is_one_line(self, arguments, said, data_file, tmp_path, capsys):
        code = main([*arguments, "--data", str(data_file), "--out", str(tmp_path / "x"), "--steps", "1"])
        said_there = capsys.readouterr().err.strip()
        assert code == 2 and said in said_there and "\n" not in said_there

    def test_data_that_is_none(self, tmp_path, capsys):
        path = tmp_path / "motion.npz"
        line = ["train", "gan", "--data", str(path), "--out", str(tmp_path / "x"), "--steps", "1"]
        assert main(line) == 2 and "no motion capture" in capsys.readouterr().err
        np.savez(path, other=np.zeros(3))
        assert main(line) == 2 and "not a motion capture" in capsys.readouterr().err

    def test_settings_as_text(self):
        changed = with_options(VideoPoseSettings(), ("widths=[3, 3, 3, 3]", "causal=true", "labelled=0.1"))
        assert changed == VideoPoseSettings(widths=(3, 3, 3, 3), causal=True, labelled=0.1)
        assert with_options(LifterSettings(), ("begin_from=runs/a.safetensors",)).begin_from == "runs/a.safetensors"
        with pytest.raises(BadInputError, match="object"):
            with_options(LifterSettings(), ("architecture=3",))
