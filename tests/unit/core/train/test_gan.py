"""The GAN lifter learns depth from pictures alone, updates what its caps allow, and can be resumed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from understudy.core.lift.gan_geometry import heading_loss, heading_sine
from understudy.core.train import gan, gan_poses
from understudy.core.train.gan import GanSettings, GanTask
from understudy.core.train.gan_poses import Poses
from understudy.core.train.gan_settings import PUBLISHED
from understudy.core.train.h36m import H36M, to_h36m
from understudy.core.train.loop import Budget, train
from understudy.core.train.sampling import PERFECT, draw_windows

TINY = GanSettings(batch=64, channels=96, rate=1e-3, pool=2048, half=False)


def drawn(count: int) -> Poses:
    """Poses at random, all visible, of a near camera."""
    torch.manual_seed(0)
    pose = torch.randn(count, 17, 2)
    pose[:, 0] = 0
    pose /= pose.norm(dim=-1).sum(1)[:, None, None] / 16
    return Poses(pose, torch.ones(count, 17, dtype=torch.bool), torch.full((count,), 0.2), 0.02 * torch.randn(count, 2))


@pytest.mark.parametrize(
    "settings",
    [
        TINY,
        dataclasses.replace(PUBLISHED, batch=64, channels=96, rate=1e-3, pool=64, half=False),
        dataclasses.replace(TINY, generator_steps=2, elevation=False),
    ],
    ids=["ours", "published", "two generator steps"],
)
def test_learns_depth_from_pictures_alone(settings, statues, noise, tmp_path, monkeypatch):
    """A figure that is the same all the time, seen from all sides: untrained, the generator leaves it flat."""
    monkeypatch.setattr(gan, "VARIETY", PERFECT)
    task = GanTask(*statues, noise, settings, seed=0)
    before, headings = task.evaluate()["pa_mpjpe_mm"], []
    step = task.step

    def recorded(*arguments):
        values = step(*arguments)
        headings.append(values["heading"])
        return values

    task.step = recorded  # type: ignore[method-assign]
    train(task, tmp_path, Budget(steps=450), 0, resume=False)
    assert task.evaluate()["pa_mpjpe_mm"] < before - 40
    assert np.mean(headings[-50:]) < 0.01


def test_heading_of_people_as_they_are(mocap, noise):
    """The sign: people whose faces look where their chests do have a positive sine, and cost nothing."""
    windows = draw_windows(np.random.default_rng(0), mocap, noise, 200, 1, PERFECT)
    joints = torch.from_numpy(to_h36m(windows.marks)[:, 0])
    sine = heading_sine(joints[..., :2], joints[..., 2])
    assert (sine > 0).float().mean() > 0.95
    assert heading_loss(sine) < 0.02
    assert heading_loss(heading_sine(joints[..., :2], -joints[..., 2])) > 0.5, "inside out"


@pytest.mark.parametrize(("right", "learner", "discriminator"), [(True, True, False), (False, False, True)])
def test_accuracy_caps(test_mocap, noise, right, learner, discriminator):
    settings = GanSettings(batch=8, channels=16, half=False)
    task = GanTask(test_mocap, test_mocap, noise, settings, seed=0)
    seen = drawn(8)

    def judge(x):
        """Always right, or always wrong, with a gradient of 0 for every weight."""
        real = (x - seen.pose.flatten(1)).abs().sum(1, keepdim=True) < 1e-6
        nothing = 0 * x.sum() + 0 * sum(p.sum() for p in task.discriminator.parameters())
        return torch.where(real, 1.0, -1.0) * (1 if right else -1) + nothing

    task.discriminator.forward = judge  # type: ignore[method-assign]
    for optimizer in task.optimizers.values():
        optimizer.param_groups[0]["weight_decay"] = 0.1  # moves every weight whose optimiser takes a step
    networks = {"learner": task.learner, "discriminator": task.discriminator}
    before = {k: [p.clone() for p in m.parameters()] for k, m in networks.items()}
    task.adversaries(seen, torch.full((8,), 1.0), torch.arange(8))
    moved = {
        k: any(not torch.equal(a, b) for a, b in zip(before[k], m.parameters(), strict=True))
        for k, m in networks.items()
    }
    assert moved == {"learner": learner, "discriminator": discriminator}


@pytest.mark.parametrize("steps", [1, 3])
def test_several_generator_steps_for_one_of_the_discriminator(mocap, test_mocap, noise, steps):
    task = GanTask(mocap, test_mocap, noise, dataclasses.replace(TINY, generator_steps=steps, accuracy_cap=1), seed=0)
    values = task.step(np.random.default_rng(0), 0, 0.5)
    assert not any(torch.is_tensor(value) and value.requires_grad for value in values.values()), "graphs are kept"
    taken = {name: int(next(iter(o.state.values()))["step"]) for name, o in task.optimizers.items()}
    assert taken == {"learner": steps, "discriminator": 1}


@pytest.mark.parametrize("missing", [True, False])
def test_no_3d_is_seen(mocap, test_mocap, noise, monkeypatch, missing):
    """Windows whose joints, marks and true rays are no numbers train the same weights."""
    settings = dataclasses.replace(TINY, missing=missing, channels=32)

    def trained() -> dict[str, torch.Tensor]:
        task = GanTask(mocap, test_mocap, noise, settings, seed=3)
        for number in range(3):
            task.step(np.random.default_rng(number), number, 0.5)
        return {f"{k}.{n}": v for k, m in task.modules.items() for n, v in m.state_dict().items()}

    wanted = trained()
    whole = draw_windows

    def flat(*arguments):
        windows = whole(*arguments)
        blank = {name: np.full_like(getattr(windows, name), np.nan)
                 for name in ("joints", "marks", "true_rays", "rotation", "half_size")}  # fmt: skip
        return dataclasses.replace(windows, **blank)

    monkeypatch.setattr(gan_poses, "draw_windows", flat)
    got = trained()
    assert all(torch.equal(got[key], value) for key, value in wanted.items())
    assert all(bool(torch.isfinite(value.float()).all()) for value in got.values())


def test_a_resumed_training_goes_on_as_if_never_stopped(mocap, test_mocap, noise, tmp_path):
    settings = dataclasses.replace(TINY, pool=128, uses=1, channels=32)  # a new pool every other step

    def task() -> GanTask:
        return GanTask(mocap, test_mocap, noise, settings, seed=1)

    whole, begun, resumed = task(), task(), task()
    train(whole, tmp_path / "whole", Budget(steps=5), 1, resume=False)
    # Stopped after three of five steps.
    train(begun, tmp_path / "parts", Budget(steps=5), 1, resume=False, cancelled=_after(3))
    train(resumed, tmp_path / "parts", Budget(steps=5), 1, resume=True)
    for name, module in whole.modules.items():
        other = resumed.modules[name].state_dict()
        assert all(torch.equal(value, other[key]) for key, value in module.state_dict().items()), name


def _after(steps: int):
    count = iter(range(steps))
    return lambda: next(count, None) is None


def test_saved_weights_are_the_average_and_fill_the_lifter_of_the_method(mocap, test_mocap, noise, tmp_path):
    from understudy.core.lift.published import Gan, build_lifter
    from understudy.core.lift.weights import LifterWeights, read_tensors, trained_card, training_header

    task = GanTask(mocap, test_mocap, noise, TINY, seed=0)
    for number in range(3):
        task.step(np.random.default_rng(number), number, 0.5)
    path = tmp_path / "gan.safetensors"
    task.save(path)
    header = training_header(path)
    assert header is not None
    card = trained_card("", path, header)
    assert card.options["perspective"] is True and card.options["channels"] == 96
    lifter = build_lifter(LifterWeights(card, read_tensors(path)))
    assert isinstance(lifter, Gan) and len(lifter.names_in) == len(H36M)
    x = drawn(4).pose.flatten(1)
    assert torch.allclose(lifter.network(x), task.generator(x), atol=1e-3), "but for float16"
    assert not torch.equal(task.learner(x), task.generator(x))


def test_the_root_has_no_depth(mocap, test_mocap, noise):
    task = GanTask(mocap, test_mocap, noise, TINY, seed=0)
    with torch.no_grad():
        task.learner.l4.b[0] = 5
    losses, turned = task.generator_losses(drawn(4), torch.rand(4), torch.arange(4))
    assert not turned[:, 0].any() and all(bool(torch.isfinite(loss)) for loss in losses.values())
