"""Checkpoint files in the layouts of their authors, of small networks with random weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from understudy.core.lift.gan import KudoNetwork, chainer_key
from understudy.core.lift.martinez import MartinezLifter
from understudy.core.lift.temporal import TemporalLifter
from understudy.core.weights import store

CHANNELS = 8


def randomised(network: torch.nn.Module) -> torch.nn.Module:
    generator = torch.Generator().manual_seed(1)
    for name, tensor in network.state_dict().items():
        if tensor.is_floating_point():
            value = torch.randn(tensor.shape, generator=generator)
            tensor.copy_(value.abs() + 0.5 if name.endswith("var") else value)
    return network.eval()


def trained(network: torch.nn.Module) -> torch.optim.Optimizer:
    """An optimiser with a state, as a training leaves it."""
    optimizer = torch.optim.Adam(network.parameters(), amsgrad=True)
    sum(parameter.square().sum() for parameter in network.parameters()).backward()
    optimizer.step()
    return optimizer


@pytest.fixture
def videopose(tmp_path):
    """``videopose(zipped)`` → path, network, trajectory network, the dictionary before it is saved."""

    def make(zipped: bool = False, change=lambda content: None, name="pretrained_h36m_cpn.bin", **options):
        options = {"channels": CHANNELS} | options
        network, trajectory = TemporalLifter(**options), TemporalLifter(joints_out=1, **options)
        optimizer = trained(network)
        randomised(network)
        randomised(trajectory)
        content = {
            "epoch": 80,
            "lr": 0.001,
            "random_state": np.random.RandomState(1234),
            "optimizer": optimizer.state_dict(),
            "model_pos": network.state_dict(),
            "model_traj": trajectory.state_dict(),
            "random_state_semi": np.random.RandomState(1),
        }
        change(content)
        path = tmp_path / name
        torch.save(content, path, _use_new_zipfile_serialization=zipped)
        return path, network, trajectory

    return make


@pytest.fixture
def martinez(tmp_path):
    """``martinez()`` → path of ckpt_best.pth.tar, network."""

    def make(zipped: bool = False, change=lambda content: None):
        network = MartinezLifter(channels=CHANNELS)
        optimizer = trained(network)
        randomised(network)
        content = {
            "epoch": 200,
            "lr": np.float64(2.3e-7),
            "step": 4874000,
            "err": np.float64(45.5),
            "state_dict": network.state_dict(),
            "optimizer": optimizer.state_dict(),
        }
        change(content)
        path = tmp_path / "ckpt_best.pth.tar"
        torch.save(content, path, _use_new_zipfile_serialization=zipped)
        return path, network

    return make


@pytest.fixture
def statistics(tmp_path):
    """``statistics("3D")`` → path of stat_3d.pth.tar, its mean and std as arrays."""

    def make(kind: str):
        per = int(kind[0])
        joints = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
        joints.remove({2: 14, 3: 0}[per])
        used = np.array([per * j + k for j in joints for k in range(per)])
        rng = np.random.default_rng(per)
        mean, std = rng.normal(0, 300, 32 * per), np.zeros(32 * per)
        std[used] = rng.uniform(50, 200, len(used))  # joints that never move have none
        path = tmp_path / f"stat_{kind.lower()}.pth.tar"
        torch.save({"mean": mean, "std": std, "dim_use": used}, path, _use_new_zipfile_serialization=False)
        return path, mean[used], std[used]

    return make


@pytest.fixture
def kudo(tmp_path):
    """``kudo()`` → path of a chainer file, network."""

    def make(change=lambda content: None, **options):
        network = randomised(KudoNetwork(channels=CHANNELS, **options))
        content = {chainer_key(key): value.numpy() for key, value in network.state_dict().items()}
        change(content)
        path = tmp_path / "gen_epoch_500.npz"
        np.savez_compressed(path, **content)
        return path, network

    return make


@pytest.fixture
def models_folder(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(folder))
    return folder
