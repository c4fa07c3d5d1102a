from __future__ import annotations

import json

import numpy as np
import pytest

from understudy.core import doctor
from understudy.core.cli import main
from understudy.core.errors import EXIT_DONE, EXIT_INTERNAL
from understudy.core.methods import find_pipeline
from understudy.core.weights import store


@pytest.fixture
def needs_models():
    if find_pipeline("default").missing():
        pytest.skip("the models are not on this machine: understudy models pull")


def test_a_good_machine_passes(needs_models, capsys):
    assert main(["doctor", "--device", "cpu", "--json"]) == EXIT_DONE
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert set(doctor.REFERENCE) | {"python", "torch", "video", "body", "disk"} <= {c["name"] for c in report["checks"]}


def test_every_network_of_the_pipelines_has_a_reference():
    assert set(doctor.REFERENCE) == set(find_pipeline("default").networks(hands=True))


def test_missing_models_fail_with_the_cure(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(tmp_path))
    assert main(["doctor", "--device", "cpu"]) == EXIT_INTERNAL
    failed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 9 and all("models pull" in line for line in failed)


@pytest.mark.parametrize("wrong", [np.nan, 1.01], ids=["not finite", "one per cent off"])
def test_a_network_that_computes_nonsense_fails(needs_models, monkeypatch, wrong):
    from understudy.core.nets.network import Network

    right = Network.predict
    monkeypatch.setattr(Network, "predict", lambda *a: {key: value * wrong for key, value in right(*a).items()})
    checks = {check.name: check for check in doctor.run_checks("cpu")}
    assert not any(checks[name].ok for name in doctor.REFERENCE)
    assert checks["torch"].ok


def test_a_broken_library_is_one_failed_line(monkeypatch):
    def broken():
        raise ImportError("libavcodec.so.62: cannot open shared object file")

    monkeypatch.setattr(doctor, "_video", broken)
    check = next(c for c in doctor.run_checks("cpu") if c.name == "video")
    assert not check.ok and "libavcodec" in check.detail and "Install" in check.detail


def test_the_room_is_that_of_the_takes_folder(tmp_path, monkeypatch):
    checks = {c.name: c for c in doctor.run_checks("cpu", tmp_path)}
    assert checks["disk"].ok and str(tmp_path) in checks["disk"].detail
    monkeypatch.setattr(doctor, "MINIMUM_DISK", 10**18)
    full = doctor._disk(tmp_path)
    assert not full.ok and "Make room" in full.detail
    gone = doctor._disk(tmp_path / "gone")
    assert not gone.ok and "gone" in gone.detail


def test_a_device_that_is_not_there_is_named():
    torch = pytest.importorskip("torch")
    if torch.backends.mps.is_available():
        pytest.skip("this machine has MPS")
    check = next(c for c in doctor.run_checks("mps") if c.name == "torch")
    assert not check.ok and "mps" in check.detail
