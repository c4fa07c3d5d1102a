"""Fetching and checking of the network files, on small stand-ins for the wheel."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from understudy.core.errors import BadInputError, CannotWriteError, ModelsMissingError
from understudy.core.weights import registry, store

CONTENT = {"alpha": b"first network" * 50, "beta": b"second network" * 70}


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Two small models in the registry, and the folder they belong into; the environment points there."""
    entries = tuple(
        registry.ModelInfo(name, f"pkg/{name}/{name}.tflite", hashlib.sha256(data).hexdigest(), len(data), "test")
        for name, data in CONTENT.items()
    )
    monkeypatch.setattr(store, "MODELS", entries)
    monkeypatch.setattr(registry, "MODELS", entries)
    folder = tmp_path / "models"
    monkeypatch.setenv(store.ENVIRONMENT_VARIABLE, str(folder))
    return folder


def make_wheel(path: Path, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(f"pkg/{name}/{name}.tflite", data)
    return path


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return make_wheel(tmp_path / "some.whl", CONTENT)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_pull_from_a_wheel_writes_every_model_and_reports(models: Path, wheel: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    result = store.pull(wheel, progress=lambda done, total, text: seen.append((done, total, text)))
    assert result == store.PullResult(models, ("alpha", "beta"), ())
    assert files(models) == ["alpha.tflite", "beta.tflite"]
    assert seen == [(1, 2, "alpha"), (2, 2, "beta")]
    assert store.model_path("beta").read_bytes() == CONTENT["beta"]
    assert all(status.present for status in store.list_models())


def test_pull_again_downloads_nothing(models: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.pull(wheel)
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: pytest.fail("pip was called"))
    assert store.pull() == store.PullResult(models, (), ("alpha", "beta"))


def test_pull_replaces_a_damaged_file_of_the_same_size_and_keeps_the_right_one(models: Path, wheel: Path) -> None:
    store.pull(wheel)
    damaged = models / "alpha.tflite"
    damaged.write_bytes(b"x" * len(CONTENT["alpha"]))
    assert not store.verify("alpha")
    assert store.pull(wheel) == store.PullResult(models, ("alpha",), ("beta",))
    assert store.verify("alpha")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"alpha": CONTENT["alpha"]}, "has no pkg/beta/beta.tflite"),
        (CONTENT | {"beta": b"y" * len(CONTENT["beta"])}, "is not the pinned file"),  # right size, wrong content
        (CONTENT | {"beta": CONTENT["beta"] + b"!"}, "is not the pinned file"),
    ],
)
def test_a_wrong_wheel_is_refused_and_leaves_no_partial_file(
    models: Path, tmp_path: Path, content: dict[str, bytes], message: str
) -> None:
    with pytest.raises(BadInputError, match=message):
        store.pull(make_wheel(tmp_path / "wrong.whl", content))
    assert files(models) == ["alpha.tflite"]
    with pytest.raises(ModelsMissingError):
        store.model_path("beta")


def test_members_that_climb_out_of_the_folder_are_not_extracted(models: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("../escaped.tflite", b"no")
        archive.writestr("pkg/alpha/../../../escaped.tflite", b"no")
    store.pull(wheel)
    assert files(models) == ["alpha.tflite", "beta.tflite"]
    assert files(models.parent) == ["models", "some.whl"]


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_a_file_that_is_no_wheel_is_refused(models: Path, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.whl"
    path.write_bytes(data)
    with pytest.raises(BadInputError, match="is not a whole wheel"):
        store.pull(path)
    assert files(models) == []


def test_damaged_compressed_data_is_refused(models: Path, wheel: Path) -> None:
    data = bytearray(wheel.read_bytes())
    start = data.index(b"alpha.tflite") + len(b"alpha.tflite")
    data[start : start + 8] = b"\xff" * 8
    wheel.write_bytes(bytes(data))
    with pytest.raises(BadInputError, match="is not a whole wheel"):
        store.pull(wheel)
    assert files(models) == []


def test_an_absent_wheel_is_named(models: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"gone\.whl"):
        store.pull(tmp_path / "gone.whl")


def test_a_folder_that_cannot_be_made_is_named(models: Path, wheel: Path) -> None:
    models.write_bytes(b"a file is in the way")
    with pytest.raises(CannotWriteError, match="models"):
        store.pull(wheel)


def test_a_missing_model_names_itself_and_both_cures(models: Path) -> None:
    with pytest.raises(ModelsMissingError) as caught:
        store.model_path("alpha")
    assert "alpha" in caught.value.message
    assert "understudy models pull" in caught.value.hint
    assert "understudy models import" in caught.value.hint


def test_an_unknown_model_names_the_known_ones(models: Path) -> None:
    with pytest.raises(BadInputError, match="alpha, beta"):
        store.model_path("gamma")


def test_the_argument_goes_before_the_environment_and_that_before_the_user_folder(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.models_dir(tmp_path / "own") == tmp_path / "own"
    assert store.models_dir() == models
    monkeypatch.delenv(store.ENVIRONMENT_VARIABLE)
    assert store.models_dir().parts[-2:] == ("understudy", "models")


class FakePip:
    """Stands in for ``subprocess.run``: has wheels for some platforms only, and remembers what it was asked."""

    def __init__(self, wheel: Path, platforms: set[str]) -> None:
        self.wheel, self.platforms = wheel, platforms
        self.commands: list[list[str]] = []
        self.folders: list[Path] = []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        folder = Path(command[command.index("--dest") + 1])
        self.folders.append(folder)
        if command[command.index("--platform") + 1] not in self.platforms:
            return subprocess.CompletedProcess(command, 1, "", "WARNING: x\nERROR: No matching distribution found\n")
        (folder / "mediapipe.whl").write_bytes(self.wheel.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")


def test_download_asks_pip_for_the_pinned_version_and_falls_back_to_other_platforms(
    models: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip = FakePip(wheel, {"win_amd64"})
    monkeypatch.setattr(subprocess, "run", pip)
    assert store.pull().written == ("alpha", "beta")
    assert [command[-1] for command in pip.commands] == ["mediapipe==0.10.21"] * 2
    assert "--no-deps" in pip.commands[0]
    assert not pip.folders[0].exists()  # the download does not stay


def test_a_failed_download_tells_pips_reason_and_the_offline_way(
    models: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", FakePip(wheel, set()))
    with pytest.raises(BadInputError, match="No matching distribution") as caught:
        store.pull()
    assert "understudy models import" in caught.value.hint
    assert files(models) == []


def test_an_interpreter_without_pip_is_told(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = subprocess.CompletedProcess([], 1, "", "/usr/bin/python: No module named pip\n")
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: answer)
    with pytest.raises(BadInputError, match="No module named pip"):
        store.pull()


def test_registry_is_complete() -> None:
    assert registry.MODEL_NAMES == (
        "pose_detection", "pose_landmark_full", "palm_detection_full", "hand_landmark_full", "face_landmark",
    )  # fmt: skip
    for model in registry.MODELS:
        assert model.licence == "Apache-2.0"
        assert model.commercial
        assert len(model.sha256) == 64
        assert model.member.startswith("mediapipe/")
        assert model.member.endswith(model.filename)


@pytest.mark.slow
def test_the_real_wheel_has_every_registered_file(tmp_path: Path) -> None:
    """Needs the package index."""
    result = store.pull(folder=tmp_path / "models")
    assert result.written == registry.MODEL_NAMES
